"""A caller of one call at the dialogue alone, for tests."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import msgspec

from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import BusinessResult, Heard, Move, State
from engines.dialog.playbook import load_playbook
from engines.emotion.feeling import Feeling
from engines.nlu.understanding import Entity, IntentScore, Understanding

PLAYBOOK = load_playbook(Path(__file__).parents[3] / "examples/scenarios")
TRADITIONAL = str.maketrans(
    "對沒錯謝請說講聽點轉個麼開從頭來聲確認單訂號應該嗎給電話務辦幫幾運後這裡複遍慢別",
    "对没错谢请说讲听点转个么开从头来声确认单订号应该吗给电话务办帮几运后这里复遍慢别",
)
DIALOGUE = Dialogue(PLAYBOOK, fold=lambda text: text.translate(TRADITIONAL))
OPEN = datetime.datetime(2026, 11, 25, 10, 0)
"""A Wednesday morning: people are there."""
CLOSED = datetime.datetime(2026, 11, 25, 22, 0)
SHIPPED = {"found": "A1024", "state": "shipped", "expected_on": "2026-11-26", "carrier": "sf"}
REFUNDABLE = {"found": "A1024", "state": "shipped", "refundable": "yes", "amount": "299.00 CNY"}


class Talk:
    """Plays one call; every turn starts from a state that was saved and read again."""

    def __init__(
        self,
        scenario: str = "order_status",
        language: Literal["zh", "en", "auto"] = "zh",
        *,
        now: datetime.datetime | None = OPEN,
        caller: str = "",
        dialogue: Dialogue = DIALOGUE,
    ) -> None:
        self.dialogue = dialogue
        self.move = dialogue.open(scenario, language=language, now=now, caller=caller)

    @property
    def state(self) -> State:
        saved = msgspec.msgpack.encode(self.move.state)
        state = msgspec.msgpack.decode(saved, type=State)
        assert state == self.move.state
        return state

    @property
    def step(self) -> str:
        return self.move.state.step

    def __call__(
        self,
        text: str,
        intent: str = "inform",
        *,
        confidence: float = 0.9,
        probability: float = 0.9,
        language: Literal["", "zh", "en"] = "",
        feeling: str = "",
        question_missed: bool = False,
        **entities: str,
    ) -> str:
        """Say something; entities by type are found at their value, or anywhere in the text."""
        found = tuple(
            Entity(
                type=kind,
                text=value,
                value=value,
                start=max(text.find(value), 0),
                end=max(text.find(value), 0) + len(value),
            )
            for kind, value in entities.items()
        )
        chinese = any("\u4e00" <= character <= "\u9fff" for character in text)
        heard = Heard(
            text=text,
            language=language or ("zh" if chinese else "en"),
            confidence=confidence,
            understanding=Understanding(
                intents=(IntentScore(intent=intent, probability=probability),) if intent else (),
                entities=found,
            ),
            feeling=Feeling(label=feeling, confidence=0.9 if feeling else 0.0),
            question_missed=question_missed,
        )
        return self._take(self.dialogue.hear(self.state, heard))

    def silence(self) -> str:
        return self._take(self.dialogue.silence(self.state))

    def unclear(self) -> str:
        return self._take(self.dialogue.unclear(self.state))

    def press(self, keys: str, *, question_missed: bool = False) -> str:
        return self._take(self.dialogue.press(self.state, keys, question_missed=question_missed))

    def answer(self, values: dict[str, str] | None = None, error: str = "") -> str:
        """The business system answers the call that is waited for."""
        assert self.move.call is not None
        result = BusinessResult(
            name=self.move.call.name, ok=not error, error=error, values=values or {}
        )
        return self._take(self.dialogue.answer(self.state, result))

    def transferred(self, result: str) -> str:
        return self._take(self.dialogue.transferred(self.state, result))

    def resumed(self, *, delivered: bool, held: bool = False) -> str:
        return self._take(self.dialogue.resumed(self.state, delivered=delivered, held=held))

    def _take(self, move: Move) -> str:
        self.move = move
        return " ".join(clause.text for clause in move.reply)

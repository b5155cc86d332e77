"""Calls that are played to the dialogue and the shop as text."""

from __future__ import annotations

import datetime
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import msgspec

from daemon.business.operations import load_operations
from daemon.business.sqlite import SqliteBusiness
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import BusinessCall, BusinessResult, Heard, Move, State
from engines.emotion.feeling import Feeling
from engines.nlu.understanding import Entity, IntentScore, Understanding

EXAMPLES = Path(__file__).parents[3] / "examples"
_ORDER_ID = re.compile(r"\b[A-Z]\d{4}(?!\d)|\b\d{4}\b", re.ASCII)
_ISSUE = re.compile(r"坏了|坏的|broken")
_PHONE = re.compile(r"\b1[3-9]\d{9}\b", re.ASCII)
_TIMES = {
    "明天下午三点": "2026-11-26T15:00",
    "tomorrow at three": "2026-11-26T15:00",
    "后天": "2026-11-27",
    "Sunday at ten": "2026-11-29T10:00",
    "at four": "T16:00",
}


class Turn(msgspec.Struct, frozen=True):
    """What the caller says and what must follow.

    ``says`` is None for silence, empty for nothing intelligible, ``#`` and keys for the keypad.
    """

    says: str | None
    intent: str
    action: str
    contains: tuple[str, ...] = ()
    probability: float = 0.9
    confidence: float = 0.9
    feeling: str = ""
    language: Literal["", "zh", "en"] = ""


class Shop:
    """The seeded database, as a business system and for looking into it."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.business = SqliteBusiness(
            database, load_operations(EXAMPLES / "shop/operations.toml"), timeout_s=0.3
        )
        self.calls: list[BusinessCall] = []

    def call(self, call: BusinessCall) -> BusinessResult:
        self.calls.append(call)
        return self.business.call(call)

    def refunds(self) -> list[tuple[str, int, str]]:
        """(order, fen, reason) of the refunds made since the seed."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(
                "SELECT order_id, amount_fen, reason FROM refunds WHERE number > 7001 "
                "ORDER BY number"
            ).fetchall()

    def complaints(self) -> list[tuple[str, str, str, str]]:
        """(order, phone, issue, story) of the complaints made since the seed."""
        return self._rows(
            "SELECT order_id, phone, issue, story FROM complaints WHERE number > 5001"
        )

    def callbacks(self) -> list[tuple[str, str]]:
        """(phone, time) of the call-backs booked since the seed."""
        return self._rows("SELECT phone, wanted_at FROM callbacks WHERE number > 3001")

    def _rows(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(statement).fetchall()

    def orders(self) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute("SELECT * FROM orders ORDER BY order_id").fetchall()


class Caller:
    """Plays one call and keeps what was said."""

    def __init__(self, dialogue: Dialogue, shop: Shop) -> None:
        self.dialogue = dialogue
        self.shop = shop
        self.move: Move
        self.results: list[BusinessResult] = []

    def open(
        self,
        scenario: str = "order_status",
        language: str = "zh",
        *,
        called: str = "",
        now: datetime.datetime | None = None,
    ) -> Move:
        self.move = self.dialogue.open(scenario, called=called, language=language, now=now)
        return self.move

    def turn(self, turn: Turn) -> Move:
        # A state must survive being saved: every turn starts from the saved one.
        state = msgspec.json.decode(msgspec.json.encode(self.move.state), type=State)
        if turn.says is None:
            move = self.dialogue.silence(state)
        elif not turn.says:
            move = self.dialogue.unclear(state)
        elif turn.says.startswith("#"):
            move = self.dialogue.press(state, turn.says[1:])
        else:
            move = self.dialogue.hear(state, heard(turn))
        while move.call is not None:
            assert not move.reply
            result = self.shop.call(move.call)
            self.results.append(result)
            move = self.dialogue.answer(move.state, result)
        self.move = move
        return move


def heard(turn: Turn) -> Heard:
    text = turn.says or ""
    chinese = re.search(r"[\u4e00-\u9fff]", text)
    found = [("ORDER_ID", match, match[0]) for match in _ORDER_ID.finditer(text)]
    found += [("ISSUE", match, "damaged") for match in _ISSUE.finditer(text)]
    found += [("PHONE", match, match[0]) for match in _PHONE.finditer(text)]
    for words, value in _TIMES.items():
        found += [("TIME", match, value) for match in re.finditer(words, text)]
    entities = tuple(
        Entity(type=kind, text=match[0], value=value, start=match.start(), end=match.end())
        for kind, match, value in found
    )
    scores = (IntentScore(intent=turn.intent, probability=turn.probability),) if turn.intent else ()
    return Heard(
        text=text,
        language=turn.language or ("zh" if chinese else "en"),
        confidence=turn.confidence,
        understanding=Understanding(intents=scores, entities=entities),
        feeling=Feeling(label=turn.feeling, confidence=0.8 if turn.feeling else 0.0),
    )


def text_of(move: Move) -> str:
    return " ".join(clause.text for clause in move.reply)

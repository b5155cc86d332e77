"""A dialogue of a few steps that a test writes down: the same contract, nothing of the real one."""

from __future__ import annotations

import datetime
from typing import Any

from msgspec.structs import replace

from engines.dialog.moves import (
    BusinessCall,
    BusinessResult,
    Clause,
    Expectation,
    Handover,
    Heard,
    Move,
    State,
)
from kefu.errors import UnknownScenario


def step(
    name: str, *texts: str, end: Any = "", call: BusinessCall | None = None, **more: Any
) -> Move:
    """The move that asks ``texts`` at step ``name``; ``more``: fields of Expectation or Move."""
    of_move = {key: more.pop(key) for key in ("recording", "handover") if key in more}
    return Move(
        state=State(scenario="tiny", step=name, language="zh"),
        action="ask_slot",
        reply=tuple(Clause(text=text, language="zh", cacheable=True) for text in texts),
        call=call,
        expects=Expectation(**more),
        end=end,
        reasons=(f"step {name}",),
        **of_move,
    )


class TinyDialogue:
    """Goes from step to step by what comes in.

    Args:
        moves: the first opens the call.
        ways: (step, what came in) → the next step. What came in is the text heard, the keys
            pressed, or ``silence``, ``unclear``, ``ok`` or an error of the business system; ``*``
            stands for anything. Without a way the step is asked again.
        keeps: step → name of the slot that the answer to it fills.
    """

    def __init__(
        self,
        *moves: Move,
        ways: dict[tuple[str, str], str] | None = None,
        keeps: dict[str, str] | None = None,
    ) -> None:
        self.moves = {move.state.step: move for move in moves}
        self.first = moves[0]
        self.ways = ways or {}
        self.keeps = keeps or {}
        self.asked: list[tuple[str, Any]] = []
        """Every call of a method: its name and what it was given."""
        self.heard: list[Heard] = []
        self.fails = False

    def sentence(self, name: str, language: str) -> tuple[Clause, ...]:
        """One shared sentence."""
        known = {"goodbye": Clause(text="再见。", language="zh", cacheable=True)}
        return (known[name],) if name in known else ()

    def in_voice(self, state: State, clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
        """Everybody speaks with one voice."""
        return clauses

    def open(
        self,
        scenario: str,
        *,
        called: str = "",
        language: str = "auto",
        caller: str = "",
        now: datetime.datetime | None = None,
    ) -> Move:
        if scenario not in ("", "tiny"):
            raise UnknownScenario(scenario)
        self.asked.append(("open", scenario))
        return replace(self.first, action="greet")

    def hear(self, state: State, heard: Heard) -> Move:
        if self.fails:
            raise ZeroDivisionError
        self.asked.append(("hear", heard.text))
        self.heard.append(heard)
        return self._to(state, heard.text, heard.text)

    def press(self, state: State, keys: str, *, question_missed: bool = False) -> Move:
        self.asked.append(("press missed" if question_missed else "press", keys))
        return self._to(state, keys, keys)

    def silence(self, state: State) -> Move:
        return self._to(state, "silence")

    def unclear(self, state: State) -> Move:
        return self._to(state, "unclear")

    def answer(self, state: State, result: BusinessResult) -> Move:
        self.asked.append(("answer", result.error or "ok"))
        return self._to(state, result.error or "ok")

    def transferred(self, state: State, result: str) -> Move:
        self.asked.append(("transferred", result))
        return self._say(state, "转接没有成功。", "resume")

    def resumed(self, state: State, *, delivered: bool, held: bool = False) -> Move:
        if state.step not in self.moves:
            raise KeyError(state.step)
        self.asked.append(("resumed held" if held else "resumed", delivered))
        return self._say(state, "您刚才说什么？" if delivered else "对不起，我再说一遍。", "resume")

    def handover(self, state: State, reason: str) -> Handover:
        return Handover(
            target="queue",
            reason=reason,
            summary="一位来电者。" + str(state.slots),
            slots=state.slots,
        )

    def _say(self, state: State, text: str, action: str) -> Move:
        asked = self.moves[state.step]
        clause = Clause(text=text, language="zh", cacheable=True)
        return replace(
            asked, state=state, action=action, reply=(clause,), end="", handover=None, call=None
        )

    def _to(self, state: State, came: str, value: str = "") -> Move:
        name = self.ways.get((state.step, came)) or self.ways.get((state.step, "*")) or state.step
        slots = dict(state.slots)
        if value and state.step in self.keeps:
            slots[self.keeps[state.step]] = value
        move = self.moves[name]
        reply = tuple(
            replace(clause, text=clause.text.format(**slots)) if "{" in clause.text else clause
            for clause in move.reply
        )
        return replace(move, state=replace(move.state, slots=slots), reply=reply)

"""A scenario as a graph: what is asked, said and done, and where each way leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from engines.dialog.scenario import (
    Ask,
    Call,
    Confirm,
    Manner,
    Outcome,
    Read,
    Scenario,
    Slot,
    Spoken,
    Step,
    Transfer,
    Wording,
)

Kind = Literal["start", "ask", "confirm", "reads", "writes", "outcome", "end", "human", "other"]

START, END, HUMAN = "start", "served", "human"


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """One place of the call."""

    id: str
    kind: Kind
    title: str
    said: tuple[str, ...] = ()
    """What the agent says there, clause by clause."""
    row: int = 0
    """Which step it belongs to, counted from 0; the greeting is -1."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """From one box to another."""

    source: str
    target: str
    label: str = ""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """The whole picture."""

    title: str
    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]

    def box(self, name: str) -> Box:
        """The box of that id. Raises KeyError."""
        for box in self.boxes:
            if box.id == name:
                return box
        raise KeyError(name)


def flow(scenario: Scenario, language: Spoken) -> Flow:
    """The graph of a scenario, with what is said in one language."""
    drawing = _Drawing(scenario, language)
    boxes, ways = [], []
    for part in drawing.parts():
        if isinstance(part, Box):
            boxes.append(part)
        else:
            ways.append(part)
    return Flow(title=f"{scenario.name}: {scenario.title}", boxes=tuple(boxes), ways=tuple(ways))


class _Drawing:
    def __init__(self, scenario: Scenario, language: Spoken) -> None:
        self._scenario = scenario
        self._language = language

    def parts(self) -> Iterator[Box | Way]:
        scenario = self._scenario
        yield Box(
            id=START,
            kind="start",
            title="The call is answered",
            said=self._said(scenario.greeting),
            row=-1,
        )
        yield Way(source=START, target=self._id(0))
        for number, step in enumerate(scenario.steps):
            yield from self._step(number, step)
        last = len(scenario.steps)
        yield Box(id=END, kind="end", title="Anything else? Else goodbye.", row=last)
        yield Box(id=HUMAN, kind="human", title=f"A human takes over ({scenario.target})", row=last)

    def _step(self, number: int, step: Step) -> Iterator[Box | Way]:
        here, onward = self._id(number), self._id(number + 1)
        if isinstance(step, Ask):
            slot = self._scenario.slots[step.slot]
            yield Box(
                id=here,
                kind="ask",
                title=f"ask {step.slot} {_notes(step, slot)}",
                said=self._said(slot.ask),
                row=number,
            )
            label = "known, or he has none" if step.optional else "known"
            yield Way(source=here, target=onward, label=label)
        elif isinstance(step, Confirm):
            yield Box(
                id=here,
                kind="confirm",
                title=f"confirm {step.name}{_keys(step.manner)}",
                said=self._said(step.question),
                row=number,
            )
            yield Way(source=here, target=onward, label="yes")
            no = f"{here}o0"
            said = self._said(step.declined)
            yield Box(id=no, kind="outcome", title="no", said=said, row=number)
            yield Way(source=here, target=no)
            yield Way(source=no, target=END)
        elif isinstance(step, Call):
            takes = ", ".join(step.arguments)
            yield Box(
                id=here,
                kind="writes" if step.changes else "reads",
                title=f"{'write' if step.changes else 'read'}: {step.name}({takes})",
                row=number,
            )
            for place, outcome in enumerate(step.outcomes):
                yield from self._outcome(number, place, outcome)
        elif isinstance(step, Read):
            title = f"read {step.name}" + (f" ({step.count})" if step.name == "sentences" else "")
            words = self._scenario.reading
            said = self._said(getattr(words, step.name) if words is not None else None)
            yield Box(id=here, kind="ask", title=title, said=said, row=number)
            yield Way(source=here, target=onward, label="read and taken")
        elif isinstance(step, Transfer):
            yield Box(id=here, kind="human", title=f"transfer to {step.name}", row=number)
            yield Way(source=here, target=HUMAN)

    def _outcome(self, number: int, place: int, outcome: Outcome) -> Iterator[Box | Way]:
        here = f"{self._id(number)}o{place}"
        when = ", ".join(f"{name} = {value}" for name, value in outcome.when.items())
        title = f"fails: {outcome.error}" if outcome.error else when or "done"
        said = self._said(outcome.say)
        yield Box(id=here, kind="outcome", title=title, said=said, row=number)
        yield Way(source=self._id(number), target=here)
        yield Way(source=here, target=self._target(number, outcome))

    def _target(self, number: int, outcome: Outcome) -> str:
        if outcome.then == "continue":
            return self._id(number + 1)
        if outcome.then == "transfer":
            return HUMAN
        if outcome.then == "ask again":
            for place, step in enumerate(self._scenario.steps):
                if isinstance(step, Ask) and step.slot == outcome.slot:
                    return self._id(place)
        return END

    def _id(self, number: int) -> str:
        return f"s{number}" if number < len(self._scenario.steps) else END

    def _said(self, wording: Wording | None) -> tuple[str, ...]:
        return wording.of(self._language) if wording is not None else ()


def _notes(step: Ask, slot: Slot) -> str:
    """How it is asked, in brackets."""
    notes = [f"checked {slot.confirm}"]
    if slot.takes != "value":
        notes.insert(0, slot.takes)
    if step.manner.private:
        notes.append("private")
    return f"({', '.join(notes)}){_keys(step.manner)}"


def _keys(manner: Manner) -> str:
    if manner.keys == "digits":
        return " [keypad]"
    keys = ", ".join(f"{key} {meaning}" for key, meaning in manner.menu.items())
    return f" [{keys}]" if keys else ""

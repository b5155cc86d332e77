"""What is said or pressed in a private step leaves no trace: what is private, and taking it out.

It lives in the dialogue's state, in memory, and nowhere else. Pure functions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from msgspec.structs import replace

from engines.dialog.handover import is_private as is_private_slot
from engines.dialog.moves import Clause, Handover, Move, State
from engines.dialog.playbook import Playbook

HIDDEN: Final = "…"
LEAST_CHARACTERS: Final = 2
"""A shorter value is in too many words to be looked for; its own turn is blank anyway."""


_BY_NAME: Final = ("beliefs", "checked", "results", "skipped", "not_found")
"""Parts of the dialogue's memory that name slots."""
_TEXTS: Final = ("said", "lead", "reasons", "results", "handover")
"""Parts of it that may quote one."""


def private_slots(playbook: Playbook) -> frozenset[str]:
    """Names of the slots that any scenario asks for in private."""
    return frozenset(name for name in playbook.slots() if is_private_slot(playbook, name))


def is_private(move: Move, names: Collection[str]) -> bool:
    """Whether the answer to ``move`` is private: it says so, or it is about a private slot."""
    return move.expects.private or move.state.step.partition(" ")[2] in names


def private_values(state: State, names: Collection[str]) -> frozenset[str]:
    """The values of private slots that ``state`` knows or believes."""
    beliefs = state.memory.get("beliefs", {})
    found: set[str] = set()
    for name in names:
        found.add(state.slots.get(name, ""))
        found.update(beliefs.get(name, {}))
        found.add(state.memory.get("not_found", {}).get(name, ""))
    if names:
        found.add(state.memory.get("keyed", ""))
    return frozenset(value for value in found if len(value) >= LEAST_CHARACTERS)


def hide(text: str, values: Iterable[str]) -> str:
    """``text`` with each of ``values`` hidden."""
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text


def written(clause: Clause, values: Iterable[str]) -> Clause:
    """The clause as it may be written down."""
    return replace(clause, text=hide(clause.text, values))


def forget(state: State, names: Collection[str]) -> State:
    """``state`` as it may leave this process: private values are unknown, so asked for again."""
    values = private_values(state, names)
    kind, _, slot = state.step.partition(" ")
    memory = dict(state.memory)
    for key in _BY_NAME:
        if isinstance(memory.get(key), dict):
            memory[key] = {name: one for name, one in memory[key].items() if name not in names}
        elif isinstance(memory.get(key), list):
            memory[key] = [name for name in memory[key] if name not in names]
    if names:
        memory.pop("keyed", None)
    for key in _TEXTS:
        if key in memory:
            memory[key] = _hidden(memory[key], values)
    return replace(
        state,
        step=f"ask {slot}" if kind == "check" and slot in names else state.step,
        slots={
            name: hide(value, values) for name, value in state.slots.items() if name not in names
        },
        memory=memory,
    )


def handover_without(handover: Handover, state: State, names: Collection[str]) -> Handover:
    """What a human is told, without what is private."""
    values = private_values(state, names)
    return replace(
        handover,
        summary=hide(handover.summary, values),
        slots={
            name: hide(value, values) for name, value in handover.slots.items() if name not in names
        },
    )


def _hidden(data: Any, values: Collection[str]) -> Any:
    """Plain data with ``values`` hidden in every text in it."""
    if isinstance(data, str):
        return hide(data, values)
    if isinstance(data, dict):
        return {key: _hidden(value, values) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_hidden(value, values) for value in data]
    return data

"""The lists of actions and slots say what the code and the example scenarios use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from engines.dialog.acts import ACTS
from engines.dialog.beliefs import UpdateWeights
from engines.dialog.playbook import load_playbook
from engines.nlu.labels import ENTITY_TYPES

ROOT = Path(__file__).parents[3]


def toml(name: str) -> dict[str, Any]:
    return msgspec.toml.decode((ROOT / "models/dialog" / name).read_bytes(), type=dict[str, Any])


def test_actions() -> None:
    listed = toml("actions.toml")
    assert tuple(action["name"] for action in listed["actions"]) == ACTS
    assert {action["response"] for action in listed["actions"]} == set(listed["response_weights"])
    weights = {action["name"]: action["weight"] for action in listed["actions"]}
    assert weights["express_empathy"] == 1.5
    assert weights["end_conversation"] == 0.6


def test_actions_marked_as_taken_are_taken() -> None:
    code = "".join(
        path.read_text("utf-8")
        for path in (ROOT / "engines/dialog").glob("*.py")
        if path.name != "acts.py"
    )
    for action in toml("actions.toml")["actions"]:
        assert action["rules"] == (f'"{action["name"]}"' in code), action["name"]


def test_slots() -> None:
    listed = toml("slots.toml")
    slots = {slot["name"]: slot for slot in listed["slots"]}
    assert len(slots) == len(listed["slots"]) == 20
    assert {slot["entity"] for slot in slots.values()} <= {"", *ENTITY_TYPES}
    assert msgspec.convert(listed["update_weights"], UpdateWeights) == UpdateWeights()
    for name, slot in load_playbook(ROOT / "examples/scenarios").slots().items():
        if slot.takes != "keys":  # what is keyed is not tracked
            assert slots[name]["entity"] == slot.entity

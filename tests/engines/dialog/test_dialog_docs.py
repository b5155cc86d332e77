"""docs/scenarios.md says what the reader of scenario files does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engines.dialog import scenario_keys
from engines.dialog.scenario import Slot
from engines.dialog.scenario_file import parse_scenario
from engines.errors import ScenarioError

TEXT = (Path(__file__).parents[3] / "docs/scenarios.md").read_text("utf-8")


def test_the_tables_are_those_of_the_reader() -> None:
    begin, end = "<!-- made from engines/dialog/scenario_keys.py -->\n", "<!-- end -->"
    assert TEXT.partition(begin)[2].partition(end)[0] == scenario_keys.reference()


def test_the_example_is_a_scenario() -> None:
    example = re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert example is not None
    scenario = parse_scenario(example[1].encode(), "scenarios.md")
    assert scenario.target == "parcels"
    assert scenario.steps


@pytest.mark.parametrize("key", [key.name for key in scenario_keys.SCENARIO if key.needed])
def test_needed_keys_are_needed(key: str) -> None:
    example = re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert example is not None
    without = re.sub(rf"^{key}:.*\n(?:[ -].*\n)*", "", example[1], flags=re.MULTILINE)
    assert without != example[1]
    with pytest.raises(ScenarioError):
        parse_scenario(without.encode(), "scenarios.md")


def test_wordings_of_a_slot_are_fields_of_it() -> None:
    wordings = {key.name for key in scenario_keys.SLOT if key.value == scenario_keys.WORDING}
    assert wordings <= set(Slot.__struct_fields__)

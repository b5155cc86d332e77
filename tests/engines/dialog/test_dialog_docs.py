"""docs/scenarios.md says what the reader of scenario files does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engines.dialog import scenario_keys
from engines.dialog.scenario import Slot
from engines.dialog.scenario_file import parse_scenario
from engines.errors import ScenarioError
from engines.nlu.entities.lexicon import ISSUES
from engines.nlu.labels import ENTITY_TYPES, INTENTS

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


def test_what_a_slot_needs_where_it_is_asked_for_is_marked_in_the_table() -> None:
    marked = {key.name for key in scenario_keys.SLOT if key.needed_if}
    example = re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert example is not None
    for name in ("ask", "ask_again", "check"):
        without = re.sub(rf"^    {name}:.*\n(?:      .*\n)*", "", example[1], flags=re.MULTILINE)
        assert without != example[1]
        with pytest.raises(ScenarioError, match=f"needs '{name}'"):
            parse_scenario(without.encode(), "scenarios.md")
        assert name in marked


def test_every_intent_and_entity_type_is_listed_with_its_meaning() -> None:
    for name in (*INTENTS, *ENTITY_TYPES):
        assert re.search(rf"^\| `{name}` \|.*\| [^|]+ \|$", TEXT, re.MULTILINE), name
    for issue in ISSUES:
        assert f"`{issue}`" in TEXT

"""All scenarios of a release and the sentences that they share, read from one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from engines.dialog.fields import Fields
from engines.dialog.moves import Clause
from engines.dialog.scenario import ANY_NUMBER, PLACEHOLDER, Scenario, Slot
from engines.dialog.scenario_file import parse_scenario, read_bytes
from engines.dialog.sentences import Sentences
from engines.dialog.yaml_tree import read_tree
from engines.errors import ScenarioError
from kefu.errors import UnknownScenario

COMMON: Final = "common.yaml"


class Playbook(msgspec.Struct, frozen=True, kw_only=True):
    """Scenarios by name, and the sentences of every call."""

    scenarios: dict[str, Scenario]
    sentences: Sentences

    def choose(self, name: str, called: str) -> Scenario:
        """The scenario of that name; without a name, the one that answers the called number.

        Raises:
            UnknownScenario: there is none.
        """
        if name:
            if name not in self.scenarios:
                known = ", ".join(self.scenarios)
                raise UnknownScenario(f"There is no scenario {name[:60]!r}; loaded: {known}.")
            return self.scenarios[name]
        for number in (called, ANY_NUMBER):
            for scenario in self.scenarios.values():
                if number in scenario.numbers:
                    return scenario
        raise UnknownScenario(f"No scenario answers the number {called[:60]!r}.")

    def started_by(self, intent: str) -> Scenario | None:
        """The scenario that an intent brings a running call to."""
        for scenario in self.scenarios.values():
            if intent in scenario.starts_on:
                return scenario
        return None

    def slots(self) -> dict[str, Slot]:
        """The slots of all scenarios; a name means the same in each of them."""
        return {
            name: slot
            for scenario in self.scenarios.values()
            for name, slot in scenario.slots.items()
        }

    def cacheable_clauses(self) -> list[Clause]:
        """Everything constant that can be said, in both languages, each text once."""
        clauses = self.sentences.cacheable_clauses()
        for scenario in self.scenarios.values():
            clauses += scenario.cacheable_clauses()
        return list(dict.fromkeys(clauses))


def load_playbook(folder: Path) -> Playbook:
    """Read ``common.yaml`` and every other ``*.yaml`` of a folder. Raises ScenarioError."""
    files = sorted(path for path in folder.glob("*.yaml") if path.name != COMMON)
    if not files:
        raise ScenarioError(
            "There is no scenario in this folder.",
            source=str(folder),
            mend="Name a folder like examples/scenarios.",
        )
    scenarios: dict[str, Scenario] = {}
    numbers: dict[str, str] = {}
    for path in files:
        scenario = parse_scenario(read_bytes(path), path.name)
        if scenario.name in scenarios:
            raise ScenarioError(
                f"There are two scenarios {scenario.name!r}.",
                source=path.name,
                mend="Rename one of them.",
            )
        scenarios[scenario.name] = scenario
        for number in scenario.numbers:
            if number in numbers:
                raise ScenarioError(
                    f"The number {number!r} is answered by {numbers[number]!r} already.",
                    source=path.name,
                    mend="A called number belongs to one scenario.",
                )
            numbers[number] = scenario.name
    sentences = parse_sentences(read_bytes(folder / COMMON), COMMON)
    return Playbook(scenarios=scenarios, sentences=sentences)


def parse_sentences(text: bytes, source: str) -> Sentences:
    """Read the shared sentences. Raises ScenarioError."""
    names = Sentences.__struct_fields__
    fields = Fields(read_tree(text, source), source, "common.yaml", names)
    wordings = {name: fields.wording(name) for name in names}
    for name, wording in wordings.items():
        if PLACEHOLDER.search("".join(wording.zh + wording.en)):
            node = fields.node_of(name)
            raise ScenarioError(
                f"{name} has a placeholder.",
                source=source,
                line=node.line,
                column=node.column,
                mend="Only constant text can stand here.",
            )
    return Sentences(**wordings)

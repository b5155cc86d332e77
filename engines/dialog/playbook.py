"""All scenarios of a release and the sentences that they share, read from one folder."""

from __future__ import annotations

from collections.abc import Iterable, Set
from pathlib import Path
from typing import Final

import msgspec

from engines.dialog import scenario_keys as keys
from engines.dialog.fields import Fields, did_you_mean, refuse
from engines.dialog.moves import Clause
from engines.dialog.scenario import (
    ANY_NUMBER,
    PLACEHOLDER,
    Scenario,
    Slot,
    Speakers,
    Wording,
    constant_clauses,
    said_by,
)
from engines.dialog.scenario_file import parse_scenario, read_bytes
from engines.dialog.sentences import Sentences
from engines.dialog.step_file import key_menu
from engines.dialog.yaml_tree import Node, read_tree
from engines.errors import ScenarioError
from kefu.errors import UnknownScenario

COMMON: Final = "common.yaml"
_MENU: Final = "menu"
_SURVEY: Final = "survey"


class Menu(msgspec.Struct, frozen=True, kw_only=True):
    """What the keys are for before a request is known."""

    prompt: Wording
    keys: dict[str, str]
    """Key to a scenario's name, ``human`` or ``repeat``."""


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """How callers are asked about our voice, at the end of a scenario with ``survey: voice``."""

    question: Wording
    thanks: Wording


class Playbook(msgspec.Struct, frozen=True, kw_only=True):
    """Scenarios by name, and the sentences of every call."""

    scenarios: dict[str, Scenario]
    sentences: Sentences
    menu: Menu | None = None
    survey: Survey | None = None

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

    def surveys(self, scenario: Scenario) -> bool:
        """Whether callers of a scenario are asked about our voice."""
        return scenario.survey == "voice" and self.survey is not None

    def default(self) -> Scenario | None:
        """The scenario that answers every other number, where there is one."""
        found = (one for one in self.scenarios.values() if ANY_NUMBER in one.numbers)
        return next(found, None)

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

    def shared_clauses(self) -> list[Clause]:
        """The constant clauses that belong to no scenario."""
        clauses = self.sentences.cacheable_clauses()
        if self.menu is not None:
            clauses += constant_clauses(iter([self.menu.prompt]), {})
        if self.survey is not None:
            clauses += constant_clauses(iter([self.survey.question, self.survey.thanks]), {})
        return clauses

    def clauses_of(self, scenario: Scenario, besides: Iterable[Clause] = ()) -> list[Clause]:
        """What can be said in a scenario, shared sentences too, as those say it who speak in it.

        Args:
            scenario: one of these.
            besides: what else anybody says in any call.
        """
        clauses = scenario.cacheable_clauses()
        for speakers in scenario.all_speakers():
            clauses += said_by(speakers, scenario.name, (*self.shared_clauses(), *besides))
        return list(dict.fromkeys(clauses))

    def cacheable_clauses(self) -> list[Clause]:
        """Everything constant that can be said, whoever says it, each text once a language."""
        clauses = self.shared_clauses()
        for scenario in self.scenarios.values():
            clauses += scenario.cacheable_clauses()
        return list(dict.fromkeys(said_by(Speakers(), "", clauses)))


def check_folder(folder: Path) -> None:
    """Raises ScenarioError where there is no such folder."""
    if not folder.is_dir():
        raise ScenarioError(
            "This folder of scenarios does not exist.",
            source=str(folder.absolute()),
            mend="Run it in the folder of the project, or name the folder in [dialog] scenarios "
            "of the file that --config gives.",
        )


def load_playbook(folder: Path) -> Playbook:
    """Read ``common.yaml`` and every other ``*.yaml`` of a folder. Raises ScenarioError."""
    check_folder(folder)
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
    _check_shared_slots(scenarios)
    text = read_bytes(folder / COMMON)
    return Playbook(
        scenarios=scenarios,
        sentences=parse_sentences(text, COMMON),
        menu=parse_menu(text, COMMON, set(scenarios)),
        survey=parse_survey(text, COMMON, scenarios),
    )


def _check_shared_slots(scenarios: dict[str, Scenario]) -> None:
    """A slot's value is kept when the call goes from one scenario to another."""
    first: dict[str, tuple[str, Slot]] = {}
    for scenario in scenarios.values():
        for slot in scenario.slots.values():
            place, known = first.setdefault(slot.name, (scenario.name, slot))
            if (known.entity, known.takes, known.format) != (slot.entity, slot.takes, slot.format):
                raise ScenarioError(
                    f"The slot {slot.name!r} is another one in the scenario {place!r}: "
                    "entity, takes and format differ.",
                    source=f"{scenario.name}",
                    mend="Make them the same, or give one of the slots another name.",
                )


def parse_sentences(text: bytes, source: str) -> Sentences:
    """Read the shared sentences. Raises ScenarioError."""
    fields = _common(text, source)
    wordings = {name: fields.wording(name) for name in Sentences.__struct_fields__}
    for name, wording in wordings.items():
        _refuse_placeholders(name, wording, fields.node_of(name), source)
    return Sentences(**wordings)


def parse_menu(text: bytes, source: str, scenarios: Set[str]) -> Menu | None:
    """Read the menu of the shared sentences, where there is one. Raises ScenarioError."""
    fields = _common(text, source)
    if not fields.has(_MENU):
        return None
    inner = Fields(fields.node_of(_MENU), source, _MENU, keys.names(keys.MENU))
    menu = Menu(prompt=inner.wording("prompt"), keys=key_menu(inner.node_of("keys"), source))
    _refuse_placeholders("prompt", menu.prompt, inner.node_of("prompt"), source)
    for key, meaning in menu.keys.items():
        if meaning not in (*scenarios, "human", "repeat"):
            raise refuse(
                source,
                inner.node_of("keys"),
                f"Key {key} cannot mean {meaning[:40]!r}.",
                did_you_mean(meaning, (*scenarios, "human", "repeat")),
            )
    return menu


def parse_survey(text: bytes, source: str, scenarios: dict[str, Scenario]) -> Survey | None:
    """Read how callers are asked about our voice. Raises ScenarioError, too where it is missing."""
    fields = _common(text, source)
    if not fields.has(_SURVEY):
        asking = [one.name for one in scenarios.values() if one.survey]
        if asking:
            raise refuse(
                source,
                fields.node,
                f"The scenario {asking[0]!r} asks for a survey, and here are no words for it.",
                "Add survey: with question and thanks, or leave survey out of the scenario.",
            )
        return None
    inner = Fields(fields.node_of(_SURVEY), source, _SURVEY, keys.names(keys.SURVEY))
    survey = Survey(question=inner.wording("question"), thanks=inner.wording("thanks"))
    for name in Survey.__struct_fields__:
        _refuse_placeholders(name, getattr(survey, name), inner.node_of(name), source)
    return survey


def _common(text: bytes, source: str) -> Fields:
    known = (*Sentences.__struct_fields__, _MENU, _SURVEY)
    return Fields(read_tree(text, source), source, "common.yaml", known)


def _refuse_placeholders(name: str, wording: Wording, node: Node, source: str) -> None:
    parts = [wording] if wording.short is None else [wording, wording.short]
    if any(PLACEHOLDER.search("".join(part.zh + part.en)) for part in parts):
        raise refuse(
            source, node, f"{name} has a placeholder.", "Only constant text can stand here."
        )

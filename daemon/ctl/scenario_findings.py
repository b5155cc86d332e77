"""What is wrong or doubtful in scenario files: errors of the parser, and what it cannot know.

The parser refuses what would fail in a call. Found here is what works and is hardly meant: steps
that nothing leads to, slots that nobody asks for, clauses too long for one breath, translations
forgotten, and calls that the business system does not know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from daemon.business.operations import Operation
from daemon.ctl.errors import NoScenarioFile
from engines.dialog.fields import did_you_mean
from engines.dialog.playbook import COMMON, load_playbook, parse_sentences
from engines.dialog.scenario import (
    LANGUAGES,
    PLACEHOLDER,
    Ask,
    Call,
    Scenario,
    Speakers,
    Transfer,
    Wording,
)
from engines.dialog.scenario_file import parse_scenario, read_bytes
from engines.dialog.sentences import Sentences
from engines.dialog.yaml_tree import Listing, Node, Scalar, Table, read_tree
from engines.errors import ScenarioError
from engines.text.clauses import LONGEST

VALUE_CHARACTERS: Final = 6
"""What a ``{value}`` is counted as: an order number, a date."""
_HAN: Final = re.compile("[\u3400-\u9fff]")
_LATIN_WORD: Final = re.compile(r"[A-Za-z]{2,}")

Path_ = tuple[str | int, ...]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing at one place."""

    file: str
    line: int
    column: int
    severity: Literal["error", "warning"]
    message: str
    mend: str = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was looked at."""

    file: str
    scenario: str = ""
    title: str = ""
    steps: int = 0
    slots: int = 0
    clauses: dict[str, int] = {}
    """By language."""
    findings: tuple[Finding, ...] = ()


def check_paths(
    paths: list[Path],
    operations: Mapping[str, Operation] | None,
    voices: Collection[str] | None = None,
) -> tuple[Checked, ...]:
    """Look at files, and at every file of folders; what belongs together in a folder too.

    Args:
        paths: folders and files.
        operations: what the business system can be asked; None: that is not looked at.
        voices: that the release has; None: that is not looked at.

    Raises:
        NoScenarioFile: there is nothing to look at.
    """
    checked: list[Checked] = []
    for path in paths:
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not files:
            raise NoScenarioFile(f"There is no scenario in {path}.")
        parts = [check_file(file, operations, voices) for file in files]
        if path.is_dir() and not any(_errors(part) for part in parts):
            parts += _together(path)
        checked += parts
    return tuple(checked)


def check_file(
    path: Path,
    operations: Mapping[str, Operation] | None,
    voices: Collection[str] | None = None,
) -> Checked:
    """Look at one file; a ``common.yaml`` is read as the shared sentences."""
    try:
        data = read_bytes(path)
        if path.name == COMMON:
            sentences = parse_sentences(data, path.name)
            return _checked_sentences(path, sentences, read_tree(data, path.name))
        scenario = parse_scenario(data, path.name)
        tree = read_tree(data, path.name)
    except ScenarioError as error:
        return Checked(file=str(path), findings=(_refused(path, error),))
    look = _Look(path, scenario, tree)
    return Checked(
        file=str(path),
        scenario=scenario.name,
        title=scenario.title,
        steps=len(scenario.steps),
        slots=len(scenario.slots),
        clauses=_count(scenario.wordings()),
        findings=tuple(
            sorted(look.findings(operations, voices), key=lambda one: (one.line, one.column))
        ),
    )


class _Look:
    """One scenario that the parser has taken, beside the tree that knows its lines."""

    def __init__(self, path: Path, scenario: Scenario, tree: Node) -> None:
        self._path = path
        self._scenario = scenario
        self._tree = tree

    def findings(
        self, operations: Mapping[str, Operation] | None, voices: Collection[str] | None
    ) -> Iterator[Finding]:
        yield from self._unreached()
        yield from self._unused_slots()
        yield from _wordings(self._path, self._tree)
        yield from self._outcomes()
        if operations is not None:
            yield from self._business(operations)
        if voices is not None:
            yield from self._speakers(voices)

    def _speakers(self, voices: Collection[str]) -> Iterator[Finding]:
        places: list[tuple[Path_, Speakers]] = [(("voice",), self._scenario.voice)]
        places += [
            (("steps", number, "voice"), step.voice)
            for number, step in enumerate(self._scenario.steps)
            if not isinstance(step, Transfer)
        ]
        for place, speakers in places:
            for name in dict.fromkeys((speakers.zh, speakers.en)):
                if name and name not in voices:
                    yield self._at(
                        place,
                        f"The release has no voice {name!r}: the stock voice will speak.",
                        did_you_mean(name, voices),
                    )

    def _unreached(self) -> Iterator[Finding]:
        for number, step in enumerate(self._scenario.steps[:-1]):
            if isinstance(step, Call):
                ends = not any(outcome.then == "continue" for outcome in step.outcomes)
                why = f"no outcome of {step.name!r} continues"
                mend = "Write then: continue in one of them, or take the rest out."
            else:
                ends, why = isinstance(step, Transfer), "the call is put through before it"
                mend = "Put the transfer last."
            if ends:
                yield self._at(("steps", number + 1), f"Nothing leads here: {why}.", mend)
                return

    def _unused_slots(self) -> Iterator[Finding]:
        asked = {step.slot for step in self._scenario.steps if isinstance(step, Ask)}
        used = {
            name
            for step in self._scenario.steps
            if isinstance(step, Call)
            for name in step.arguments.values()
        }
        said = {
            name
            for wording in self._scenario.wordings()
            for language in LANGUAGES
            for name in PLACEHOLDER.findall("".join(wording.of(language)))
        }
        told = any(isinstance(step, Transfer) for step in self._scenario.steps)
        for name, slot in self._scenario.slots.items():
            if slot.ask is not None and name not in asked:
                yield self._at(
                    ("slots", name),
                    f"{name} has a question and no step asks it.",
                    f"Add a step - ask: {name}, or take the question out.",
                )
            elif not slot.label and not told and name not in asked | used | said:
                yield self._at(
                    ("slots", name),
                    f"{name} is neither asked for nor used.",
                    "Give it to a call (with:) or a human (label:), say it, or take it out.",
                )

    def _outcomes(self) -> Iterator[Finding]:
        for number, step in enumerate(self._scenario.steps):
            if not isinstance(step, Call):
                continue
            caught = {"": False, "any": False}
            for place, outcome in enumerate(step.outcomes):
                kind = "any" if outcome.error else ""
                if caught[kind]:
                    yield self._at(
                        ("steps", number, "outcomes", place),
                        "An outcome before this one fits always, so this one is never taken.",
                        "Put the one without a condition last.",
                    )
                caught[kind] = caught[kind] or (
                    outcome.error == "any" if outcome.error else not outcome.when
                )
            if not caught["any"]:
                yield self._at(
                    ("steps", number),
                    f"{step.name!r} does not say what follows when it fails.",
                    "Add - error: any with say: and then: transfer.",
                )

    def _business(self, operations: Mapping[str, Operation]) -> Iterator[Finding]:
        for name, slot in self._scenario.slots.items():
            finder = operations.get(slot.complete)
            if slot.complete and (finder is None or finder.arguments != ("digits",)):
                yield self._at(
                    ("slots", name, "complete"),
                    f"The business system has no {slot.complete!r} that takes digits.",
                    "Add it to the operations, or take complete: out.",
                    "error",
                )
        for number, step in enumerate(self._scenario.steps):
            if not isinstance(step, Call):
                continue
            place = ("steps", number)
            operation = operations.get(step.name)
            if operation is None:
                known = ", ".join(sorted(operations))
                yield self._at(
                    place, f"The business system has no {step.name!r}.", f"Known: {known}.", "error"
                )
                continue
            if set(step.arguments) != set(operation.arguments):
                wanted = ", ".join(operation.arguments) or "nothing"
                yield self._at(
                    (*place, "with"), f"{step.name!r} takes {wanted}.", "Name these.", "error"
                )
            for name in set(step.returns) - set(operation.returns):
                yield self._at(
                    (*place, "returns", name),
                    f"{step.name!r} does not give {name!r}.",
                    f"It gives {', '.join(operation.returns)}.",
                    "error",
                )
            if step.changes != operation.changes:
                truth = "changes data" if operation.changes else "only reads"
                yield self._at(
                    place,
                    f"{step.name!r} {truth}.",
                    f"Write changes: {str(operation.changes).lower()}.",
                    "error",
                )

    def _at(
        self,
        place: Path_,
        message: str,
        mend: str,
        severity: Literal["error", "warning"] = "warning",
    ) -> Finding:
        node = find(self._tree, place)
        return _finding(self._path, node, message, mend, severity)


def find(tree: Node, place: Path_) -> Node:
    """The node at a place, or the innermost one above it that is there."""
    node = tree
    for part in place:
        inner: Node | None = None
        if isinstance(node, Table):
            inner = next((value for key, value in node.entries if key.text == part), None)
        elif isinstance(node, Listing) and isinstance(part, int) and part < len(node.items):
            inner = node.items[part]
        if inner is None:
            return node
        node = inner
    return node


def _wordings(path: Path, tree: Node) -> Iterator[Finding]:
    """Every ``zh: [...]``, ``en: [...]`` of a file, wherever it stands."""
    if isinstance(tree, Listing):
        for item in tree.items:
            yield from _wordings(path, item)
    elif isinstance(tree, Table):
        values = {key.text: value for key, value in tree.entries}
        if set(LANGUAGES) <= set(values):
            yield from _wording(path, values)
        for key, value in values.items():
            if key != "voice":  # names in two languages are no sentences
                yield from _wordings(path, value)


def _wording(path: Path, values: dict[str, Node]) -> Iterator[Finding]:
    for language in LANGUAGES:
        node = values[language]
        for clause in node.items if isinstance(node, Listing) else (node,):
            if not isinstance(clause, Scalar):
                continue
            text = PLACEHOLDER.sub("", clause.text)
            foreign = _HAN.search(text) if language == "en" else not _HAN.search(text)
            if foreign and (_LATIN_WORD.search(text) or _HAN.search(text)):
                other = "English" if language == "en" else "Chinese"
                yield _finding(path, clause, f"This does not look like {other}.", "Translate it.")
            length = len(PLACEHOLDER.sub("x" * VALUE_CHARACTERS, clause.text))
            if length > LONGEST[language]:
                yield _finding(
                    path,
                    clause,
                    f"A clause of about {length} characters is synthesised in several pieces "
                    f"(one takes {LONGEST[language]}): the caller waits for all of them.",
                    "Split it at a comma into two clauses.",
                )


def _together(folder: Path) -> list[Checked]:
    """What several files of a folder get wrong only together."""
    try:
        load_playbook(folder)
    except ScenarioError as error:
        return [Checked(file=str(folder), findings=(_refused(folder / error.source, error),))]
    return []


def _checked_sentences(path: Path, sentences: Sentences, tree: Node) -> Checked:
    wordings = (getattr(sentences, name) for name in sentences.__struct_fields__)
    return Checked(
        file=str(path),
        title="what every call needs",
        clauses=_count(one for one in wordings if isinstance(one, Wording)),
        findings=tuple(_wordings(path, tree)),
    )


def _count(wordings: Iterator[Wording]) -> dict[str, int]:
    counts: dict[str, int] = dict.fromkeys(LANGUAGES, 0)
    for wording in wordings:
        for language in LANGUAGES:
            counts[language] += len(wording.of(language))
    return counts


def _refused(path: Path, error: ScenarioError) -> Finding:
    _, _, message = error.message.partition(": ")
    return Finding(
        file=str(path),
        line=error.line,
        column=error.column,
        severity="error",
        message=message,
        mend=error.instance_mend,
    )


def _finding(
    path: Path,
    node: Node,
    message: str,
    mend: str,
    severity: Literal["error", "warning"] = "warning",
) -> Finding:
    return Finding(
        file=str(path),
        line=node.line,
        column=node.column,
        severity=severity,
        message=message,
        mend=mend,
    )


def _errors(checked: Checked) -> bool:
    return any(finding.severity == "error" for finding in checked.findings)

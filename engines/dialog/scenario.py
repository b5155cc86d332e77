"""A scenario as typed data: what to ask, what to call, what to say.

``scenario_file`` reads one from YAML and checks it; past that, everything in here is consistent.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from engines.dialog.moves import Clause, Expectation

Spoken = Literal["zh", "en"]
LANGUAGES: Final[tuple[Spoken, ...]] = ("zh", "en")
ANY_NUMBER: Final = "*"
PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What is said, as clauses in each language; ``{name}`` stands for a slot or a result."""

    zh: tuple[str, ...]
    en: tuple[str, ...]

    def of(self, language: Spoken) -> tuple[str, ...]:
        """The clauses in one language."""
        return self.zh if language == "zh" else self.en


class ValueKind(msgspec.Struct, frozen=True, kw_only=True):
    """How a value that a business call returns is spoken."""

    kind: Literal["text", "date", "money", "words"] = "text"
    words: dict[str, dict[Spoken, str]] = {}
    """Kind ``words``: each value that can come, as said in each language."""


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """Something to learn from the caller. Without ``ask`` it is only listened for."""

    name: str
    entity: str
    format: str = ""
    """How a value is written: ``A`` a letter, ``0`` a digit, as in A0000; empty: in any way."""
    expects: Expectation = Expectation()
    ask: Wording | None = None
    ask_again: Wording | None = None
    confirm: Literal["when unsure", "always", "never"] = "when unsure"
    check: Wording | None = None
    """The question that confirms a value; it may begin with the value."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Step: the slot must be known."""

    slot: str


class Confirm(msgspec.Struct, frozen=True, kw_only=True):
    """Step: the caller must say yes."""

    name: str
    question: Wording
    declined: Wording
    """Said when the caller says no; the scenario then ends."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about one kind of answer of a business call."""

    when: dict[str, str] = {}
    """Result values that must be equal; empty: any."""
    error: str = ""
    """Empty: the call succeeded. Else the error, or ``any``."""
    say: Wording | None = None
    then: Literal["continue", "finish", "transfer", "ask again"] = "finish"
    slot: str = ""
    """The slot that ``ask again`` forgets."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Step: ask the business system."""

    name: str
    arguments: dict[str, str]
    """Argument name to the slot or earlier result whose value it takes."""
    changes: bool = False
    returns: dict[str, ValueKind] = {}
    outcomes: tuple[Outcome, ...] = ()


Step = Ask | Confirm | Call


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that callers want, from greeting to outcome."""

    name: str
    title: str
    numbers: tuple[str, ...]
    """Called numbers that it answers; ``*`` stands for every other number."""
    starts_on: tuple[str, ...]
    """Intents that bring a running call here."""
    greeting: Wording
    slots: dict[str, Slot]
    steps: tuple[Step, ...]

    def value_kinds(self) -> dict[str, ValueKind]:
        """Every name that a wording may quote."""
        kinds = {name: ValueKind() for name in self.slots}
        for step in self.steps:
            if isinstance(step, Call):
                kinds.update(step.returns)
        return kinds

    def call(self, name: str) -> Call:
        """The call step of that name. Raises KeyError."""
        for step in self.steps:
            if isinstance(step, Call) and step.name == name:
                return step
        raise KeyError(name)

    def confirm(self, name: str) -> Confirm:
        """The confirmation step of that name. Raises KeyError."""
        for step in self.steps:
            if isinstance(step, Confirm) and step.name == name:
                return step
        raise KeyError(name)

    def wordings(self) -> Iterator[Wording]:
        """Everything that is said in this scenario."""
        yield self.greeting
        for slot in self.slots.values():
            yield from filter(None, (slot.ask, slot.ask_again, slot.check))
        for step in self.steps:
            if isinstance(step, Confirm):
                yield from (step.question, step.declined)
            elif isinstance(step, Call):
                yield from (outcome.say for outcome in step.outcomes if outcome.say is not None)

    def cacheable_clauses(self) -> list[Clause]:
        """Every clause without a free variable, in both languages, each text once."""
        kinds = self.value_kinds()
        return constant_clauses(self.wordings(), kinds)


def constant_clauses(wordings: Iterator[Wording], kinds: dict[str, ValueKind]) -> list[Clause]:
    """The clauses whose placeholders can all be written out, in order, without repeats."""
    found: dict[tuple[Spoken, str], Clause] = {}
    for wording in wordings:
        for language in LANGUAGES:
            for template in wording.of(language):
                for text in expansions(template, language, kinds):
                    clause = Clause(text=text, language=language, cacheable=True)
                    found[language, text] = clause
    return list(found.values())


def expansions(template: str, language: Spoken, kinds: dict[str, ValueKind]) -> list[str]:
    """All texts that a template can become; none where a placeholder is a free variable."""
    names = list(dict.fromkeys(PLACEHOLDER.findall(template)))
    if any(kinds[name].kind != "words" for name in names):
        return []
    choices = [[words[language] for words in kinds[name].words.values()] for name in names]
    return [
        fill(template, dict(zip(names, chosen, strict=True)))
        for chosen in itertools.product(*choices)
    ]


def fill(template: str, said: dict[str, str]) -> str:
    """The template with each ``{name}`` replaced. Raises KeyError for a name without a value."""
    return PLACEHOLDER.sub(lambda match: said[match[1]], template)

"""A scenario as typed data: what to ask, what to call, what to say.

``scenario_file`` reads one from YAML and checks it; past that, everything in here is consistent.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from engines.dialog.hours import Hours
from engines.dialog.moves import BargeIn, Clause, Expectation

Spoken = Literal["zh", "en"]
LANGUAGES: Final[tuple[Spoken, ...]] = ("zh", "en")
ANY_NUMBER: Final = "*"
PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What is said, as clauses in each language; ``{name}`` stands for a slot or a result."""

    zh: tuple[str, ...]
    en: tuple[str, ...]
    short: Wording | None = None
    """Said instead to an angry caller."""

    def of(self, language: Spoken) -> tuple[str, ...]:
        """The clauses in one language."""
        return self.zh if language == "zh" else self.en


class Speakers(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks, in each language; empty: whoever speaks it elsewhere."""

    zh: str = ""
    en: str = ""

    def of(self, language: Spoken) -> str:
        """The voice's name in one language."""
        return self.zh if language == "zh" else self.en


class ValueKind(msgspec.Struct, frozen=True, kw_only=True):
    """How a value that a business call returns is spoken."""

    kind: Literal["text", "id", "date", "moment", "money", "words", "same"] = "text"
    words: dict[str, dict[Spoken, str]] = {}
    """Kind ``words``: each value that can come, as said in each language."""
    of: str = ""
    """Kind ``same``: the slot that the answer must be about, value for value."""


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How one step asks: silence, nonsense, keys, interruption, privacy."""

    no_input_ms: int = 0
    """Silence after which we speak again; 0: as for all steps."""
    no_input: Wording | None = None
    """Said in front of the question after a silence; None: the shared ``still_there``."""
    no_match: Wording | None = None
    """Said in front of it after nonsense; None: the shared ``not_heard``."""
    keys: Literal["", "menu", "digits"] = ""
    menu: dict[str, str] = {}
    """Key to what it means: yes, no, human, repeat, or a value of the slot."""
    keypad: Wording | None = None
    """How the keys are explained, before a human is called."""
    barge_in: BargeIn | None = None
    private: bool = False


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """Something to learn from the caller. Without ``ask`` it is only listened for."""

    name: str
    entity: str
    takes: Literal["value", "phone", "moment", "sentence", "keys"] = "value"
    """``phone``: a telephone number; ``moment``: a day and a time of day; ``sentence``: whatever
    the caller says; ``keys``: digits that are keyed and never said."""
    label: dict[Spoken, str] = {}
    """What a human who takes over reads in front of the value."""
    format: str = ""
    """How a value is written: ``A`` a letter, ``0`` a digit, as in A0000; empty: in any way."""
    expects: Expectation = Expectation()
    ask: Wording | None = None
    ask_again: Wording | None = None
    confirm: Literal["when unsure", "always", "never"] = "when unsure"
    check: Wording | None = None
    """The question that confirms a value; it may begin with the value."""
    ask_day: Wording | None = None
    """``moment``: the time of day is known, the day is not."""
    ask_time: Wording | None = None
    past: Wording | None = None
    """``moment``: it is over; said in front of ``offer``."""
    closed: Wording | None = None
    """``moment``: outside of the scenario's hours; said in front of ``offer``."""
    offer: Wording | None = None
    """``moment``: the question whether the nearest free time is wanted."""
    complete: str = ""
    """The business call that finds the value to its digits alone, as keyed on a telephone."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Step: the slot must be known."""

    slot: str
    optional: bool = False
    """A caller who has none, or does not answer, is not asked again."""
    tries: int = 0
    """How often it is asked; 0: as the settings say (an optional one twice)."""
    manner: Manner = Manner()
    voice: Speakers = Speakers()


class Confirm(msgspec.Struct, frozen=True, kw_only=True):
    """Step: the caller must say yes."""

    name: str
    question: Wording
    declined: Wording
    """Said when the caller says no; the scenario then ends."""
    correct: Wording | None = None
    """Asked instead after a no that may mean that something in it is wrong."""
    manner: Manner = Manner()
    voice: Speakers = Speakers()


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """Step: the caller reads aloud."""

    name: Literal["consent", "sentences"]
    count: int = 0
    """How many sentences are to be on record."""
    voice: Speakers = Speakers()


class ReadingWords(msgspec.Struct, frozen=True, kw_only=True):
    """What is said to a caller who reads aloud."""

    consent: Wording
    """In front of the sentence of consent."""
    sentences: Wording
    """In front of the first of the others: how it goes."""
    number: Wording
    """All that is said to a caller who has the sentences before him."""
    by_list: Wording
    """He has said that he has."""
    taken: Wording
    not_taken: Wording
    """A fault that has no words of its own; the sentence follows."""
    faults: dict[str, Wording] = {}
    """Fault to what it is and what mends it; the sentence follows."""
    skipped: Wording
    stopped: Wording
    """The caller goes on in another call; the call ends."""
    finished: Wording
    """All is read; the call ends."""
    keypad: Wording
    """What the keys mean."""


READING_WORDINGS: Final = tuple(name for name in ReadingWords.__struct_fields__ if name != "faults")
READING_VALUES: Final = {"number": ValueKind(), "taken": ValueKind()}
"""What the words of ``reading`` can quote: the sentence's number, how many are on record."""


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Step: put the caller through."""

    name: str
    """The target."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about one kind of answer of a business call."""

    when: dict[str, str] = {}
    """Result values that must be equal; empty: any."""
    error: str = ""
    """Empty: the call succeeded. Else the error, or ``any``."""
    say: Wording | None = None
    then: Literal["continue", "finish", "transfer", "ask again", "end"] = "finish"
    slot: str = ""
    """The slot that ``ask again`` forgets."""
    target: str = ""
    """Where ``transfer`` goes; empty: as the scenario says."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Step: ask the business system."""

    name: str
    arguments: dict[str, str]
    """Argument name to the slot or earlier result whose value it takes."""
    changes: bool = False
    returns: dict[str, ValueKind] = {}
    outcomes: tuple[Outcome, ...] = ()
    voice: Speakers = Speakers()


Step = Ask | Confirm | Call | Read | Transfer


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
    wish: dict[Spoken, str] = {}
    """What the caller wants, for a human who takes over; empty: the title."""
    greeting_asks: str = ""
    """The slot that the greeting asks for already."""
    barge_in: BargeIn = "normal"
    recording: bool = False
    recording_notice: Wording | None = None
    survey: Literal["", "voice"] = ""
    """What a caller is asked about at the call's end."""
    hours: Hours | None = None
    """When people are there; None: always."""
    target: str = "operator"
    """Where callers are put through to."""
    voice: Speakers = Speakers()
    """Who speaks where a step does not say."""
    gives_up: Wording | None = None
    """Said instead of putting the caller through; the call then ends. None: a human."""
    reading: ReadingWords | None = None

    def voice_at(self, step: str, language: Spoken) -> str:
        """Who speaks at a step (as ``questions`` writes it); empty: whoever speaks the language."""
        return self._speakers(step).of(language) or self.voice.of(language)

    def _speakers(self, step: str) -> Speakers:
        kind, _, name = step.partition(" ")
        for one in self.steps:
            if isinstance(one, Ask) and one.slot == name and kind in ("ask", "check", "suggest"):
                return one.voice
            if isinstance(one, Confirm) and one.name == name and kind in ("confirm", "correct"):
                return one.voice
            if isinstance(one, Call) and one.name == name and kind == "call":
                return one.voice
        return Speakers()

    def said_at(self, step: str, clauses: Iterable[Clause]) -> tuple[Clause, ...]:
        """The clauses, each by whoever speaks at that step."""
        speakers = Speakers(zh=self.voice_at(step, "zh"), en=self.voice_at(step, "en"))
        return tuple(said_by(speakers, self.name, clauses))

    def all_speakers(self) -> list[Speakers]:
        """Everybody who speaks in it, each once: its own voice, then those of its steps."""
        found = {self.voice: None}
        for step in self.steps:
            if not isinstance(step, Transfer):
                zh, en = step.voice.zh or self.voice.zh, step.voice.en or self.voice.en
                found[Speakers(zh=zh, en=en)] = None
        return list(found)

    def voices(self) -> list[str]:
        """Names of the voices that it names, each once."""
        named = [name for one in self.all_speakers() for name in (one.zh, one.en) if name]
        return list(dict.fromkeys(named))

    def slot_kinds(self) -> dict[str, ValueKind]:
        """How the values of slots are said."""
        return {name: kind_of(slot) for name, slot in self.slots.items()}

    def value_kinds(self) -> dict[str, ValueKind]:
        """Every name that a wording may quote."""
        kinds = self.slot_kinds()
        for step in self.steps:
            if isinstance(step, Call):
                kinds.update(step.returns)
        if self.reading is not None:
            kinds.update(READING_VALUES)
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

    def ask(self, slot: str) -> Ask | None:
        """The step that asks for a slot, where there is one."""
        for step in self.steps:
            if isinstance(step, Ask) and step.slot == slot:
                return step
        return None

    def wordings(self) -> Iterator[Wording]:
        """Everything that is said in this scenario."""
        for _, wording in self._spoken():
            yield wording

    def _spoken(self) -> Iterator[tuple[str, Wording]]:
        """(step, wording) of everything that is said, short forms too."""
        for step, wording in self._wordings():
            if wording is not None:
                yield step, wording
                if wording.short is not None:
                    yield step, wording.short

    def _wordings(self) -> Iterator[tuple[str, Wording | None]]:
        for opening in (self.greeting, self.recording_notice, self.gives_up):
            yield "", opening
        if self.reading is not None:
            for name in READING_WORDINGS:
                yield "", getattr(self.reading, name)
            for told in self.reading.faults.values():
                yield "", told
        for slot in self.slots.values():
            asked = (slot.ask, slot.ask_again, slot.check, slot.ask_day, slot.ask_time)
            for question in (*asked, slot.past, slot.closed, slot.offer):
                yield f"ask {slot.name}", question
        for step in self.steps:
            if isinstance(step, Confirm):
                for wording in (step.question, step.declined, step.correct):
                    yield f"confirm {step.name}", wording
            if isinstance(step, (Ask, Confirm)):
                place = f"ask {step.slot}" if isinstance(step, Ask) else f"confirm {step.name}"
                for wording in (step.manner.no_input, step.manner.no_match, step.manner.keypad):
                    yield place, wording
            elif isinstance(step, Call):
                for outcome in step.outcomes:
                    yield f"call {step.name}", outcome.say

    def cacheable_clauses(self) -> list[Clause]:
        """Every clause without a free variable, in both languages, each text once a voice."""
        kinds = self.value_kinds()
        found: dict[Clause, None] = {}
        for step, wording in self._spoken():
            clauses = constant_clauses(iter([wording]), kinds)
            found |= dict.fromkeys(self.said_at(step, clauses))
        return list(found)


def said_by(speakers: Speakers, scenario: str, clauses: Iterable[Clause]) -> list[Clause]:
    """The clauses as they are said in a scenario, by these."""
    return [
        replace(clause, voice=speakers.of(clause.language), scenario=scenario) for clause in clauses
    ]


def kind_of(slot: Slot) -> ValueKind:
    """How the value of a slot is said."""
    return ValueKind(kind="moment" if slot.takes == "moment" else "text")


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

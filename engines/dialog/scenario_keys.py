"""Every key of a scenario file with its meaning: what the reader allows and what documents print.

One table of keys for each kind of table in a file. ``docs/scenarios.md`` is checked against it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from engines.nlu.labels import ENTITY_TYPES, GROUP_OF, INTENTS, MEANING_OF, VALUE_OF


class Key(msgspec.Struct, frozen=True):
    """One key: its name, what stands behind it, what it does; ``needed`` where it must be there."""

    name: str
    value: str
    meaning: str
    needed: bool = False
    needed_if: str = ""
    """A condition, where it is not always needed."""


WORDING: Final = "wording"
"""A table ``zh: [...]``, ``en: [...]`` of clauses, and ``short:`` for an angry caller."""

SCENARIO: Final = (
    Key("scenario", "name", "Its name: small letters, digits and _.", True),
    Key("title", "text", "What it is, for people who read the file and its records.", True),
    Key("wish", "zh:, en: text", "What the caller wants, as a human who takes over reads it."),
    Key("numbers", "list", 'Called numbers that it answers; "*" stands for every other number.'),
    Key("starts_on", "list of intents", "What a caller says that brings a running call here."),
    Key("greeting", WORDING, "How a call to one of its numbers begins.", True),
    Key(
        "greeting_asks",
        "slot",
        "The greeting already asks for this slot, so the first answer is one to that.",
    ),
    Key(
        "barge_in",
        "off, firm, normal, eager",
        "How easily a caller interrupts; normal where it is missing.",
    ),
    Key("recording", "true, false", "Record the call's audio; then recording_notice is needed."),
    Key("recording_notice", WORDING, "Tells the caller, in the greeting, that he is recorded."),
    Key(
        "hours",
        "days: times",
        'When people are there, in local time: mon-fri: "09:00-18:00". Days left out are closed; '
        "without hours people are always there.",
    ),
    Key("transfer", "table", "Where callers are put through to."),
    Key(
        "survey",
        "voice",
        "Ask at the call's end how the voice sounded, 1 to 5; needs survey in common.yaml.",
    ),
    Key(
        "voice",
        "name, or zh:, en: name",
        "Who speaks in it, stock or personal; else the voice of kefu.toml's [personal_voices], "
        "else the stock voice.",
    ),
    Key(
        "gives_up",
        WORDING,
        "Said instead of putting the caller through, after questions asked in vain too; the call "
        "then ends.",
    ),
    Key("reading", "table", "What is said to a caller who reads aloud; a step read needs it."),
    Key("slots", "table", "What is learnt from the caller, by name."),
    Key("steps", "list", "What is done, in this order.", True),
)
TRANSFER: Final = (Key("target", "queue or extension", "As the PBX names it.", True),)
_ASKED: Final = "if a step asks"
_MOMENT: Final = "if a step asks for a moment"
SLOT: Final = (
    Key("entity", "entity type", "What understanding looks for; not with sentence or keys."),
    Key(
        "takes",
        "value, phone, moment, sentence, keys",
        "value: as heard. phone: a telephone number (zh: a mobile of 11 digits, or with area "
        "code; en: 7 to 15 digits). moment: a day and a time. sentence: whatever is said. keys: "
        "digits that are keyed, never said.",
    ),
    Key("label", "zh:, en: text", "What stands in front of the value for a human."),
    Key("format", "A0000", "How a value is written: A a letter, 0 a digit."),
    Key(
        "expects",
        "open, address, digits, digits N",
        "What turn taking waits for; without it the digits of the format, or a telephone number.",
    ),
    Key("ask", WORDING, "The question.", needed_if=_ASKED),
    Key(
        "ask_again",
        WORDING,
        "The question in other words, from the second time on.",
        needed_if=_ASKED,
    ),
    Key("confirm", "when unsure, always, never", "Whether a value is read back; when unsure."),
    Key(
        "check",
        WORDING,
        "The question that reads {slot} back.",
        needed_if=f"{_ASKED}, unless confirm: never",
    ),
    Key("ask_day", WORDING, "The time of day is known.", needed_if=_MOMENT),
    Key("ask_time", WORDING, "The day is known.", needed_if=_MOMENT),
    Key("past", WORDING, "That time is over; offer follows.", needed_if=_MOMENT),
    Key("closed", WORDING, "Outside of hours; offer follows.", needed_if=_MOMENT),
    Key("offer", WORDING, "Asks whether the nearest time, {slot}, is wanted.", needed_if=_MOMENT),
    Key(
        "complete",
        "business call",
        "Finds the value to keyed digits (argument digits, result of the slot's name) where only "
        "one fits; the caller is then asked whether it is right. Else he is asked to say it.",
    ),
)
_VOICE: Final = Key(
    "voice", "name, or zh:, en: name", "Who speaks at this step; else as the scenario says."
)
MANNER: Final = (
    Key("no_input", "table", "What a silence does."),
    Key("no_match", "table", "What is said when an answer could not be used."),
    Key(
        "keys",
        "digits, or a table",
        "Which keys answer. digits: the value itself, ended by #. A table: "
        '{"1": yes, "2": no, "0": human, "9": repeat}; behind ask also values of the slot.',
    ),
    Key("keypad", WORDING, "Explains the keys; needed for keys that are not 1 yes, 2 no, 0 human."),
    Key("barge_in", "off, firm, normal, eager", "For this question; else as the scenario says."),
    Key("private", "true, false", "The answer is never stored, and recording pauses."),
)
NO_INPUT: Final = (
    Key("after_ms", "1000 to 60000", "How long the silence is; else as for all steps (6 s)."),
    Key("say", WORDING, "In front of the question, instead of the shared words."),
)
NO_MATCH: Final = (Key("say", WORDING, "In front of the question, instead of the shared words."),)
ASK: Final = (
    Key("ask", "slot", "The slot must be known.", True),
    Key("optional", "true, false", "A caller who has none is asked no further."),
    Key("tries", "1 to 5", "How often it is asked at most: 3 without it, 2 where optional."),
    *MANNER,
    _VOICE,
)
CONFIRM: Final = (
    Key("confirm", "name", "The caller must say yes.", True),
    Key("question", WORDING, "The question; it may quote what is known by then.", True),
    Key("declined", WORDING, "Said after a no; the request then ends.", True),
    Key(
        "correct",
        WORDING,
        "Asked after a no that is no plain refusal: what is wrong? A new value is confirmed again.",
    ),
    *MANNER,
    _VOICE,
)
CALL: Final = (
    Key("call", "business call", "Ask the business system.", True),
    Key("with", "argument: slot or result", "What it is given."),
    Key("changes", "true, false", "It writes: a confirm must stand before it."),
    Key(
        "returns",
        "result: kind",
        "What it answers: text, id, date, moment, money, a table of words, or same SLOT where the "
        "answer must be about that slot's value. Any other answer counts as a failed call.",
    ),
    Key("outcomes", "list", "What follows; the first that fits is taken.", True),
    _VOICE,
)
OUTCOME: Final = (
    Key("when", "result: value", "Results that must be equal."),
    Key("error", "not_found, refused, unavailable, timeout, wrong_answer, any", "The call failed."),
    Key("say", WORDING, "What the caller is told."),
    Key(
        "then",
        "continue, finish, transfer, end, ask again SLOT",
        "What follows; finish where it is missing.",
    ),
    Key("target", "queue or extension", "With then: transfer, another one than the scenario's."),
)
TRANSFER_STEP: Final = (Key("transfer", "target", "Put the caller through.", True),)
READ: Final = (
    Key(
        "read",
        "consent, sentences",
        "The caller reads aloud: the sentence of consent, with who, purpose and company from the "
        "invitation; or the sentences of docs/voice-sentences.md.",
        True,
    ),
    Key("count", "1 to 50", "How many sentences are to be on record; 20 where it is missing."),
)
READING: Final = (
    Key("consent", WORDING, "In front of the sentence of consent.", True),
    Key("sentences", WORDING, "In front of the first of the sentences: how it goes.", True),
    Key("number", WORDING, "Said instead of a sentence to who reads from the list.", True),
    Key("by_list", WORDING, "He reads from the list: only numbers follow.", True),
    Key("taken", WORDING, "It was taken; the next follows.", True),
    Key("not_taken", WORDING, "It was not; said of faults that are not in faults.", True),
    Key("faults", "fault: wording", "What is wrong and what mends it, by the fault's code."),
    Key("skipped", WORDING, "That sentence is left; the next follows.", True),
    Key("stopped", WORDING, "He goes on in another call; the call ends.", True),
    Key("finished", WORDING, "All is read; the call ends.", True),
    Key("keypad", WORDING, "1 read again, 2 skip, 3 say it again, 4 by the list, 9 stop.", True),
)
STEPS: Final[dict[str, tuple[Key, ...]]] = {
    "ask": ASK,
    "confirm": CONFIRM,
    "call": CALL,
    "read": READ,
    "transfer": TRANSFER_STEP,
}
SURVEY: Final = (
    Key("question", WORDING, "Asks for 1 to 5, said or keyed.", True),
    Key("thanks", WORDING, "Said after a score, in front of goodbye.", True),
)
MENU: Final = (
    Key("prompt", WORDING, "How the keys are explained.", True),
    Key("keys", "key: scenario, human or repeat", "What each key is for.", True),
)
INTENT: Final = tuple(Key(name, GROUP_OF[name], MEANING_OF[name]) for name in INTENTS)
ENTITY: Final = tuple(Key(name, "", VALUE_OF[name]) for name in ENTITY_TYPES)
TABLES: Final[dict[str, tuple[Key, ...]]] = {
    "a scenario": SCENARIO,
    "transfer of a scenario": TRANSFER,
    "a slot": SLOT,
    "a step ask": ASK,
    "a step confirm": CONFIRM,
    "a step call": CALL,
    "an outcome": OUTCOME,
    "a step read": READ,
    "reading": READING,
    "a step transfer": TRANSFER_STEP,
    "no_input": NO_INPUT,
    "no_match": NO_MATCH,
    "menu in common.yaml": MENU,
    "survey in common.yaml": SURVEY,
    "intents, for starts_on": INTENT,
    "entity types, for entity": ENTITY,
}
"""All of them, by what they describe, in the order of the documents."""


def names(keys: tuple[Key, ...]) -> tuple[str, ...]:
    """The names of the keys of one table."""
    return tuple(key.name for key in keys)


_HEADS: Final = {
    "intents, for starts_on": "| intent | group | what the caller says |",
    "entity types, for entity": "| entity type | | its value |",
}


def _needed(key: Key) -> str:
    if key.needed:
        return " (needed)"
    return f" (needed {key.needed_if})" if key.needed_if else ""


def reference() -> str:
    """All tables as Markdown."""
    parts = []
    for what, keys in TABLES.items():
        rows = [
            f"| `{key.name}`{_needed(key)} | {key.value} | {key.meaning} |".replace("|  |", "| |")
            for key in keys
        ]
        head = _HEADS.get(what, "| key | value | meaning |")
        parts += [f"### {what[0].upper()}{what[1:]}", "", head]
        parts += ["| --- | --- | --- |", *rows, ""]
    return "\n".join(parts)

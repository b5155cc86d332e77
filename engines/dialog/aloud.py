"""Reading aloud: what is to be read at a step, and whether what was heard is that. Pure.

Steps are written ``read consent`` and ``read sentences 7``: the number is that of
``engines.samples.sentences``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from engines._core import edit_distance, tokenize
from engines.dialog.scenario import Scenario, Spoken, Wording
from engines.samples.sentences import consent_sentence, sentences
from engines.text.clauses import clauses

CONSENT: Final = "read consent"
UNDONE: Final = "undo_change"
"""Act of a turn that takes back what was read last; its step is the one to read again."""
TAKEN: Final = ("ask_slot", "return_thanks")
"""Acts of a turn in which what was read has been taken."""
KEYS: Final = {"1": "again", "2": "skip", "3": "repeat", "4": "list", "9": "stop"}
"""What the keys mean while somebody reads."""
MOST_WRONG: Final = 0.5
"""Error rate up to which a text is the one that was asked for: recognition errs by itself."""
_WHOLE: Final = 0.8
"""Share of the text below which what was right so far is unfinished."""

_NOT_SAID: Final = re.compile(r"[\W_]+")


class Reader(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the dialogue remembers of a caller who reads."""

    consented: bool = False
    done: list[int] = []
    """Sentences that were on record before the call, or that the caller says he has read."""
    taken: list[int] = []
    """Read and taken in this call."""
    left: list[int] = []
    """Skipped, or tried too often."""
    last: str = ""
    """The step that was taken last, while the caller can still take it back."""
    by_list: bool = False
    """He has the sentences before him: only their numbers are said."""
    told: bool = False
    """How it goes was explained."""

    def next(self, count: int, available: int) -> int:
        """The number of the sentence to read; 0: enough, or no more of them."""
        over = {*self.done, *self.taken}
        if len(over) >= count:
            return 0
        over |= set(self.left)
        return next((number for number in range(1, available + 1) if number not in over), 0)

    def values(self, step: str) -> dict[str, str]:
        """What a wording of ``reading`` can quote."""
        return {
            "number": str(number_of(step)),
            "taken": str(len({*self.done, *self.taken})),
        }


def reads(step: str) -> bool:
    """Whether something is read aloud at that step."""
    return step.startswith("read ")


def step_of(number: int) -> str:
    """The step at which that sentence is read."""
    return f"read sentences {number}"


def number_of(step: str) -> int:
    """The sentence that is read at a step; 0: that of consent, or none."""
    digits = step.removeprefix("read sentences ")
    return int(digits) if digits != step and re.fullmatch(r"[1-9]\d?", digits, re.ASCII) else 0


def numbers_in(text: str) -> set[int]:
    """``1-12 14`` as numbers; what is none, or above 99, is left out."""
    numbers: set[int] = set()
    for first, last in re.findall(r"(?<!\S)(\d{1,2})(?:-(\d{1,2}))?(?!\S)", text, re.ASCII):
        numbers.update(range(int(first), int(last or first) + 1))
    return numbers - {0}


def asked_at(step: str, language: Spoken, results: Mapping[str, str]) -> str:
    """The text to read at a step; empty: there is none.

    Args:
        step: as written above.
        language: of the text.
        results: what the invitation says: who, purpose, company.
    """
    if step == CONSENT:
        return consent_sentence(
            language,
            results.get("who", ""),
            results.get("purpose", ""),
            company=results.get("company", ""),
        )
    number, script = number_of(step), sentences(language)
    return script[number - 1] if 0 < number <= len(script) else ""


def wordings(
    scenario: Scenario, step: str, asked: str, reader: Reader, language: Spoken
) -> tuple[Wording, ...]:
    """What is said so that ``asked`` is read."""
    words = scenario.reading
    if words is None:
        return ()
    pieces = tuple(clauses(asked, language))
    text = Wording(zh=pieces, en=pieces)
    if step == CONSENT:
        return words.consent, text
    if reader.by_list:
        return (words.number,)
    return (text,) if reader.told else (words.sentences, text)


def error_rate(asked: str, heard: str) -> float:
    """What was heard otherwise, was missing or came on top, over the length of what was asked.

    By characters of Chinese and words of English: enough to tell a reading from something else.
    What a voice is made of is compared by its sounds, off the call.
    """
    wanted = tokenize(asked.lower())
    return edit_distance(wanted, tokenize(heard.lower())) / max(1, len(wanted))


def is_unfinished(asked: str, heard: str) -> bool:
    """Whether what was heard is right as far as it goes, and does not go to the end."""
    wanted, got = tokenize(asked.lower()), tokenize(heard.lower())
    if not got or len(got) >= _WHOLE * len(wanted):
        return False
    return edit_distance(wanted[: len(got)], got) <= MOST_WRONG * len(got)


def bare(text: str) -> str:
    """A text without punctuation and spaces, in lower case."""
    return _NOT_SAID.sub("", text.lower())

"""Whether the sentence of consent was said, by this name and as a yes: of what was heard, pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

from daemon.voices.consent_terms import Terms
from engines.samples.refusal import Refusal
from engines.samples.spoken_text import error_rate

MOST_ERRORS: Final = 0.35
"""Of the sentence's syllables or words."""
MOST_NAME_ERRORS: Final = 0.34
"""Of the name's syllables (zh: one of three) or letters (en): what a recogniser gets wrong."""
_MEND: Final = "Say the whole sentence that --show prints, at your usual pace."
_REFUSES: Final = {
    "zh": re.compile(r"[不没未无拒别][是会要能肯想再愿]{0,2}(同意|统一|同一|答应|允许)|拒绝|反对"),
    "en": re.compile(
        r"\b(not|never|dont|nobody|neither)\b(\W+\w+){0,3}?\W+agree"
        r"|\b(refuse|refused|disagree)\b|n't\W+(\w+\W+){0,3}?agree"
    ),
}
_AGREES: Final = {"zh": "同意", "en": "agree"}


def word_refusals(terms: Terms, heard: str) -> tuple[Refusal, ...]:
    """What is missing in what was heard; empty: it was said."""
    return tuple(_refusals(terms, heard))


def _refusals(terms: Terms, heard: str) -> Iterator[Refusal]:
    errors = error_rate(terms.sentence, heard)
    shown = heard if len(heard) <= 80 else f"{heard[:79]}…"
    if errors > MOST_ERRORS:
        yield Refusal(
            code="other_text",
            reason=f"{shown!r} was heard, {errors:.0%} otherwise than the sentence of consent",
            mend=_MEND,
        )
    elif not _agrees(terms, heard):
        yield Refusal(
            code="not_agreed",
            reason=f"{shown!r} does not say that the speaker agrees",
            mend="Nobody has to agree. Whoever does says the sentence as it stands.",
        )
    elif name_errors(terms, heard) > MOST_NAME_ERRORS:
        yield Refusal(
            code="other_name",
            reason=f"the name {terms.who} is not in {shown!r}",
            mend="The speaker says their own name; --who is that name, as it is spoken.",
        )


def name_errors(terms: Terms, heard: str) -> float:
    """How far the nearest part of what was heard is from the name: 0 it is the name, 1 nothing."""
    spans = _spans(terms.who, heard) if terms.language == "zh" else _runs(terms.who, heard)
    if terms.language == "zh":
        return min((error_rate(terms.who, one) for one in spans), default=1.0)
    wanted = _letters(terms.who)
    ratios = (SequenceMatcher(None, wanted, _letters(one)).ratio() for one in spans)
    return 1.0 - max(ratios, default=0.0)


def _agrees(terms: Terms, heard: str) -> bool:
    text = heard.casefold()
    if _REFUSES[terms.language].search(text):
        return False
    word = _AGREES[terms.language]
    if terms.language == "en":
        return re.search(rf"\b{word}\b", text) is not None
    return any(error_rate(word, one) == 0.0 for one in _spans(word, heard))


def _spans(wanted: str, heard: str) -> Iterator[str]:
    """Pieces of the text that are as long as what is looked for, give or take a character."""
    text = "".join(one for one in heard if one.isalnum())
    size = sum(one.isalnum() for one in wanted)
    for length in (size, size - 1, size + 1):
        for start in range(len(text) - length + 1) if length > 0 else ():
            yield text[start : start + length]


def _runs(wanted: str, heard: str) -> Iterator[str]:
    """Likewise by words."""
    words = heard.split()
    size = len(wanted.split())
    for length in (size, size - 1, size + 1):
        for start in range(len(words) - length + 1) if length > 0 else ():
            yield " ".join(words[start : start + length])


def _letters(text: str) -> str:
    """Letters alone, doubled ones once: how a name sounds, roughly."""
    plain = "".join(one for one in text.casefold() if one.isalpha())
    return re.sub(r"(.)\1+", r"\1", plain)

"""What leaves the box in a support bundle: the shape of what callers said, and no secrets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from daemon.records.masking import mask
from kefu.records import CallSummary, Turn

HIDDEN: Final = "***"
_NAMES: Final = r"pass(?:word|wd|phrase)|secret|token|(?:api|private)[_-]?key|credential"
_SECRET_KEY: Final = re.compile(_NAMES, re.IGNORECASE)
_TOLD: Final = re.compile(
    rf"([\w-]*(?:{_NAMES})[\w-]*[\"']?\s*(?:[=:]\s*|\s))(\"[^\"]*\"|'[^']*'|[^\s,;]+)",
    re.IGNORECASE,
)
_IN_ADDRESS: Final = re.compile(r"(\w+://)[^/\s@]+@")
# What stays as it is in a log line: call ids and digests, times of the day with their dates.
_KEPT: Final = re.compile(r"\b[0-9a-f]{12,64}\b|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?")
_ANSWERED: Final = re.compile(r"(\w+)=([^,)]*)")
# Numbers and what they stand in (A1024); milliseconds and probabilities are ours and stay.
_DIGITS: Final = re.compile(
    r"(?<![A-Za-z0-9(.])[A-Za-z]*\d+(?:\.\d+)?[A-Za-z0-9]*(?! ms\b)(?![A-Za-z0-9]|\.\d)"
)
_HAN_DIGITS: Final = re.compile("[零〇一二三四五六七八九十百千万幺两]{2,}")
_LEAST: Final = 2
"""A word of one character says nothing, and would be found everywhere."""


def shape(text: str) -> str:
    """``A1024，张先生`` → ``x0000，字字字``: length, script and punctuation stay."""
    return "".join(map(_shape_of, text))


def without_secrets(text: str) -> str:
    """What follows a word such as ``password`` or ``token`` hidden, and users in addresses."""
    text = _TOLD.sub(lambda found: found[1] + HIDDEN, text)
    return _IN_ADDRESS.sub(rf"\1{HIDDEN}@", text)


def masked_log(text: str) -> str:
    """A log line without numbers and addresses of people and without secrets."""
    kept = _KEPT.findall(text)
    others = [mask(part) for part in _KEPT.split(without_secrets(text))]
    if len(others) != len(kept) + 1:  # a secret hid what would have been kept
        return mask(without_secrets(text))
    return "".join(part for pair in zip(others, [*kept, ""], strict=True) for part in pair)


def masked_document(document: Any, key: str = "") -> Any:
    """Settings or the like, as read from TOML: values of secret keys hidden, at any depth."""
    if _SECRET_KEY.search(key) and not isinstance(document, bool):
        return HIDDEN
    if isinstance(document, dict):
        return {name: masked_document(value, str(name)) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [masked_document(value) for value in document]
    return without_secrets(document) if isinstance(document, str) else document


def masked_summary(call: CallSummary) -> CallSummary:
    """A call without the caller's number."""
    return msgspec.structs.replace(call, caller=shape(call.caller))


def masked_turns(turns: Iterable[Turn]) -> list[Turn]:
    """The turns of one call: what was said, keyed and found about the caller is shape alone.

    What we said stays, but for the words that came from him or from the company's data, and for
    all digits.
    """
    turns = list(turns)
    words = sorted(
        {word for turn in turns for word in _words(turn) if len(word) >= _LEAST},
        key=lambda word: (-len(word), word),
    )
    found = re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None

    def hide(text: str) -> str:
        text = mask(text)
        if found is not None:
            text = found.sub(lambda one: shape(one[0]), text)
        text = _DIGITS.sub(lambda one: shape(one[0]), text)
        return _HAN_DIGITS.sub(lambda one: shape(one[0]), text)

    return [_masked(turn, hide) for turn in turns]


def _masked(turn: Turn, hide: Any) -> Turn:
    return msgspec.structs.replace(
        turn,
        keys=shape(turn.keys),
        heard=shape(turn.heard),
        entities=tuple(
            msgspec.structs.replace(one, text=shape(one.text), value=shape(one.value))
            for one in turn.entities
        ),
        business=_ANSWERED.sub(lambda one: f"{one[1]}={shape(one[2])}", turn.business),
        reasons=tuple(map(hide, turn.reasons)),
        reply=hide(turn.reply),
        reply_heard=hide(turn.reply_heard),
    )


def _words(turn: Turn) -> Iterable[str]:
    """What came from the caller, or was found about him."""
    yield turn.heard.strip().rstrip("。，？！.,?!")
    yield turn.keys
    for entity in turn.entities:
        yield entity.text
        yield entity.value
    for _, value in _ANSWERED.findall(turn.business):
        yield value.strip()


def _shape_of(character: str) -> str:
    if character.isdecimal() or (character.isnumeric() and not _is_han(character)):
        return "0"
    if _is_han(character):
        return "字"
    return "x" if unicodedata.category(character)[0] in "LMN" else character


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000"

"""What leaves the box of calls in a support bundle: the shape of what callers said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import partial
from typing import Final

import msgspec

from daemon.records.masking import mask, rewritten
from kefu.records import CallSummary, Turn

_HAN: Final = "\u3400-\u9fff\U00020000-\U0003ffff"
_OF_HAN: Final = re.compile(f"[{_HAN}]+")
_WORD: Final = re.compile(rf"[^\W_{_HAN}][^\W{_HAN}]*[^\W_{_HAN}]")
# What `daemon.call.thought.describe` writes around the values: operations, keys, errors.
_AROUND: Final = re.compile(
    r"(?:^|(?<=; ))[a-z_]\w*\(|(?:(?<=\()|(?<=, )|(?<=> ))[a-z_]\w*="
    r"|\) -> (?:(?:not_found|refused|unavailable|timeout)(?=$|; ))?|, |; ",
    re.ASCII | re.IGNORECASE,
)
# Numbers and what they stand in (A1024); milliseconds and probabilities are ours and stay.
_DIGITS: Final = re.compile(
    r"(?<![A-Za-z0-9(.])[A-Za-z]*\d+(?:\.\d+)?[A-Za-z0-9]*(?! ms\b)(?![A-Za-z0-9]|\.\d)"
)
_ENGLISH_DIGIT: Final = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_SPOKEN_DIGITS: Final = re.compile(
    "[零〇一二三四五六七八九十百千万幺两]{2,}"
    rf"|\b{_ENGLISH_DIGIT}(?:[\s,-]{{1,2}}{_ENGLISH_DIGIT})+\b",
    re.IGNORECASE,
)
# A surname of one character is hidden where it is one for sure.
_ADDRESSED: Final = re.compile(
    rf"[{_HAN}]{{1,2}}(?=先生|小姐|女士|太太|老师|老師)|(?<=姓)[{_HAN}]"
    r"|(?:(?<=\bMr)|(?<=\bMs)|(?<=\bMrs)|(?<=\bMiss)|(?<=\bDr))(?:\. ?| )\w+"
)
_SAY_NOTHING: Final = frozenset(
    "the of to is are was it its this that and or for on at by with from your you my me we our us "
    "be been has have had can not please thank thanks yes what which how when".split()
)
"""Words that everybody says; they stay in what we said, or little of it could be read."""


class _Said(msgspec.Struct, frozen=True):
    """Of one call: what came from the caller, or was found about him."""

    pairs: frozenset[str]
    """Of Chinese characters that stood side by side."""
    characters: frozenset[str]
    words: frozenset[str]
    """In other scripts, case folded."""


def shape(text: str) -> str:
    """``A1024，张先生`` → ``x0000，字字字``: length, script and punctuation stay."""
    return "".join(map(_shape_of, text))


def masked_summary(call: CallSummary) -> CallSummary:
    """A call without the caller's number."""
    return msgspec.structs.replace(call, caller=shape(call.caller))


def masked_turns(turns: Iterable[Turn]) -> list[Turn]:
    """The turns of one call: what was said, keyed and found about the caller is shape alone.

    What we said stays, but for every two characters and every word that also stand in what he
    said or in the company's data, in whichever turn, and for all digits.
    """
    turns = list(turns)
    ours = partial(_hide, said=_said_in(turns))
    return [rewritten(turn, caller=shape, business=_values_shaped, agent=ours) for turn in turns]


def _said_in(turns: list[Turn]) -> _Said:
    heard = [text for turn in turns for text in (turn.heard, turn.keys)]
    named = [
        text
        for turn in turns
        for text in (
            *(text for one in turn.entities for text in (one.text, one.value)),
            *_AROUND.split(turn.business),
        )
    ]
    runs = [run for text in (*heard, *named) for run in _OF_HAN.findall(text)]
    return _Said(
        pairs=frozenset(run[at : at + 2] for run in runs for at in range(len(run) - 1)),
        characters=frozenset("".join(runs)),
        words=(_words(heard) - _SAY_NOTHING) | _words(named),
    )


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word.casefold() for text in texts for word in _WORD.findall(text))


def _hide(text: str, said: _Said) -> str:
    """One of our own texts without what he said."""

    def addressed(found: re.Match[str]) -> str:
        return "".join(
            _shape_of(one) if not _is_han(one) or one in said.characters else one
            for one in found[0]
        )

    def word(found: re.Match[str]) -> str:
        return shape(found[0]) if found[0].casefold() in said.words else found[0]

    text = mask(text)
    echoed = {
        at + beside
        for at in range(len(text) - 1)
        if text[at : at + 2] in said.pairs
        for beside in (0, 1)
    }
    text = _ADDRESSED.sub(addressed, text)
    text = "".join(_shape_of(one) if at in echoed else one for at, one in enumerate(text))
    text = _WORD.sub(word, text)
    text = _DIGITS.sub(lambda found: shape(found[0]), text)
    return _SPOKEN_DIGITS.sub(lambda found: shape(found[0]), text)


def _values_shaped(business: str) -> str:
    """``find_order(order_id=A1024) -> name=Ripley`` with the shapes of its values."""
    parts, end = [], 0
    for around in _AROUND.finditer(business):
        parts += [shape(business[end : around.start()]), around[0]]
        end = around.end()
    return "".join([*parts, shape(business[end:])])


def _shape_of(character: str) -> str:
    if character.isdecimal() or (character.isnumeric() and not _is_han(character)):
        return "0"
    if _is_han(character):
        return "字"
    return "x" if unicodedata.category(character)[0] in "LMN" else character


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000"

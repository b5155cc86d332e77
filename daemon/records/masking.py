"""Masking numbers and addresses of people before text leaves the turn record."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from kefu.records import Turn

Rewrite = Callable[[str], str]

# Mainland resident ids (18 characters) and Taiwan ids (a letter and nine digits).
_ID: Final = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|[A-Z][12]\d{8})(?![0-9A-Za-z])")
_EMAIL: Final = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
)
# Telephone and card numbers: seven digits or more, with the separators people write; no dates.
_NUMBER: Final = re.compile(
    r"(?<!\d)(?!\d{4}-\d{2}-\d{2}(?!\d))\+?\d"
    # A comma before exactly three digits is an amount's.
    r"(?:(?:[ \-.()/_、，\u2010-\u2015]|,(?!\d{3}(?!\d))){0,2}\d){6,}",
    re.ASCII,
)
_HAN_DIGIT: Final = "[零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖]"
_ENGLISH_DIGIT: Final = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_SPOKEN: Final = re.compile(
    rf"{_HAN_DIGIT}(?:[\s、，,]{{0,2}}{_HAN_DIGIT}){{6,31}}"
    rf"|\b{_ENGLISH_DIGIT}(?:[\s,-]{{1,2}}{_ENGLISH_DIGIT}){{6,31}}\b",
    re.IGNORECASE,
)
_OF_PEOPLE: Final = frozenset({"PERSON", "ADDRESS"})
"""Types of entities that ``mask`` cannot see in the text alone."""
_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９", "0123456789")


def mask(text: str) -> str:
    """``text`` with telephone, card and identity numbers and e-mail addresses hidden.

    Of a number the last two characters stay, so that people can still tell two apart.
    """
    text = text.translate(_FULL_WIDTH)
    text = _EMAIL.sub(lambda found: "***@" + found[0].rsplit("@", 1)[1], text)
    text = _ID.sub(_hide, text)
    text = _NUMBER.sub(_hide, text)
    return _SPOKEN.sub(_hide, text)


def _hide(found: re.Match[str]) -> str:
    return "*" * (len(found[0]) - 2) + found[0][-2:]


def masked_turn(turn: Turn) -> Turn:
    """A turn as it may leave the records: numbers, addresses and the names in it hidden."""
    names = {
        text
        for entity in turn.entities
        if entity.type in _OF_PEOPLE
        for text in (entity.text, entity.value)
        if text
    }

    def hide(text: str) -> str:
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, "*" * len(name))
        return mask(text)

    return rewritten(turn, caller=hide, business=hide, agent=hide)


def rewritten(turn: Turn, *, caller: Rewrite, business: Rewrite, agent: Rewrite) -> Turn:
    """The turn with every text of it that can be private rewritten.

    Args:
        turn: as recorded.
        caller: for what the caller said, keyed and named.
        business: for what was asked of and found in the company's data.
        agent: for our replies and the reasons for them.
    """
    return msgspec.structs.replace(
        turn,
        keys=caller(turn.keys),
        heard=caller(turn.heard),
        entities=tuple(
            msgspec.structs.replace(one, text=caller(one.text), value=caller(one.value))
            for one in turn.entities
        ),
        reasons=tuple(agent(reason) for reason in turn.reasons),
        business=business(turn.business),
        reply=agent(turn.reply),
        reply_heard=agent(turn.reply_heard),
    )

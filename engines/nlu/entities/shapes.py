"""What is written alike in both languages: e-mail, order ids, telephone numbers in figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engines.nlu.entities.spans import Span

_EMAIL: Final = re.compile(
    r"(?<![\w.])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{2,63}){1,4}(?![A-Za-z0-9])",
    re.ASCII,
)
_LETTERED: Final = re.compile(
    r"(?<![A-Za-z0-9'’])(?P<letters>[A-Za-z]{1,4})"
    r"(?P<rest>(?:[ -]?\d){3,14}(?:-\d{1,8}){0,3})(?![A-Za-z0-9])",
    re.ASCII,
)
_PHONE: Final = re.compile(
    r"(?<![\w-])(?:\+\d{1,3}[ -]?)?(?:"
    r"1[3-9]\d(?:[ -]?\d{4}){2}"  # mainland mobile
    r"|09\d{2}[ -]?\d{3}[ -]?\d{3}"  # Taiwan mobile
    r"|0\d{2,3}[ -]?\d{7,8}"  # landline with area code
    r"|[48]00[ -]?\d{3}[ -]?\d{4}"  # free of charge
    r"|\(?\d{3}\)?[ -]\d{3}[ -]\d{4}|[2-9]\d{9}"  # North America
    r"|\d{3}-\d{4}"
    r")(?![\w-])",
    re.ASCII,
)
_NOT_IDS: Final = frozenset("AT IN ON BY OF TO IS THE FOR AND BE BEE SEE SEA".split())


def find_shapes(text: str) -> Iterator[Span]:
    """EMAIL, PHONE and ORDER_ID with a letter."""
    for match in _EMAIL.finditer(text):
        yield _span("EMAIL", match[0].lower(), match, 0)
    for match in _PHONE.finditer(text):
        yield _span("PHONE", re.sub(r"[^\d+]", "", match[0]), match, 2)
    for match in _LETTERED.finditer(text):
        # "use 13700002048", "call 400 820 8820": a word, then a number of its own.
        apart = is_phone(match["rest"].strip(" -"))
        if match["letters"].upper() not in _NOT_IDS and not apart:
            yield _span("ORDER_ID", match[0].upper().replace(" ", ""), match, 1)


def is_phone(digits: str) -> bool:
    """Whether digits that were said are a telephone number."""
    match = _PHONE.fullmatch(digits)
    return match is not None


def _span(kind: str, value: str, match: re.Match[str], rank: int) -> Span:
    return Span(type=kind, value=value, start=match.start(), end=match.end(), rank=rank)

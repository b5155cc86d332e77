"""English numbers: "two thousand three hundred and fifty" is 2350; "double seven" is 77."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

ONES: Final = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen".split()
    )
}
TENS: Final = {
    word: 10 * n
    for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES: Final = {"thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_REPEATS: Final = {"double": 2, "triple": 3}
SAID_DIGIT: Final = {
    **{w: str(n) for w, n in ONES.items() if n < 10},
    "oh": "0",
    "o": "0",
}
NUMBER_WORDS: Final = frozenset({*ONES, *TENS, *_SCALES, "hundred", "and", "a", "point"})
DIGIT_WORDS: Final = frozenset({*SAID_DIGIT, *_REPEATS, *ONES, *TENS, "hundred", "thousand", "and"})


def words_of(text: str) -> list[str]:
    """Lower-case words and figures; ``twenty-three`` is two."""
    return re.findall(r"[a-z]+|\d+(?:\.\d+)?", text.lower().replace(",", ""))


def read_number(text: str) -> Decimal | None:
    """The value of a cardinal in words or figures, None where it is not one."""
    words = words_of(text)
    if not words:
        return None
    if "point" in words:
        at = words.index("point")
        decimals = [SAID_DIGIT.get(word, "") for word in words[at + 1 :]]
        whole = _integer(words[:at]) if at else 0
        if whole is None or not decimals or "" in decimals:
            return None
        return Decimal(f"{whole}.{''.join(decimals)}")
    if len(words) == 1 and words[0][0].isdigit():
        return Decimal(words[0])
    value = _integer(words)
    return None if value is None else Decimal(value)


def _integer(words: Sequence[str]) -> int | None:
    """A well-formed cardinal: parts fall in size, ``and`` and ``a`` stand where they may."""
    total = section = 0
    room = 1_000_000_000_000  # what is added next must be smaller
    step = 1000  # the same inside of a section
    seen = False
    for number, word in enumerate(words):
        follows = words[number + 1] if number + 1 < len(words) else ""
        if word == "and" and seen and follows and follows not in ("and", "a"):
            continue
        if word == "a" and not seen and follows in ("hundred", "thousand", "million"):
            section, seen, step = 1, True, 1
            continue
        if word.isdigit() and not seen:
            section, seen, step = int(word), True, 1
            continue
        if word in ONES or word in TENS:
            value = ONES.get(word, TENS.get(word, 0))
            if step <= value or (value == 0 and (seen or len(words) > 1)):
                return None
            section += value
            step = 10 if word in TENS else 1
        elif word == "hundred":
            if not 0 < section < 100:
                return None
            section, step = section * 100, 100
        elif word in _SCALES and section > 0 and _SCALES[word] < room:
            room = _SCALES[word]
            total, section, step = total + section * room, 0, 1000
        else:
            return None
        seen = True
    return total + section if seen else None


def read_digits(text: str) -> str | None:
    """A string said digit by digit or in pairs, letters among it, in capitals.

    "a one zero two four" is A1024, "oh double seven" 077, "ten twenty four" and "one oh two four"
    1024, "twenty twenty four" 2024. None where it is something else or a plain cardinal.
    """
    words = words_of(text)
    read: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in _REPEATS and (following in SAID_DIGIT or following.isdigit()):
            read.append(SAID_DIGIT.get(following, following[:1]) * _REPEATS[word])
            at += 2
        elif word in SAID_DIGIT and not (word == "o" and not read):
            read.append(SAID_DIGIT[word])
            at += 1
        elif word in TENS:
            digit = ONES.get(following, 0)
            pair = 0 < digit < 10
            read.append(str(TENS[word] + (digit if pair else 0)))
            at += 2 if pair else 1
        elif word in ONES:
            read.append(str(ONES[word]))
            at += 1
        elif word == "hundred" and _prefix(words, at, read):
            read.append("00")
            at += 1
        elif word.isdigit() or (len(word) == 1 and word.isalpha()) or word in ("double", "triple"):
            if word in _REPEATS:
                return None
            read.append(word.upper())
            at += 1
        else:
            return None
    return "".join(read) if any(part.isdigit() for part in read) else None


def _prefix(words: Sequence[str], at: int, read: Sequence[str]) -> bool:
    """Whether this ``hundred`` is that of "one eight hundred five five five"."""
    after = words[at + 1 : at + 4]
    return (
        bool(read)
        and len(read[-1]) == 1
        and len(after) == 3
        and all(word in SAID_DIGIT for word in after)
    )

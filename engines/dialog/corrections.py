"""Corrections of single digits: "eight not nine", "不是1024是1025", "the last digit is five"."""

from __future__ import annotations

import re
from typing import Final

import msgspec

_ZH: Final = dict(zip("零〇一二三四五六七八九两幺", "0012345678921", strict=True))
_EN: Final = {
    **{
        word: str(n)
        for n, word in enumerate("zero one two three four five six seven eight nine".split())
    },
    "oh": "0",
}
_RUN: Final = (
    r"(?:[0-9零〇一二三四五六七八九两幺]{1,11}"
    rf"|(?:{'|'.join(_EN)}|\d{{1,11}})(?:[ -](?:{'|'.join(_EN)}|\d{{1,11}})){{0,10}})"
)
_SWAPS: Final = (
    re.compile(rf"不是(?P<wrong>{_RUN})[,，、。 ]*(?:而|应该|我说的)*是(?P<right>{_RUN})"),
    re.compile(rf"(?P<right>{_RUN})[,，、。 ]*(?:而)?不是(?P<wrong>{_RUN})"),
    re.compile(
        rf"\bnot (?:a )?(?P<wrong>{_RUN})(?:[,.] ?| )(?:but |it's |it is |it should be )"
        rf"(?:a )?(?P<right>{_RUN})\b"
    ),
    re.compile(rf"\bnot (?:a )?(?P<wrong>{_RUN})[,.] ?(?P<right>{_RUN})\b"),
    re.compile(rf"\b(?P<right>{_RUN})[,.]? (?:and )?not (?:a )?(?P<wrong>{_RUN})\b"),
)
_PLACES: Final = (
    re.compile(
        rf"(?P<end>最后|末尾?|尾号?|后)(?P<count>[1-9一二两三四五六])?[位个]?(?:数字?|号码?)?"
        rf"(?:应该)?(?:是|为|改成)(?P<right>{_RUN})"
    ),
    re.compile(
        r"(?P<end>前|开头|头|第一)(?P<count>[1-9一二两三四五六])?[位个](?:数字?)?"
        rf"(?:应该)?(?:是|为|改成)(?P<right>{_RUN})"
    ),
    re.compile(
        rf"\b(?P<end>last|final|first) (?:(?P<count>{'|'.join(_EN)}|\d) )?(?:digits?|numbers?)"
        rf" (?:is|are|should be|was) (?:a |actually )?(?P<right>{_RUN})\b"
    ),
)
_FIRST: Final = ("前", "开头", "头", "第一", "first")


class Swap(msgspec.Struct, frozen=True):
    """Digits that were wrong and what they should be; or what stands at an end of the number."""

    right: str
    wrong: str = ""
    at_start: bool = False


def swap_in(text: str) -> Swap | None:
    """The correction in an utterance, folded and in lower case."""
    for pattern in _SWAPS:
        match = pattern.search(text)
        if match:
            right, wrong = _digits(match["right"]), _digits(match["wrong"])
            if right and len(right) == len(wrong) and right != wrong:
                return Swap(right=right, wrong=wrong)
    for pattern in _PLACES:
        match = pattern.search(text)
        if match:
            right = _digits(match["right"])
            count = match["count"] or ""
            if right and (not count or _digits(count) == str(len(right))):
                return Swap(right=right, at_start=match["end"] in _FIRST)
    return None


def apply(swap: Swap, known: str) -> str:
    """The known value put right; empty where the correction does not say where in it.

    Args:
        swap: what was said.
        known: a value with digits in it, such as A1024 or 13800138000.
    """
    start = re.search(r"\d", known, re.ASCII)
    if start is None:
        return ""
    head, digits = known[: start.start()], known[start.start() :]
    if not (digits.isascii() and digits.isdigit()) or len(swap.right) > len(digits):
        return ""
    if swap.wrong:
        places = [at for at in range(len(digits)) if digits.startswith(swap.wrong, at)]
        if len(places) != 1:
            return ""
        at = places[0]
    else:
        at = 0 if swap.at_start else len(digits) - len(swap.right)
    return head + digits[:at] + swap.right + digits[at + len(swap.right) :]


def _digits(text: str) -> str:
    words = re.findall(r"[a-z]+|\d|[零〇一二三四五六七八九两幺]", text)
    return "".join(_EN.get(word) or _ZH.get(word, word) for word in words)

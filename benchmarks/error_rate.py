"""Error rates of recognition: characters in Mandarin, words in English, numbers written out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_ZH_DIGITS: Final = "零一二三四五六七八九"
_EN_DIGITS: Final = "zero one two three four five six seven eight nine".split()
_PLACES: Final = ("", "十", "百", "千", "万")


def words(text: str, language: str) -> list[str]:
    """What is compared: characters (zh) or words (en), lower case, no punctuation.

    Figures are read out on both sides, in Mandarin as numbers up to five places and else digit
    by digit; in English always digit by digit: neither side may choose how to read "202".
    """
    text = text.lower()
    if language == "zh":
        text = re.sub(r"(\d+(?:\.\d+)?)%", r"百分之\1", text)
        text = re.sub(r"\d+(?:\.\d+)?", lambda found: _read_zh(found[0]), text)
        return re.findall(r"[\u3400-\u9fff]|[a-z]+", text)
    text = re.sub(r"\d", lambda found: f" {_EN_DIGITS[int(found[0])]} ", text)
    return re.findall(r"[a-z]+", text.replace("'", ""))


def errors(expected: Sequence[str], heard: Sequence[str]) -> int:
    """Edit distance: substitutions, insertions and deletions."""
    row = list(range(len(heard) + 1))
    for count, wanted in enumerate(expected, 1):
        diagonal, row[0] = row[0], count
        for place, found in enumerate(heard, 1):
            diagonal, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, diagonal + (wanted != found)),
            )
    return row[-1]


def _read_zh(number: str) -> str:
    whole, _, fraction = number.partition(".")
    read = _whole_zh(whole)
    return f"{read}点{''.join(_ZH_DIGITS[int(digit)] for digit in fraction)}" if fraction else read


def _whole_zh(digits: str) -> str:
    if len(digits) > len(_PLACES) or (len(digits) > 1 and digits[0] == "0"):
        return "".join(_ZH_DIGITS[int(digit)] for digit in digits)
    read, gap = "", False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            gap = bool(read)
            continue
        read += ("零" if gap else "") + _ZH_DIGITS[int(digit)] + _PLACES[place]
        gap = False
    return re.sub("^一十", "十", read) or "零"

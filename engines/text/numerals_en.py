"""English numerals: cardinals, ordinals, digit strings, decimals and years as they are spoken."""

from __future__ import annotations

from typing import Final

_SMALL: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS: Final = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_GROUPS: Final = ("", "thousand", "million", "billion", "trillion")
LARGEST: Final = 10**15 - 1
_ORDINALS: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def digits(text: str) -> str:
    """Digit by digit. Characters that are no digits are dropped."""
    return " ".join(_SMALL[int(char)] for char in text if char in "0123456789")


def cardinal(number: int) -> str:
    """0..10^15−1 as a quantity: 2350 → two thousand three hundred fifty.

    Larger numbers are read digit by digit.
    """
    if number < 0:
        return "minus " + cardinal(-number)
    if number > LARGEST:
        return digits(str(number))
    if number == 0:
        return "zero"
    words: list[str] = []
    for place in range(len(_GROUPS) - 1, -1, -1):
        group = number // 1000**place % 1000
        if group:
            words.append(_below_thousand(group))
            if _GROUPS[place]:
                words.append(_GROUPS[place])
    return " ".join(words)


def ordinal(number: int) -> str:
    """1 → first, 26 → twenty-sixth."""
    words = cardinal(number)
    head, cut, last = words.rpartition("-") if "-" in words else words.rpartition(" ")
    if last in _ORDINALS:
        last = _ORDINALS[last]
    elif last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last += "th"
    return head + cut + last


def decimal(text: str) -> str:
    """``"1,299"``, ``"3.14"``, ``"-5"``: a cardinal, then "point" and digits."""
    negative = text.startswith(("-", "−"))
    whole, _, fraction = text.lstrip("-−").replace(",", "").partition(".")
    spoken = cardinal(int(whole or "0"))
    if fraction:
        spoken += " point " + digits(fraction)
    return "minus " + spoken if negative else spoken


def year(number: int) -> str:
    """1999 → nineteen ninety-nine, 2005 → two thousand five, 2026 → twenty twenty-six."""
    century, rest = divmod(number, 100)
    if not 1000 <= number <= 9999 or (century % 10 == 0 and rest < 10):
        return cardinal(number)
    if rest == 0:
        return cardinal(century) + " hundred"
    return cardinal(century) + (" oh " if rest < 10 else " ") + cardinal(rest)


def _below_thousand(number: int) -> str:
    words: list[str] = []
    if number >= 100:
        words += [_SMALL[number // 100], "hundred"]
        number %= 100
    if number >= 20:
        tens, ones = divmod(number, 10)
        words.append(_TENS[tens] + ("-" + _SMALL[ones] if ones else ""))
    elif number:
        words.append(_SMALL[number])
    return " ".join(words)

"""Chinese numerals: cardinals, digit strings and decimals as they are spoken."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = "零一二三四五六七八九"
# On the telephone 一 is said 幺, so that nobody takes it for 七.
_TELEPHONE_DIGITS: Final = "零幺二三四五六七八九"
_UNITS: Final = ("", "十", "百", "千")
_GROUPS: Final = ("", "万", "亿", "万亿")
LARGEST: Final = 10**16 - 1


def digits(text: str, *, telephone: bool = False) -> str:
    """Digit by digit; ``telephone`` says 幺 for 一. Characters that are no digits are dropped."""
    table = _TELEPHONE_DIGITS if telephone else _DIGITS
    return "".join(table[int(char)] for char in text if char in "0123456789")


def cardinal(number: int) -> str:
    """0..10^16−1 as a quantity: 2350 → 两千三百五十, 120 → 一百二十, 10086 → 一万零八十六.

    Larger numbers are no quantities any more and are read digit by digit.
    """
    if number < 0:
        return "负" + cardinal(-number)
    if number > LARGEST:
        return digits(str(number))
    if number == 0:
        return "零"
    groups: list[int] = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    spoken = ""
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if group == 0:
            continue
        if spoken and (group < 1000 or groups[place + 1] == 0):
            spoken += "零"
        two_leads = group == 2 and place > 0
        spoken += ("两" if two_leads else _below_ten_thousand(group)) + _GROUPS[place]
    return spoken[1:] if spoken.startswith("一十") else spoken


def counted(number: int) -> str:
    """A quantity before a measure word: 2 → 两, else as ``cardinal``."""
    return "两" if number == 2 else cardinal(number)


def decimal(text: str) -> str:
    """``"1,299"``, ``"3.14"``, ``"-5"``: a cardinal, then 点 and digits."""
    negative = text.startswith(("-", "−"))
    whole, _, fraction = text.lstrip("-−").replace(",", "").partition(".")
    spoken = cardinal(int(whole or "0"))
    if fraction:
        spoken += "点" + digits(fraction)
    return "负" + spoken if negative else spoken


def _below_ten_thousand(number: int) -> str:
    spoken = ""
    pending_zero = False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit == 0:
            pending_zero = bool(spoken)
            continue
        if pending_zero:
            spoken += "零"
            pending_zero = False
        two_thousand = digit == 2 and place == 3
        spoken += ("两" if two_thousand else _DIGITS[digit]) + _UNITS[place]
    return spoken

"""Chinese numbers: 两千三百五 is 2350; 幺零二四 is the digit string 1024."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

DIGITS: Final = {
    **{c: str(n) for n, c in enumerate("零一二三四五六七八九")},
    **{c: str(n) for n, c in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "〇": "0",
    "两": "2",
    "幺": "1",
    "洞": "0",
}
_SMALL: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE: Final = {"万": 10_000, "亿": 100_000_000}
_COUNTED: Final = "一二三四五六七八九两壹贰叁肆伍陆柒捌玖"
_CHARACTERS: Final = "零〇一二三四五六七八九两壹贰叁肆伍陆柒捌玖十拾百佰千仟万亿"
NUMBER: Final = (
    r"(?:(?<!\d)(?<!\d,)\d+(?:,\d+)*(?:\.\d+)?(?:[万亿千百](?![\d]))?"
    rf"|(?<![{_CHARACTERS}])[{_CHARACTERS}]+(?:点[零〇一二三四五六七八九]+)?)"
)
"""Regular expression of what ``read_number`` may be given. It never begins inside of a number: on
a long row of figures that would take time in the square of its length."""
DIGIT: Final = r"[0-9零〇一二三四五六七八九两幺]"


def read_number(text: str) -> Decimal | None:
    """The value of a Chinese or Arabic number, None where it is neither.

    A last digit without its unit counts a tenth of the unit before: 两千三百五 is 2350 and 三万五
    is 35000, but 两千零五 is 2005. A bare string of digits is read as such: 二零二四 is 2024.
    """
    text = text.replace(",", "").replace(" ", "")
    arabic = re.fullmatch(r"(\d+(?:\.\d+)?)([百千万亿]?)", text)
    if arabic:
        unit = {**_SMALL, **_LARGE}.get(arabic[2], 1)
        return Decimal(arabic[1]) * unit
    whole, point, fraction = text.partition("点")
    if not whole or (point and not (fraction and all(c in DIGITS for c in fraction))):
        return None
    value = _integer(whole)
    if value is None:
        return None
    decimals = "".join(DIGITS[c] for c in fraction)
    return Decimal(f"{value}.{decimals}") if decimals else Decimal(value)


def read_digits(text: str) -> str | None:
    """A string of digits said one by one, with 三个八 for 888; None where it is not one."""
    text = re.sub(r"[\s,，、\-]", "", text)
    text = re.sub(rf"([二两三四五六])个({DIGIT})", lambda m: m[2] * int(DIGITS[m[1]]), text)
    digits = [DIGITS.get(c, c) for c in text]
    return "".join(digits) if digits and all(c.isascii() and c.isdigit() for c in digits) else None


def _integer(text: str) -> int | None:
    if all(c in DIGITS for c in text):
        return int("".join(DIGITS[c] for c in text))
    total = section = digit = 0
    last_unit = 0
    zero = False
    for c in text:
        if c in DIGITS:
            if digit:
                return None
            digit, zero = int(DIGITS[c]), zero or DIGITS[c] == "0"
        elif c in _SMALL:
            section += (digit or 1) * _SMALL[c]
            digit, last_unit, zero = 0, _SMALL[c], False
        elif c in _LARGE:
            section += digit
            if not section and not total:
                return None
            # 一万亿 is a section of sections: what stands before 亿 is multiplied whole.
            if _LARGE[c] > 10_000:
                total = (total + section) * _LARGE[c]
            else:
                total += section * _LARGE[c]
            section, digit, last_unit, zero = 0, 0, _LARGE[c], False
        else:
            return None
    if digit and last_unit >= 100 and not zero and text[-1] in _COUNTED:
        digit *= last_unit // 10
    return total + section + digit

"""How figures, dates, money, numbers of orders and telephones are read out in English."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from engines.text.numerals_en import cardinal, decimal, digits, ordinal, year

_NUMBER: Final = r"\d+(?:,\d{3})*(?:\.\d+)?"
_MONTHS: Final = (
    "January February March April May June July August September October November December"
).split()
_MONTH: Final = "|".join(f"{name}|{name[:3]}\\.?" for name in _MONTHS)
# After these a figure names something: it is read digit by digit.
_NAMES: Final = (
    r"order|order number|tracking number|number|account|code|pin|extension|ext\.?|dial|call|"
    r"calling|ending in|ends in|phone|hotline|reference|ticket|room|invoice"
)
_UNITS: Final = {
    "kg": ("kilogram", "kilograms"),
    "km": ("kilometer", "kilometers"),
    "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"),
    "ml": ("milliliter", "milliliters"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "mi": ("mile", "miles"),
    "GB": ("gigabyte", "gigabytes"),
    "MB": ("megabyte", "megabytes"),
    "min": ("minute", "minutes"),
    "hrs": ("hour", "hours"),
    "hr": ("hour", "hours"),
    "g": ("gram", "grams"),
    "m": ("meter", "meters"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
}
_CURRENCIES: Final = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("dollar", "dollars", "cent", "cents"),
    "¥": ("yuan", "yuan", "fen", "fen"),
    "￥": ("yuan", "yuan", "fen", "fen"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "USD": ("dollar", "dollars", "cent", "cents"),
    "CNY": ("yuan", "yuan", "fen", "fen"),
    "RMB": ("yuan", "yuan", "fen", "fen"),
    "EUR": ("euro", "euros", "cent", "cents"),
}
_SHORT: Final = {
    "Mr.": "Mister",
    "Mrs.": "Missus",
    "Ms.": "Miz",
    "Dr.": "Doctor",
    "St.": "Street",
    "No.": "number",
    "approx.": "approximately",
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "et cetera",
    "vs.": "versus",
}
_SYMBOLS: Final = {"&": " and ", "+": " plus ", "=": " equals ", "@": " at ", "%": " percent"}


def _money(amount: str, currency: str) -> str:
    one, many, cent, cents = _CURRENCIES[currency]
    whole, _, fraction = amount.replace(",", "").partition(".")
    if len(fraction) > 2:
        return f"{decimal(amount)} {many}"
    hundredths = int((fraction + "00")[:2])
    parts: list[str] = []
    if int(whole) or not hundredths:
        parts.append(f"{cardinal(int(whole))} {one if int(whole) == 1 else many}")
    if hundredths:
        parts.append(f"{cardinal(hundredths)} {cent if hundredths == 1 else cents}")
    return " and ".join(parts)


def _iso_date(match: re.Match[str]) -> str:
    return f"{_MONTHS[int(match['month']) - 1]} {ordinal(int(match['day']))}"


def _month(name: str) -> str:
    return next(month for month in _MONTHS if month.startswith(name[:3]))


def _written_date(match: re.Match[str]) -> str:
    spoken = f"{_month(match['month'])} {ordinal(int(match['day']))}"
    return f"{spoken}, {year(int(match['year']))}" if match["year"] else spoken


def _clock(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"] or "0")
    half = re.sub(r"\W", "", match["half"] or "").upper()
    spoken = cardinal(hour)
    if minute:
        spoken += (" oh " if minute < 10 else " ") + cardinal(minute)
    elif not half:
        spoken += " o'clock" if 1 <= hour <= 12 else " hundred"
    return f"{spoken} {' '.join(half)}".strip()


def _telephone(match: re.Match[str]) -> str:
    return ", ".join(digits(part) for part in re.findall(r"\d+", match[0]))


def _bare_telephone(match: re.Match[str]) -> str:
    number = match[0]
    parts = (
        (number[:-7], number[-7:-4], number[-4:])
        if len(number) == 10
        else (
            number[:3],
            number[3:7],
            number[7:],
        )
    )
    return ", ".join(digits(part) for part in parts)


def _order_id(match: re.Match[str]) -> str:
    return f"{' '.join(match['letters'])} {digits(match['digits'])}"


def _unit(match: re.Match[str]) -> str:
    one, many = _UNITS[match[2]]
    return f"{decimal(match[1])} {one if match[1] == '1' else many}"


def _plain(match: re.Match[str]) -> str:
    number = match[0]
    if re.fullmatch(r"0\d+|\d{9,}", number):
        return digits(number)
    return decimal(number)


_RULES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (
        re.compile("|".join(rf"(?<!\w){re.escape(short)}" for short in _SHORT)),
        lambda m: _SHORT[m[0]],
    ),
    # Dates and times, before anything takes their figures.
    (
        re.compile(
            r"(?<!\d)(?:19|20)\d\d[-/](?P<month>0?[1-9]|1[0-2])[-/](?P<day>[12]\d|3[01]|0?[1-9])(?!\d)"
        ),
        _iso_date,
    ),
    (
        re.compile(
            rf"\b(?P<month>{_MONTH}) (?P<day>[12]\d|3[01]|[1-9])(?:st|nd|rd|th)?(?!\d)"
            r"(?:,? (?P<year>(?:19|20)\d\d))?"
        ),
        _written_date,
    ),
    (
        re.compile(rf"\b({_MONTH}) ((?:19|20)\d\d)\b"),
        lambda m: f"{_month(m[1])} {year(int(m[2]))}",
    ),
    (
        re.compile(r"\b((?:in|since|by|until|year|of) )((?:19|20)\d\d)\b(?![.,]\d)"),
        lambda m: m[1] + year(int(m[2])),
    ),
    (
        re.compile(
            r"(?<![\d:])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)"
            r"(?:\s?(?P<half>[ap]\.m\.|[ap]m\b|[AP]M\b|[AP]\.M\.))?(?![\d:])"
        ),
        _clock,
    ),
    (
        re.compile(
            r"(?<![\d:])(?P<hour>1[0-2]|[1-9])(?P<minute>)\s?"
            r"(?P<half>[ap]\.m\.|[ap]m\b|[AP]M\b|[AP]\.M\.)"
        ),
        _clock,
    ),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), lambda m: ordinal(int(m[1]))),
    # Numbers that name something.
    (
        re.compile(
            r"(?<![\w-])(?:\+\d{1,3}[- ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3,4}[-. ]\d{4}(?![\w-])"
        ),
        _telephone,
    ),
    (re.compile(r"(?<![\w.,-])(?:[2-9]\d{9}|1[3-9]\d{9})(?![\w-]|[.,]\d)"), _bare_telephone),
    (re.compile(r"(?<![\w-])\d{3}-\d{4}(?![\w-])"), _telephone),
    (
        re.compile(r"(?<![A-Za-z\d])(?P<letters>[A-Z]{1,4})[-–]?(?P<digits>\d{2,})(?![A-Za-z\d])"),
        _order_id,
    ),
    (
        re.compile(
            rf"\b(?P<name>{_NAMES})(?P<link>(?: is)?:? #?)(?P<number>\d{{3,}})(?!\d|[.,]\d)"
            r"(?! (?:hours?|days?|minutes?|times|items?|people|dollars|yuan))",
            re.IGNORECASE,
        ),
        lambda m: m["name"] + m["link"].replace("#", "") + digits(m["number"]),
    ),
    (re.compile(r"#(\d+)"), lambda m: "number " + cardinal(int(m[1]))),
    # Money.
    (
        re.compile(rf"(US\$|[$¥￥€£])\s?({_NUMBER})(?! ?(?:million|billion))"),
        lambda m: _money(m[2], m[1]),
    ),
    (
        re.compile(rf"\b({_NUMBER})\s?(USD|CNY|RMB|EUR)\b"),
        lambda m: _money(m[1], m[2]),
    ),
    # Quantities.
    (
        re.compile(rf"(?<![\d.,])(-?{_NUMBER})%?\s?[-–]\s?({_NUMBER})%"),
        lambda m: f"{decimal(m[1])} to {decimal(m[2])} percent",
    ),
    (re.compile(rf"(?<![\d.,])(-?{_NUMBER})\s?%"), lambda m: decimal(m[1]) + " percent"),
    (
        re.compile(rf"(?<![\w.,-])({_NUMBER})\s?[-–]\s?({_NUMBER})(?![\w-])"),
        lambda m: f"{decimal(m[1])} to {decimal(m[2])}",
    ),
    (
        re.compile(rf"(?<![\w.,])(-?{_NUMBER})\s?({'|'.join(map(re.escape, _UNITS))})(?!\w)"),
        _unit,
    ),
    (re.compile(r"(?<![\w/])1/2(?![\w/])"), lambda m: "one half"),
    (
        re.compile(r"\b24/7\b"),
        lambda m: "twenty-four seven",
    ),
    (re.compile(rf"(?<![\w.,])[-−]{_NUMBER}"), lambda m: decimal(m[0])),
    (re.compile(_NUMBER), _plain),
)


def read_en(text: str) -> str:
    """Everything that is written in figures or symbols, as it is spoken."""
    for pattern, reading in _RULES:
        text = pattern.sub(reading, text)
    for symbol, word in _SYMBOLS.items():
        text = text.replace(symbol, word)
    return re.sub(r" {2,}", " ", text)

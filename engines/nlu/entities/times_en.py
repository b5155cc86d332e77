"""Dates and times of day in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from engines.nlu.entities import moments
from engines.nlu.entities.moments import Moment
from engines.nlu.entities.numbers_en import ONES, TENS, read_number

_MONTHS: Final = (
    "january february march april may june july august september october november december"
).split()
_WEEKDAYS: Final = "monday tuesday wednesday thursday friday saturday sunday".split()
_SMALL: Final = "|".join(
    [
        *(f"{ten}[ -](?:one|two|three|four|five|six|seven|eight|nine)" for ten in TENS),
        *sorted([*ONES, *TENS, "an", "a"], key=len, reverse=True),
    ]
)
_N: Final = rf"(?:\d{{1,3}}|{_SMALL})"
_ORDINAL_WORDS: Final = {
    word: n
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
        " thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
        " twenty-first twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth"
        " twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first".split(),
        1,
    )
}
_ORDINAL: Final = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?|"
    + "|".join(w.replace("-", "[ -]") for w in sorted(_ORDINAL_WORDS, key=len, reverse=True))
    + ")"
)
_MONTH: Final = "(?:" + "|".join([*_MONTHS, *(f"{m[:3]}\\b\\.?" for m in _MONTHS)]) + ")"
_WEEKDAY: Final = "|".join(_WEEKDAYS)
_DAY: Final = (
    r"(?P<rel>the day after tomorrow|the day before yesterday|today|tonight|tomorrow|yesterday)"
    rf"|(?:in (?P<in>{_N}) (?P<in_unit>day|week|month)s?)"
    rf"|(?P<ago>{_N}) (?P<ago_unit>day|week|month)s? ago"
    rf"|(?P<which>this|next|last) (?P<wd>{_WEEKDAY})|(?P<wd0>{_WEEKDAY})"
    rf"|(?P<month>{_MONTH}) (?:the )?(?P<mday>{_ORDINAL})\b(?:,? (?P<year>\d{{4}}))?"
    rf"|(?:the )?(?P<mday2>{_ORDINAL}) (?:of )?(?P<month2>{_MONTH})\b(?:,? (?P<year2>\d{{4}}))?"
    r"|(?P<iso>\d{4}-\d{2}-\d{2})"
)
_HOUR: Final = r"\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_MINUTE: Final = r"oh [a-z]+|fifteen|thirty|forty[ -]five|twenty|ten|forty|fifty"
_PM: Final = r"in the (?:morning|afternoon|evening)|at night|[ap]\.?\s?m\b\.?"
_SHARP: Final = " o ?'? ?clock"
_CLOCK: Final = (
    rf"(?:(?P<past>half past|quarter past|quarter to) (?P<ph>{_HOUR})"
    rf"|(?P<h>{_HOUR})(?::(?P<mm>\d\d)| (?P<mw>{_MINUTE}))?(?:{_SHARP})?(?=\s?(?:{_PM})|{_SHARP})"
    rf"(?:{_SHARP})?|(?P<colon>\d{{1,2}}:\d\d)"
    rf"|(?:at|after|before|around|by) (?P<ah>{_HOUR})(?: (?P<amw>{_MINUTE}))?(?= |$|[.,?])"
    r"(?! (?:days?|weeks?|months?|hours?|years?|minutes?|times?|of)\b)"
    r"|(?P<noon>noon|midday|midnight))"
    rf"\s?(?P<half>{_PM})?"
)
_BARE: Final = re.compile(
    r"(?:(?:um|uh|er|well|yes|yeah|ok|okay|sure|maybe|perhaps|say|let's say|let's do|how about|"
    r"what about|i think|make it|then|on|at|around|about|by|after|before) ){0,4}"
    rf"(?P<h>{_HOUR})(?:[ :.](?P<mm>[0-5]\d)| (?P<mw>{_MINUTE}))?(?:{_SHARP})?"
    rf"(?: ?(?P<half>{_PM}|morning|afternoon|evening|night))?"
    r"(?: (?:on|please|then|is fine|is good|is ok|is okay|would be (?:fine|good|great|nice)|works|"
    r"for me|if possible|sharp|or so|thanks|thank you)){0,3}"
)
_PART: Final = r"(?: (?P<part>morning|afternoon|evening|night))?"
_DAY_RE: Final = re.compile(rf"\b(?:{_DAY}){_PART}(?![a-z])", re.IGNORECASE)
_CLOCK_RE: Final = re.compile(rf"\b{_CLOCK}(?![a-z])", re.IGNORECASE)
_RELATIVE: Final = {
    "the day before yesterday": -2,
    "yesterday": -1,
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
    "the day after tomorrow": 2,
}
_MOST_CHARACTERS: Final = 60
_GAP: Final = re.compile(r"[\s,]*(?:(?:at|on|around|by|after|before)[\s,]*)?", re.IGNORECASE)


def find_times(text: str, today: date) -> Iterator[tuple[int, int, str]]:
    """(start, end, ISO 8601) of each date, time or both."""
    days = [(m, day) for m in _DAY_RE.finditer(text) if (day := _day(m, today)) is not None]
    for match in _CLOCK_RE.finditer(text):
        near = next((pair for pair in days if _beside(pair[0], match, text)), None)
        part = (near[0]["part"] or "") if near else ""
        said = _clock(match, part or ("night" if near and near[0]["rel"] == "tonight" else ""))
        if said is None:
            continue
        day = near[1] if near else None
        start, end = match.span()
        if near:
            days.remove(near)
            start, end = min(start, near[0].start()), max(end, near[0].end())
        end -= len(text[start:end]) - len(text[start:end].rstrip())
        yield start, end, Moment(day=day, hour=said[0], minute=said[1]).iso()
    for match, day in days:
        yield match.start(), match.end(), Moment(day=day).iso()


def bare_clock(text: str, half: str) -> str:
    """The time that is all that ``text`` says: "ten" is T10:00, "three" T15:00; empty: it is none.

    Only for the answer to a question for a time: anywhere else a bare number is no time.

    Args:
        text: a whole utterance, in any case.
        half: am, pm or empty: what was said of the part of the day before.
    """
    plain = " ".join(re.sub(r"[,!?;]|\.(?!\d)", " ", text[:_MOST_CHARACTERS].lower()).split())
    match = _BARE.fullmatch(plain) if len(text) <= _MOST_CHARACTERS else None
    said = _clock(match, half) if match is not None else None
    return Moment(hour=said[0], minute=said[1]).iso() if said is not None else ""


def _beside(day: re.Match[str], clock: re.Match[str], text: str) -> bool:
    first, second = sorted((day.span(), clock.span()))
    return first[1] <= second[0] and bool(_GAP.fullmatch(text[first[1] : second[0]]))


def _number(text: str) -> int:
    if text.lower() in ("a", "an"):
        return 1
    value = read_number(text)
    return int(value) if value is not None else 0


def _ordinal(text: str) -> int:
    figures = re.match(r"\d+", text)
    return int(figures[0]) if figures else _ORDINAL_WORDS[text.lower().replace(" ", "-")]


def _day(match: re.Match[str], today: date) -> date | None:
    groups = {name: value.lower() for name, value in match.groupdict().items() if value}
    if "rel" in groups:
        return moments.shift(today, _RELATIVE[groups["rel"]])
    if "in" in groups or "ago" in groups:
        key, sign = ("in", 1) if "in" in groups else ("ago", -1)
        unit = {"day": 1, "week": 7, "month": 30}[groups[f"{key}_unit"]]
        return moments.shift(today, sign * unit * _number(groups[key]))
    if "wd" in groups:
        number = _WEEKDAYS.index(groups["wd"])
        if groups["which"] == "last":
            return moments.last_weekday(today, number)
        return moments.weekday(today, number, 1 if groups["which"] == "next" else None)
    if "wd0" in groups:
        return moments.weekday(today, _WEEKDAYS.index(groups["wd0"]), None)
    if "iso" in groups:
        try:
            return date.fromisoformat(groups["iso"])
        except ValueError:
            return None
    tail = "" if "month" in groups else "2"
    names = [month[:3] for month in _MONTHS]
    year = groups.get(f"year{tail}")
    return moments.month_day(
        today,
        names.index(groups[f"month{tail}"][:3]) + 1,
        _ordinal(groups[f"mday{tail}"]),
        int(year) if year else None,
    )


def _clock(match: re.Match[str], part: str) -> tuple[int, int] | None:
    groups = {name: value.lower() for name, value in match.groupdict().items() if value}
    half = groups.get("half", part)
    half = "am" if half.startswith("a") and half != "afternoon" and half != "at night" else half
    half = {"am": "am", "in the morning": "am", "morning": "am", "": ""}.get(half, "pm")
    if "noon" in groups:
        return (0, 0) if groups["noon"] == "midnight" else (12, 0)
    if "past" in groups:
        hour = _number(groups["ph"])
        if groups["past"] == "quarter to":
            return moments.clock((hour - 2) % 12 + 1, 45, half)
        return moments.clock(hour, 30 if groups["past"].startswith("half") else 15, half)
    if "colon" in groups:
        hour_text, minute_text = groups["colon"].split(":")
        return moments.clock(int(hour_text), int(minute_text), half)
    hour = _number(groups.get("h") or groups.get("ah", ""))
    minutes = groups.get("mm") or (groups.get("mw") or groups.get("amw", "")).replace("oh ", "")
    return moments.clock(hour, _number(minutes) if minutes else 0, half)

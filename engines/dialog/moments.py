"""Values of slots that are a day and a time of day, as ISO 8601; either half can be known first."""

from __future__ import annotations

import datetime
import re
from typing import Final, Literal

from engines.dialog.hours import Hours

LEAD: Final = datetime.timedelta(minutes=30)
"""The soonest time that we offer ourselves."""
Part = Literal["", "day", "time"]
Half = Literal["", "am", "pm"]
_VALUE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})?(?:T(\d{2}:\d{2}))?", re.ASCII)

_HALVES: Final[dict[Half, re.Pattern[str]]] = {
    "am": re.compile(r"上午|早上|早晨|清晨|[今明]早|(?<!good )\bmorning\b|\ba\.?\s?m\b"),
    "pm": re.compile(
        r"下午|傍晚|晚上|[今明]晚|(?<!good )\b(?:afternoon|evening)\b|\b(?:to)?night\b|\bp\.?\s?m\b"
    ),
}


def merge(known: str, new: str) -> str:
    """``new``, with the half that it leaves open taken from ``known``; empty where it is no time.

    "Tomorrow" after 2026-11-26T15:00 is 2026-11-25T15:00; "at four" is 2026-11-26T16:00.
    """
    match, before = _VALUE.fullmatch(new), _VALUE.fullmatch(known)
    if not new or match is None:
        return ""
    day = match[1] or (before[1] if before else None) or ""
    clock = match[2] or (before[2] if before else None) or ""
    value = day + (f"T{clock}" if clock else "")
    return value if not (day and clock) or moment_of(value) is not None else ""


def half_of_day(text: str) -> Half:
    """The half of the day that an utterance, in lower case, names; empty: none, or both."""
    found: list[Half] = [half for half, pattern in _HALVES.items() if pattern.search(text)]
    return found[0] if len(found) == 1 else ""


def in_half(value: str, half: Half) -> str:
    """A time in the half that was said before it: "seven" after "in the evening" is T19:00."""
    match = _VALUE.fullmatch(value)
    if half != "pm" or match is None or not match[2] or not "01:00" <= match[2] < "12:00":
        return value
    return f"{match[1] or ''}T{int(match[2][:2]) + 12}{match[2][2:]}"


def missing(value: str) -> Part:
    """Which half is not known; empty: none."""
    match = _VALUE.fullmatch(value)
    if match is None or not match[1]:
        return "day"
    return "" if match[2] else "time"


def moment_of(value: str) -> datetime.datetime | None:
    """The moment, where both halves are there and the calendar has it."""
    if missing(value):
        return None
    try:
        return datetime.datetime.fromisoformat(value)
    except ValueError:
        return None


def problem(
    value: str, now: datetime.datetime | None, hours: Hours | None
) -> Literal["", "past", "closed"]:
    """Why nobody can be there at that moment. Without a clock, nothing is in the past."""
    moment = moment_of(value)
    if moment is None:
        return ""
    if now is not None and moment <= now:
        return "past"
    return "closed" if hours is not None and not hours.open_at(moment) else ""


def nearest(value: str, now: datetime.datetime | None, hours: Hours | None) -> str:
    """The next moment that can be had, from the wished one on."""
    moment = moment_of(value)
    if moment is None:
        return ""
    if now is not None and moment < now + LEAD:
        half_hours = -(-(now + LEAD - datetime.datetime.min) // LEAD)
        moment = datetime.datetime.min + half_hours * LEAD
    if hours is not None:
        moment = hours.next_open(moment)
    return moment.strftime("%Y-%m-%dT%H:%M")

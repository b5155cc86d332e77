"""Calendar arithmetic for spoken dates and times, against a reference date that is given."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import msgspec


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A day, a time of day, or both."""

    day: date | None = None
    hour: int | None = None
    minute: int = 0

    def iso(self) -> str:
        """``2026-11-24``, ``T15:00`` or ``2026-11-24T15:00``."""
        clock = "" if self.hour is None else f"T{self.hour:02d}:{self.minute:02d}"
        return (self.day.isoformat() if self.day else "") + clock


def weekday(today: date, number: int, week: int | None) -> date | None:
    """Monday is 0. ``week`` counts calendar weeks from this one; None: the next one, or today."""
    ahead = number - today.weekday()
    return shift(today, ahead % 7 if week is None else ahead + 7 * week)


def last_weekday(today: date, number: int) -> date | None:
    """The latest such day before today."""
    return shift(today, -((today.weekday() - number - 1) % 7 + 1))


def month_day(today: date, month: int, day: int, year: int | None = None) -> date | None:
    """A day of a month; without a year the nearest. None where there is no such day."""
    # Eight years to each side hold a 29 February, even around 1900.
    years = range(today.year - 8, today.year + 9) if year is None else (year,)
    days: list[date] = []
    for one in years:
        with suppress(ValueError):
            days.append(date(one, month, day))
    return min(days, key=lambda found: abs((found - today).days), default=None)


def shift(today: date, days: int) -> date | None:
    """Days from today, None where that leaves the calendar."""
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return None


def clock(hour: int, minute: int, half: str) -> tuple[int, int] | None:
    """Hour of 24. ``half`` is am, pm or empty: one to six without a half are in the afternoon."""
    if not (0 <= hour <= 24 and 0 <= minute < 60):
        return None
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    elif not half and 1 <= hour <= 6:
        hour += 12
    return hour % 24, minute

"""Business hours of a week, in local time without a time zone."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterable
from typing import Final

import msgspec

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_DAY_MINUTES: Final = 24 * 60


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of the day, from and until, for each day of the week; Monday is the first."""

    days: tuple[tuple[tuple[int, int], ...], ...]

    def open_at(self, moment: datetime.datetime) -> bool:
        """Whether somebody is there."""
        minute = moment.hour * 60 + moment.minute
        return any(start <= minute < end for start, end in self.days[moment.weekday()])

    def next_open(self, moment: datetime.datetime) -> datetime.datetime:
        """``moment`` where it is open, else the next time when it opens."""
        if self.open_at(moment):
            return moment
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        for ahead in range(8):
            day = midnight + datetime.timedelta(days=ahead)
            for start, _ in self.days[day.weekday()]:
                opening = day + datetime.timedelta(minutes=start)
                if opening >= moment:
                    return opening
        raise AssertionError("hours without an open day are refused when they are read")


def parse_hours(entries: Iterable[tuple[str, str]]) -> Hours:
    """Read ``mon-fri: "09:00-18:00"``, ``sat: "09:00-12:00, 13:00-16:00"``; other days are closed.

    Raises:
        ValueError: with what is wrong and an example.
    """
    days: dict[int, tuple[tuple[int, int], ...]] = {}
    for names, spans in entries:
        first, _, last = names.partition("-")
        last = last or first
        if first not in DAYS or last not in DAYS or DAYS.index(last) < DAYS.index(first):
            raise ValueError(f"{names[:20]!r} names no days: write mon, or mon-fri")
        times = tuple(_span(span.strip()) for span in spans.split(","))
        if any(after[0] < before[1] for before, after in itertools.pairwise(times)):
            raise ValueError("the times overlap: write the earlier one first")
        for number in range(DAYS.index(first), DAYS.index(last) + 1):
            if number in days:
                raise ValueError(f"{DAYS[number]} stands here twice: give each day once")
            days[number] = times
    if not days:
        raise ValueError("no day is open: give at least one")
    return Hours(days=tuple(days.get(number, ()) for number in range(7)))


def _span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text)
    if match:
        start, end = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
        if start < end <= _DAY_MINUTES:
            return start, end
    raise ValueError(f"{text[:20]!r} is no span of time: write 09:00-18:00")

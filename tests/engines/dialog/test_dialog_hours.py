"""Business hours, and days and times that are known by halves."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.dialog import moments
from engines.dialog.hours import Hours, parse_hours

SHOP = parse_hours([("mon-fri", "09:00-12:00, 13:00-18:00"), ("sat", "10:00-24:00")])
TIMES = st.datetimes(datetime.datetime(2026, 1, 1), datetime.datetime(2027, 1, 1))


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        ("2026-11-25T09:00", True, "2026-11-25T09:00"),
        ("2026-11-25T08:59", False, "2026-11-25T09:00"),
        ("2026-11-25T12:00", False, "2026-11-25T13:00"),
        ("2026-11-25T18:00", False, "2026-11-26T09:00"),
        ("2026-11-27T20:00", False, "2026-11-28T10:00"),
        ("2026-11-28T23:59", True, "2026-11-28T23:59"),
        ("2026-11-29T10:00", False, "2026-11-30T09:00"),
    ],
)
def test_open_and_next_open(moment: str, is_open: bool, opens: str) -> None:
    assert SHOP.open_at(at(moment)) is is_open
    assert SHOP.next_open(at(moment)) == at(opens)


@given(TIMES)
def test_the_next_opening_is_open_and_not_before(moment: datetime.datetime) -> None:
    opening = SHOP.next_open(moment)
    assert SHOP.open_at(opening)
    assert opening >= moment


def test_one_open_day_a_week_is_found_from_right_after_it() -> None:
    hours: Hours = parse_hours([("wed", "09:00-10:00")])
    assert hours.next_open(at("2026-11-25T10:00")) == at("2026-12-02T09:00")


@pytest.mark.parametrize(
    ("days", "times", "wrong"),
    [
        ("monday", "09:00-18:00", "names no days"),
        ("fri-mon", "09:00-18:00", "names no days"),
        ("mon", "9-18", "no span"),
        ("mon", "18:00-09:00", "no span"),
        ("mon", "09:00-25:00", "no span"),
        ("mon", "09:00-24:30", "no span"),
        ("mon", "13:00-18:00, 09:00-14:00", "overlap"),
        ("mon", "０９:00-18:00", "no span"),
        ("", "", "names no days"),
    ],
)
def test_hours_that_cannot_be_read(days: str, times: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        parse_hours([(days, times)])


def test_a_day_twice_and_no_day_at_all() -> None:
    with pytest.raises(ValueError, match="twice"):
        parse_hours([("mon-fri", "09:00-18:00"), ("tue", "10:00-11:00")])
    with pytest.raises(ValueError, match="no day"):
        parse_hours([])


@pytest.mark.parametrize(
    ("known", "new", "merged", "lacks"),
    [
        ("", "2026-11-26", "2026-11-26", "time"),
        ("", "T15:00", "T15:00", "day"),
        ("2026-11-26", "T15:00", "2026-11-26T15:00", ""),
        ("T15:00", "2026-11-26", "2026-11-26T15:00", ""),
        ("2026-11-26T15:00", "T16:00", "2026-11-26T16:00", ""),
        ("2026-11-26T15:00", "2026-11-27", "2026-11-27T15:00", ""),
        ("2026-11-26T15:00", "2026-11-27T09:30", "2026-11-27T09:30", ""),
        ("", "soon", "", "day"),
        ("2026-11-26", "2026-02-31T10:00", "", "day"),
        ("2026-11-26", "T99:00", "", "day"),
        ("garbage", "T15:00", "T15:00", "day"),
    ],
)
def test_halves_of_a_time(known: str, new: str, merged: str, lacks: str) -> None:
    assert moments.merge(known, new) == merged
    assert moments.missing(merged) == lacks


NOW = at("2026-11-25T16:10")


@pytest.mark.parametrize(
    ("value", "problem", "offered"),
    [
        ("2026-11-25T15:00", "past", "2026-11-25T17:00"),
        ("2026-11-25T17:30", "", "2026-11-25T17:30"),
        ("2026-11-25T19:00", "closed", "2026-11-26T09:00"),
        ("2026-11-29T10:00", "closed", "2026-11-30T09:00"),
        ("2026-11-25T12:30", "past", "2026-11-25T17:00"),
        ("2020-01-01T10:00", "past", "2026-11-25T17:00"),
    ],
)
def test_times_that_cannot_be_had_and_the_nearest(value: str, problem: str, offered: str) -> None:
    assert moments.problem(value, NOW, SHOP) == problem
    assert moments.nearest(value, NOW, SHOP) == offered


def test_without_a_clock_nothing_is_in_the_past() -> None:
    assert moments.problem("2020-01-01T10:00", None, None) == ""
    assert moments.problem("2026-11-29T10:00", None, SHOP) == "closed"
    assert moments.problem("2026-11-29", NOW, SHOP) == ""


@given(TIMES, TIMES)
def test_what_is_offered_can_be_had(wished: datetime.datetime, now: datetime.datetime) -> None:
    value = wished.strftime("%Y-%m-%dT%H:%M")
    offered = moments.nearest(value, now, SHOP)
    assert moments.problem(offered, now, SHOP) == ""

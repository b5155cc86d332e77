"""Dates and times, against a Tuesday: 24 November 2026."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.nlu.entities import times_en, times_zh

TODAY = date(2026, 11, 24)

ZH = {
    "明天下午三点": "2026-11-25T15:00",
    "十二月五号": "2026-12-05",
    "三天前": "2026-11-21",
    "两周后": "2026-12-08",
    "下周五上午十点半": "2026-12-04T10:30",
    "上周六": "2026-11-21",
    "周三": "2026-11-25",
    "星期天": "2026-11-29",
    "今晚八点一刻": "2026-11-24T20:15",
    "2026年12月1日": "2026-12-01",
    "二零二六年一月三号": "2026-01-03",
    "3月3号下午2点": "2027-03-03T14:00",
    "大后天": "2026-11-27",
    "15:30": "T15:30",
    "凌晨十二点": "T00:00",
    "中午十二点": "T12:00",
    "晚上十二点": "T00:00",
}
EN = {
    "tomorrow at three pm": "2026-11-25T15:00",
    "next friday": "2026-12-04",
    "last tuesday": "2026-11-17",
    "on friday": "2026-11-27",
    "march third": "2027-03-03",
    "the fifth of may at noon": "2027-05-05T12:00",
    "june 21st, 2026": "2026-06-21",
    "in two weeks": "2026-12-08",
    "three days ago": "2026-11-21",
    "half past six": "T18:30",
    "quarter to nine in the morning": "T08:45",
    "10 am on saturday": "2026-11-28T10:00",
    "ten thirty a.m.": "T10:30",
    "2026-12-01": "2026-12-01",
    "tonight at eight": "2026-11-24T20:00",
}


@pytest.mark.parametrize(("said", "value"), ZH.items())
def test_chinese(said: str, value: str) -> None:
    assert [found[2] for found in times_zh.find_times(said, TODAY)] == [value]


@pytest.mark.parametrize(("said", "value"), EN.items())
def test_english(said: str, value: str) -> None:
    assert [found[2] for found in times_en.find_times(said, TODAY)] == [value]


@pytest.mark.parametrize(
    "said", ["等了两个星期", "十三月五号", "二月三十号", "两点五公斤的米", "25点"]
)
def test_no_time_in_chinese(said: str) -> None:
    assert [found[2] for found in times_zh.find_times(said, TODAY)] == []


@pytest.mark.parametrize("said", ["i waited two weeks", "may i speak", "february 30th", "99:10"])
def test_no_time_in_english(said: str) -> None:
    assert [found[2] for found in times_en.find_times(said, TODAY)] == []


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)), st.integers(0, 10**6))
def test_no_day_leaves_the_calendar(today: date, days: int) -> None:
    for text in (f"{days}天前", f"{days}天后", "2月29号", "大后天", "下下周日", "上上周一"):
        list(times_zh.find_times(text, today))
    for text in (f"in {days % 1000} weeks", "999 weeks ago", "february 29th", "last monday"):
        list(times_en.find_times(text, today))

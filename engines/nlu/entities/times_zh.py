"""Dates and times of day in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from engines.nlu.entities import moments
from engines.nlu.entities.moments import Moment
from engines.nlu.entities.numbers_zh import NUMBER, read_number

_DAYS: Final = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨儿": -1,
    "昨日": -1,
    "昨晚": -1,
    "今天": 0,
    "今儿": 0,
    "今日": 0,
    "今晚": 0,
    "今早": 0,
    "明天": 1,
    "明儿": 1,
    "明日": 1,
    "明早": 1,
    "明晚": 1,
    "后天": 2,
    "后儿": 2,
    "大后天": 3,
}
_HALVES: Final = {
    **dict.fromkeys(("凌晨", "早上", "早晨", "上午", "清晨", "今早", "明早"), "am"),
    **dict.fromkeys(("中午", "下午", "傍晚", "晚上", "今晚", "明晚", "昨晚", "夜里"), "pm"),
}
_N: Final = r"(?:\d{1,4}|[零〇一二三四五六七八九十两]{1,4})"
_DAY: Final = (
    rf"(?P<rel>{'|'.join(sorted(_DAYS, key=len, reverse=True))})"
    rf"|(?P<span>{NUMBER})个?(?P<unit>天|日|周|星期|礼拜|月)(?P<dir>之?[前后]|以[前后])"
    r"|(?P<week>上上|下下|上|下|这|本)?个?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天末])"
    rf"|(?:(?P<year>\d{{4}}|[零〇一二三四五六七八九]{{4}})年)?(?P<month>{_N})月(?P<mday>{_N})[号日]?"
)
_CLOCK: Final = (
    r"(?P<half>凌晨|早上|早晨|上午|清晨|中午|下午|傍晚|晚上|夜里)?"
    rf"(?:(?P<h>{_N})(?:点钟|点|[:：时])(?:(?P<half_past>半)|(?P<quarter>[一三])刻|(?P<m>{_N})分?)?)"
    r"(?![\d零一二三四五六七八九十]|\s*(?:公斤|斤|米|公里|元|块|折|倍|个百分点))"
)
_MORE: Final = tuple("慢快声大小高低早晚多少好轻响清")
"""Before 一点 these say "a little more", not one o'clock."""
_BOTH: Final = re.compile(
    rf"(?:{_DAY})(?:的|，|,|\s)*(?:{_CLOCK})?|{_CLOCK.replace('?P<', '?P<x')}"
)


def find_times(text: str, today: date) -> Iterator[tuple[int, int, str]]:
    """(start, end, ISO 8601) of each date, time or both in Simplified text."""
    for match in _BOTH.finditer(text):
        groups = match.groupdict()
        day = _day(groups, today)
        prefix = "" if groups["h"] else "x"
        clock = _clock(groups, prefix, groups["rel"] or "")
        if (groups["h"] or groups["xh"]) and clock is None:
            continue
        if match[0] == "一点" and text[: match.start()].endswith(_MORE):
            continue
        if day is None and clock is None:
            continue
        hour, minute = clock or (None, 0)
        end = match.end() - (len(match[0]) - len(match[0].rstrip("的，, ")))
        yield match.start(), end, Moment(day=day, hour=hour, minute=minute).iso()


def _number(text: str | None) -> int:
    value = read_number(text) if text else None
    return int(value) if value is not None else 0


def _day(groups: dict[str, str | None], today: date) -> date | None:
    if groups["rel"]:
        return moments.shift(today, _DAYS[groups["rel"]])
    if groups["span"]:
        unit = {"天": 1, "日": 1, "月": 30}.get(groups["unit"] or "", 7)
        sign = -1 if (groups["dir"] or "").endswith("前") else 1
        return moments.shift(today, sign * unit * _number(groups["span"]))
    if groups["wd"]:
        number = "一二三四五六日".find(groups["wd"].replace("天", "日").replace("末", "六"))
        week = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2}.get(
            groups["week"] or ""
        )
        return moments.weekday(today, number, week)
    if groups["month"]:
        year = _number(groups["year"]) or None
        return moments.month_day(today, _number(groups["month"]), _number(groups["mday"]), year)
    return None


def _clock(groups: dict[str, str | None], prefix: str, relative: str) -> tuple[int, int] | None:
    if not groups[f"{prefix}h"]:
        return None
    said = groups[f"{prefix}half"] or relative
    if groups[f"{prefix}half_past"]:
        minute = 30
    elif groups[f"{prefix}quarter"]:
        minute = 15 * _number(groups[f"{prefix}quarter"])
    else:
        minute = _number(groups[f"{prefix}m"])
    hour = _number(groups[f"{prefix}h"])
    half = _HALVES.get(said, "")
    if said == "中午" and hour in (11, 12):
        half = ""
    elif said == "晚上" and hour == 12:
        half = "am"
    return moments.clock(hour, minute, half)

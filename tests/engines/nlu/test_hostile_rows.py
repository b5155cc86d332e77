"""Long rows of one thing: reading them takes time in proportion to their length, not its square."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import pytest

from engines.nlu.entities.rules_en import find_en
from engines.nlu.entities.rules_zh import find_zh
from engines.text.reading_en import read_en
from engines.text.reading_zh import read_zh

LENGTH = 4000
"""In the square of that, each of the first rows took seconds; in proportion it is milliseconds."""
ROWS = (
    *("1", "千", "零〇", "百", "a"),
    *("1,", "1,,", "1,111,", "1.", "1-", "5%", "￥1,"),
    *("one ", "a.", "a at ", "a-", " ", "-", "double "),
    *("三点", "一点", "十块", "五月", "省市", "号", "周三"),
)


def _entities_zh(text: str) -> object:
    return list(find_zh(text, date(2026, 11, 24)))


def _entities_en(text: str) -> object:
    return list(find_en(text, date(2026, 11, 24)))


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("rules", [_entities_zh, _entities_en, read_zh, read_en])
def test_a_row_of_one_thing_takes_no_time(rules: Callable[[str], object], row: str) -> None:
    text = (row * LENGTH)[:LENGTH] + "!"
    before = time.thread_time()
    rules(text)
    assert time.thread_time() - before < 1.0


def test_numbers_are_read_whole_or_not_at_all() -> None:
    found = find_zh("第二十个，一共1,200块，要3件,5双", date(2026, 11, 24))
    spans = {(span.type, span.value) for span in found}
    assert {("MONEY", "1200.00 CNY"), ("COUNT", "3"), ("COUNT", "5")} <= spans
    assert ("COUNT", "10") not in spans, "第二十个 has no 十个 in it"
    assert read_zh("提高了10%到20%。") == "提高了百分之十到百分之二十。"

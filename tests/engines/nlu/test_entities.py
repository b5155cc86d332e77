"""Entities: the marked sentences, hostile text, and what must not be taken for an entity."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.nlu.entities.extract import EntityExtractor
from engines.nlu.labels import ENTITY_TYPES
from engines.nlu.lac import Lac
from engines.nlu.script import ScriptFolder
from models.nlu import entity_tests

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def extractor(lac: Lac, script: ScriptFolder) -> EntityExtractor:
    return EntityExtractor(lac, script)


@pytest.mark.parametrize("marked", entity_tests.read(), ids=lambda marked: marked.sentence)
def test_marked_sentences(extractor: EntityExtractor, marked: entity_tests.Marked) -> None:
    found = extractor.extract(marked.sentence, marked.language, entity_tests.TODAY)
    assert {(one.type, one.text, one.value) for one in found} == marked.entities


@pytest.mark.parametrize(
    ("text", "language", "kind", "value"),
    [
        # A word in front of a telephone number makes no order id of it.
        ("no, it's 13655550131", "en", "PHONE", "13655550131"),
        ("call 13800138000 tomorrow at 3 pm", "en", "PHONE", "13800138000"),
        ("it's A1024", "en", "ORDER_ID", "A1024"),
        # Letter and digits with pauses between them.
        ("A，一，零，三，零", "zh", "ORDER_ID", "A1030"),
        ("a ten thirty", "en", "ORDER_ID", "A1030"),
        ("A as in apple, 1024", "en", "ORDER_ID", "A1024"),
        ("it is bravo 2048", "en", "ORDER_ID", "B2048"),
        # As a recogniser writes a letter that it took for a word.
        ("比2049", "zh", "ORDER_ID", "B2049"),
        ("不对，是比2049。", "zh", "ORDER_ID", "B2049"),
        ("No, sorry, be 2049.", "en", "ORDER_ID", "B2049"),
        ("明儿下午四点", "zh", "TIME", "2026-11-25T16:00"),
        ("the headphones don't work at all", "en", "ISSUE", "not_working"),
        ("下午一点打给我", "zh", "TIME", "T13:00"),
        ("call me after one", "en", "TIME", "T13:00"),
        # No time of day, no size of goods.
        ("说慢一点", "zh", "TIME", ""),
        ("it broke after one day", "en", "TIME", ""),
        ("声音太小了", "zh", "ISSUE", ""),
    ],
)
def test_what_callers_say_of_numbers_and_goods(
    extractor: EntityExtractor, text: str, language: str, kind: str, value: str
) -> None:
    found = [one for one in extractor.extract(text, language, TODAY) if one.type == kind]
    assert [one.value for one in found] == ([value] if value else [])
    others = {one.type for one in extractor.extract(text, language, TODAY)} & {"ORDER_ID", "PHONE"}
    assert others <= {kind, "PHONE"} - ({"PHONE"} if kind == "ORDER_ID" else set())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("等了两个星期", "zh"),
        ("你好，请问一下", "zh"),
        ("再说一遍", "zh"),
        ("I'm so happy today's driver was nice", "en"),
        ("one moment please", "en"),
        ("i am waiting for a while", "en"),
    ],
)
def test_no_number_is_made_of_nothing(extractor: EntityExtractor, text: str, language: str) -> None:
    types = {one.type for one in extractor.extract(text, language, TODAY)}
    assert not types & {"ORDER_ID", "PHONE", "MONEY", "COUNT", "PERSON", "EMAIL"}


HOSTILE = [
    "1" * 5000,
    "一" * 5000,
    "a " * 3000,
    "double " * 1000,
    "a@" * 2000,
    "a.b-" * 1500 + "@",
    "三个八" * 1000,
    "订单号是" * 800,
    "中山路" * 1000,
    "one two " * 1000,
    "￥" * 1000 + "9" * 100,
    "\x00\ud7ff￾" * 200,
    "my name is " * 500,
    "1 " * 2000 + "main street",
]


@pytest.mark.parametrize(
    "text", HOSTILE, ids=lambda text: text[:8].encode("unicode_escape").decode()
)
def test_hostile_text_is_answered_soon(extractor: EntityExtractor, text: str) -> None:
    for language in ("zh", "en"):
        started = time.process_time()
        extractor.extract(text, language, TODAY)
        assert time.process_time() - started < 5.0  # a rule that backtracks takes minutes


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.text(
        alphabet="订单号是一二三十百千万亿两点块元电话我叫王AaKF0123456789-@. 月号周路oneto",
        max_size=60,
    ),
    language=st.sampled_from(["zh", "en"]),
)
def test_spans_are_of_the_text_and_do_not_overlap(
    extractor: EntityExtractor, text: str, language: str
) -> None:
    last = 0
    for entity in extractor.extract(text, language, TODAY):
        assert entity.type in ENTITY_TYPES
        assert entity.start >= last
        assert text[entity.start : entity.end] == entity.text != ""
        last = entity.end

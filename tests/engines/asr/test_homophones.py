"""Terms that recognition wrote as other words of the same sound."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from engines.asr.homophone_table import SYLLABLES
from engines.asr.homophones import TERMS, HomophoneSettings, best_with_terms, repair
from engines.asr.transcript import Hypothesis

SETTINGS = HomophoneSettings()


def merged(syllable: str) -> str:
    for initial in ("zh", "ch", "sh"):
        syllable = syllable.replace(initial, initial[0]) if syllable[:2] == initial else syllable
    return syllable[:-1] if syllable.endswith(("ing", "eng")) else syllable


def test_the_table_is_pypinyins() -> None:
    for syllable, characters in SYLLABLES.items():
        for character in characters:
            assert merged(lazy_pinyin(character)[0]) == syllable, character


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("我要投鼠", "我要投诉"),
        ("传人共。", "转人工。"),
        ("我的定胆到哪了", "我的订单到哪了"),
        ("不对是零补是九。", "不对是零不是九。"),
        ("部队,是A1024", "不对,是A1024"),
        ("不用回点", "不用回电"),
        ("叫你们经历来", "叫你们经理来"),
        ("我买的抬登不亮", "我买的台灯不亮"),
        ("你们快地缘态度太差了", "你们快递员态度太差了"),
        ("你说慢一典", "你说慢一点"),
    ],
)
def test_a_term_is_written_as_it_is_meant(heard: str, meant: str) -> None:
    assert repair(heard) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("会员等级", "你好吗", "没用了", "他发火了", "明天下午三点", "where is my order"),
        *("我等了五六天了", "还差五六天", "明天五六点打给我", "订单号是A一五六七。"),
        *("尺寸不适合", "这个不实用", "宣传不实", "不试了", "我要报修", "克服困难", "回店里退"),
        *("我在部队", "全部是坏的", "部队是哪里的", "写字楼", "写自己的名字", "我要查訂單"),
    ],
)
def test_other_words_stay(text: str) -> None:
    assert repair(text) == text


def test_no_word_of_the_dictionary_is_taken_for_a_term() -> None:
    dictionary = files("jieba").joinpath("dict.txt").read_text(encoding="utf-8")
    words = {line.split(" ")[0] for line in dictionary.splitlines()}
    changed = {word for word in words if repair(word) != word}
    assert len(words) > 300_000
    assert changed <= {"定单号"}


@given(st.text(max_size=60))
def test_the_length_stays_and_a_second_repair_changes_nothing(text: str) -> None:
    once = repair(text)
    assert len(once) == len(text)
    assert repair(once) == once


@pytest.mark.parametrize("term", TERMS)
def test_every_term_stays_itself(term: str) -> None:
    assert repair(term) == term


def hypotheses(*scored: tuple[str, float]) -> tuple[Hypothesis, ...]:
    return tuple(Hypothesis(text=text, log_probability=score) for text, score in scored)


def test_a_close_decode_with_a_term_in_it_is_taken() -> None:
    heard = hypotheses(("你说卖一点。", -0.41), ("你说慢一点。", -0.46))
    assert best_with_terms(heard, SETTINGS)[0].text == "你说慢一点。"


def test_a_far_one_is_not() -> None:
    heard = hypotheses(("你说卖一点。", -0.2), ("你说慢一点。", -0.6))
    assert best_with_terms(heard, SETTINGS)[0].text == "你说卖一点。"

"""What figures, money, dates, order ids and telephone numbers sound like, zh and en."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.text.errors import UnreadableText
from engines.text.normalise import Language, read

ZH = [
    ("2350", "两千三百五十"),
    ("120", "一百二十"),
    ("请拨打120", "请拨打幺二零"),
    ("拨打12345热线", "拨打幺二三四五热线"),
    ("10086", "幺零零八六"),
    ("95588", "九五五八八"),
    ("10050个", "一万零五十个"),
    ("0", "零"),
    ("10", "十"),
    ("16件", "十六件"),
    ("22个", "二十二个"),
    ("105", "一百零五"),
    ("1005", "一千零五"),
    ("20000", "两万"),
    ("100200", "十万零二百"),
    ("2件", "两件"),
    ("2个小时", "两个小时"),
    ("1,299元", "一千二百九十九元"),
    ("¥299.00", "二百九十九元"),
    ("￥19.90", "十九元九角"),
    ("19.99元", "十九元九角九分"),
    ("0.5元", "五角"),
    ("5.05元", "五元零五分"),
    ("$15.50", "十五点五美元"),
    ("299.00 CNY", "二百九十九元"),
    ("2元", "两元"),
    ("2026-11-26", "十一月二十六日"),
    ("2026/1/2", "一月二日"),
    ("2026年11月26日", "二零二六年十一月二十六日"),
    ("11月26号", "十一月二十六号"),
    ("14:30", "十四点三十分"),
    ("9:00", "九点"),
    ("2:05", "两点零五分"),
    ("9:00-18:00", "九点到十八点"),
    ("订单A1024", "订单A 幺零二四"),
    ("B2048已送达", "B 二零四八已送达"),
    ("SF-10112233", "S F 幺零幺幺二二三三"),
    ("订单号1024", "订单号幺零二四"),
    ("尾号8866", "尾号八八六六"),
    ("验证码是003912", "验证码是零零三九幺二"),
    ("13812345678", "幺三八，幺二三四，五六七八"),
    ("+86 138-1234-5678", "幺三八，幺二三四，五六七八"),
    ("010-12345678", "零幺零，幺二三四五六七八"),
    ("400-123-4567", "四零零，幺二三，四五六七"),
    ("4001234567", "四零零，幺二三，四五六七"),
    ("15%", "百分之十五"),
    ("3.5%", "百分之三点五"),
    ("5%-10%", "百分之五到百分之十"),
    ("3-5天", "三到五天"),
    ("1/2", "二分之一"),
    ("2.5kg", "二点五公斤"),
    ("2 km", "两公里"),
    ("-5℃", "负五摄氏度"),
    ("3.14", "三点一四"),
    ("１２３", "一百二十三"),
    ("退款编号是R7002", "退款编号是R 七零零二"),
]
EN = [
    ("2350", "two thousand three hundred fifty"),
    ("120", "one hundred twenty"),
    ("call 120", "call one two zero"),
    ("dial 911", "dial nine one one"),
    ("15 items", "fifteen items"),
    ("1,299", "one thousand two hundred ninety-nine"),
    ("1,000,000", "one million"),
    ("$299.00", "two hundred ninety-nine dollars"),
    ("$19.99", "nineteen dollars and ninety-nine cents"),
    ("$1.01", "one dollar and one cent"),
    ("$0.50", "fifty cents"),
    ("¥299", "two hundred ninety-nine yuan"),
    ("299.00 CNY", "two hundred ninety-nine yuan"),
    ("2026-11-26", "November twenty-sixth"),
    ("2026-11-03", "November third"),
    ("Nov 26, 2026", "November twenty-sixth, twenty twenty-six"),
    ("May 12", "May twelfth"),
    ("in 2026", "in twenty twenty-six"),
    ("since 1999", "since nineteen ninety-nine"),
    ("in 2005", "in two thousand five"),
    ("3:30 pm", "three thirty P M"),
    ("at 9:00", "at nine o'clock"),
    ("10 a.m.", "ten A M"),
    ("2:05", "two oh five"),
    ("order A1024", "order A one zero two four"),
    ("B2048", "B two zero four eight"),
    ("SF-1011", "S F one zero one one"),
    ("order number 1024", "order number one zero two four"),
    ("ending in 8866", "ending in eight eight six six"),
    ("555-123-4567", "five five five, one two three, four five six seven"),
    ("(555) 123-4567", "five five five, one two three, four five six seven"),
    ("13812345678", "one three eight, one two three four, five six seven eight"),
    ("15%", "fifteen percent"),
    ("5-10%", "five to ten percent"),
    ("3-5 days", "three to five days"),
    ("the 21st", "the twenty-first"),
    ("the 12th", "the twelfth"),
    ("the 30th", "the thirtieth"),
    ("2.5 kg", "two point five kilograms"),
    ("1 km", "one kilometer"),
    ("-5", "minus five"),
    ("#3", "number three"),
    ("Mr. Wang", "Mister Wang"),
    ("007", "zero zero seven"),
]


@pytest.mark.parametrize(("written", "spoken"), ZH)
def test_chinese_readings(written: str, spoken: str) -> None:
    assert read(written, "zh") == spoken


@pytest.mark.parametrize(("written", "spoken"), EN)
def test_english_readings(written: str, spoken: str) -> None:
    assert read(written, "en") == spoken


def test_a_whole_sentence_in_both_languages() -> None:
    assert (
        read("您的订单A1024预计2026-11-26送到，金额¥299.00。", "zh")
        == "您的订单A 幺零二四预计十一月二十六日送到，金额二百九十九元。"
    )
    assert (
        read("Order A1024, a refund of $299.00.", "en")
        == "Order A one zero two four, a refund of two hundred ninety-nine dollars."
    )


@settings(deadline=None)
@given(st.text(max_size=200), st.sampled_from(["zh", "en"]))
def test_no_ascii_digit_is_left_and_nothing_fails(text: str, language: str) -> None:
    spoken = read(text, language)  # type: ignore[arg-type]
    assert not set(spoken) & set("0123456789")


@settings(deadline=None)
@given(st.integers(0, 10**13))
def test_reading_twice_changes_nothing(number: int) -> None:
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        once = read(str(number), language)
        assert read(once, language) == once


def test_too_long_and_unknown_language_are_refused() -> None:
    with pytest.raises(UnreadableText):
        read("1" * 2001, "zh")
    with pytest.raises(UnreadableText):
        read("hola", "es")  # type: ignore[arg-type]

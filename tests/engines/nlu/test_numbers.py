"""Numbers as people say them, in both languages."""

from __future__ import annotations

from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.nlu.entities import numbers_en, numbers_zh

ZH_NUMBERS = {
    "一千零二十四": "1024",
    "两千三百五": "2350",
    "两千零五": "2005",
    "一百二": "120",
    "三万五": "35000",
    "十二": "12",
    "二十": "20",
    "一万两千": "12000",
    "一亿零三百": "100000300",
    "二零二四": "2024",
    "三点五": "3.5",
    "3万": "30000",
    "1.5万": "15000",
    "1,200": "1200",
    "零": "0",
}
ZH_DIGITS = {
    "幺零二四": "1024",
    "一零二四": "1024",
    "一 零 二 四": "1024",
    "三个八": "888",
    "一三八，零零一三，八零零零": "13800138000",
    "〇七": "07",
}
EN_NUMBERS = {
    "two thousand three hundred and fifty": "2350",
    "twenty-three": "23",
    "a hundred": "100",
    "one hundred and five": "105",
    "fifteen hundred": "1500",
    "one million two hundred thousand": "1200000",
    "five point two": "5.2",
    "1,024": "1024",
    "zero": "0",
}
EN_DIGITS = {
    "double seven": "77",
    "oh double seven": "077",
    "triple eight": "888",
    "a one zero two four": "A1024",
    "ten twenty four": "1024",
    "twenty twenty four": "2024",
    "one oh two four": "1024",
    "one eight hundred five five five": "1800555",
}


@pytest.mark.parametrize(("said", "value"), ZH_NUMBERS.items())
def test_chinese_numbers(said: str, value: str) -> None:
    assert numbers_zh.read_number(said) == Decimal(value)


@pytest.mark.parametrize(("said", "digits"), ZH_DIGITS.items())
def test_chinese_digit_strings(said: str, digits: str) -> None:
    assert numbers_zh.read_digits(said) == digits


@pytest.mark.parametrize(("said", "value"), EN_NUMBERS.items())
def test_english_numbers(said: str, value: str) -> None:
    assert numbers_en.read_number(said) == Decimal(value)


@pytest.mark.parametrize(("said", "digits"), EN_DIGITS.items())
def test_english_digit_strings(said: str, digits: str) -> None:
    assert numbers_en.read_digits(said) == digits


@pytest.mark.parametrize(
    "said", ["", "十个", "三五百", "点五", "一点", "两万三点", "万", "abc", "一二百三"]
)
def test_what_is_no_chinese_number_is_none(said: str) -> None:
    assert numbers_zh.read_number(said) is None


@pytest.mark.parametrize(
    "said", ["", "one two", "twenty twelve hundred", "hundred", "and", "five and", "thousand one"]
)
def test_what_is_no_english_number_is_none(said: str) -> None:
    assert numbers_en.read_number(said) is None


@given(st.integers(0, 10**12 - 1))
def test_every_chinese_reading_comes_back(number: int) -> None:
    assert numbers_zh.read_number(cn2an.an2cn(str(number))) == number


@given(st.integers(0, 10**12 - 1), st.booleans())
def test_every_english_reading_comes_back(number: int, british: bool) -> None:
    assert numbers_en.read_number(_in_english(number, british)) == number


@given(st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_spelt_digits_come_back_in_both_languages(digits: str) -> None:
    chinese = "".join("零幺二三四五六七八九"[int(d)] for d in digits)
    english = " ".join(_ONES[int(d)] for d in digits)
    assert numbers_zh.read_digits(chinese) == digits
    assert numbers_en.read_digits(english) == digits


@given(st.text(alphabet="零一二三四五六七八九十百千万亿两点幺个0123456789. ,", max_size=30))
def test_no_chinese_text_raises(text: str) -> None:
    numbers_zh.read_number(text)
    numbers_zh.read_digits(text)


@given(
    st.lists(
        st.sampled_from([*numbers_en.NUMBER_WORDS, *numbers_en.DIGIT_WORDS, "12", "7.5"]),
        max_size=12,
    )
)
def test_no_english_words_raise(words: list[str]) -> None:
    numbers_en.read_number(" ".join(words))
    numbers_en.read_digits(" ".join(words))


_ONES = "zero one two three four five six seven eight nine".split()


def _in_english(number: int, british: bool) -> str:
    small = {n: word for word, n in {**numbers_en.ONES, **numbers_en.TENS}.items()}
    for size, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if number >= size:
            head, rest = divmod(number, size)
            join = " and " if british and 0 < rest < 100 else " "
            tail = join + _in_english(rest, british) if rest else ""
            return f"{_in_english(head, british)} {name}{tail}"
    if number >= 100:
        head, rest = divmod(number, 100)
        join = " and " if british else " "
        return f"{small[head]} hundred" + (join + _in_english(rest, british) if rest else "")
    if number in small:
        return small[number]
    return f"{small[number - number % 10]} {small[number % 10]}"

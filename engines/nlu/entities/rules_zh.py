"""Rules for entities in Simplified Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from engines.nlu.entities.lexicon import GOODS_ZH, issue_patterns
from engines.nlu.entities.numbers_zh import DIGIT, NUMBER, read_digits, read_number
from engines.nlu.entities.shapes import find_shapes, is_phone
from engines.nlu.entities.spans import Span
from engines.nlu.entities.times_zh import find_times

_CURRENCY: Final = {
    "美元": "USD",
    "美金": "USD",
    "欧元": "EUR",
    "港币": "HKD",
    "港元": "HKD",
    "台币": "TWD",
    "新台币": "TWD",
    "英镑": "GBP",
    "日元": "JPY",
}
_MONEY: Final = re.compile(
    rf"(?:(?P<sign>[¥￥$])\s?(?P<signed>\d[\d,]*(?:\.\d+)?))"
    rf"|(?P<n>{NUMBER})(?P<half>半)?(?:多)?"
    r"(?:个)?(?P<unit>块钱|块|元钱|元人民币|元|圆|美元|美金|欧元|港币|港元|新台币|台币|英镑|日元)"
    r"(?P<jiao>[一二三四五六七八九\d](?!\d))?(?P<mao>毛|角)?(?:[一二三四五六七八九\d]分)?(?:钱)?"
)
_SPELT: Final = re.compile(
    rf"(?:(?P<letters>[A-Za-z](?:\s?[A-Za-z]){{0,3}})[\s,，、]*[-杠]?\s?)?"
    rf"(?P<digits>(?:[二两三四五六]个)?{DIGIT}(?:[\s,，、-]?(?:[二两三四五六]个)?{DIGIT}){{2,19}})"
    rf"(?![点块元万亿年月个])"
)
_LETTER_SOUNDS: Final = {
    "诶": "A",
    "欸": "A",
    "比": "B",
    "必": "B",
    "毕": "B",
    "西": "C",
    "吸": "C",
}
_HEARD: Final = re.compile(
    rf"(?:^|(?<=[,，。、:： 是号单]))(?P<letter>[{''.join(_LETTER_SOUNDS)}])"
    r" ?(?P<digits>\d{4})(?=$|[,，。、 ])"
)
"""A letter that was written as the syllable it sounds like, before the four digits of an id."""
_CUE: Final = re.compile(
    rf"(?:订单号码|订单编号|订单号|订单|单号|编号|号码)(?:是|为|：|:|,|，|呢|就是|\s)*"
    rf"(?P<id>(?:[A-Za-z]{{1,4}}[ -]?)?(?:{NUMBER}|{DIGIT}+))"
)
_PHONE_CUE: Final = re.compile(
    r"(?:电话|手机|手机号|联系方式)(?:号码|号)?[^\d零一二三四五六七八九幺]{0,4}$"
)
_MEASURES: Final = "个件台双箱盒本瓶张条套只部份袋包支次位斤公斤把块串辆单笔"
_COUNT: Final = re.compile(
    rf"(?<![第\d点.])(?P<n>{NUMBER}|几|半)(?:多)?(?:[{_MEASURES}]|公斤)"
    r"(?!星期|月|小时|钟头|礼拜|人工|工作日|多月|多星期)"
)
_NAME: Final = re.compile(
    r"(?:我叫|名字叫|名字是|姓名是|我的名字是|叫做)(?P<name>[一-鿿]{2,4})(?=$|[,，。.的]|\s)"
)
_SURNAME: Final = re.compile(r"我姓(?P<name>[一-鿿])")
_ADDRESS: Final = re.compile(
    r"(?:[一-鿿]{2,7}?(?:省|自治区))?(?:[一-鿿]{2,5}?市)?(?:[一-鿿]{1,5}?(?:区|县|镇|乡))?"
    rf"[一-鿿]{{1,8}}?(?:路|街|大道|巷|弄|村|小区|花园|段)"
    rf"(?:{NUMBER}(?:号|弄|巷|段))*(?:{NUMBER}(?:号楼|栋|幢|单元|楼|室|层|之{NUMBER}))*"
)
_ADDRESS_CUE: Final = re.compile(
    r"^(?:.*?(?:地址是|地址|寄到|送到|改成|改到|住在|我住|我家在|在|是|到|从))"
)
_ISSUES: Final = issue_patterns("zh")


def find_zh(text: str, today: date) -> Iterator[Span]:
    """Candidates in Simplified text."""
    yield from find_shapes(text)
    for start, end, value in find_times(text, today):
        yield Span(type="TIME", value=value, start=start, end=end, rank=4)
    yield from _numbers(text)
    for pattern, rank in ((_NAME, 5), (_SURNAME, 5)):
        for match in pattern.finditer(text):
            start, end = match.span("name")
            yield Span(type="PERSON", value=match["name"], start=start, end=end, rank=rank)
    for match in _ADDRESS.finditer(text):
        cue = _ADDRESS_CUE.match(match[0])
        start = match.start() + (cue.end() if cue and cue.end() < len(match[0]) - 2 else 0)
        if re.search(r"\d|[一二三四五六七八九十]+[号弄]|市|区|县", match[0]):
            found = text[start : match.end()]
            yield Span(type="ADDRESS", value=found, start=start, end=match.end(), rank=3)
    for match in GOODS_ZH.finditer(text):
        yield Span(type="PRODUCT", value=match[0], start=match.start(), end=match.end(), rank=7)
    for name, pattern in _ISSUES.items():
        for match in pattern.finditer(text):
            yield Span(type="ISSUE", value=name, start=match.start(), end=match.end(), rank=8)


def _numbers(text: str) -> Iterator[Span]:
    for match in _MONEY.finditer(text):
        value = _money(match)
        if value:
            yield Span(type="MONEY", value=value, start=match.start(), end=match.end(), rank=3)
    for match in _CUE.finditer(text):
        letters = re.match(r"[A-Za-z]*", match["id"])
        prefix = letters[0] if letters else ""
        body = match["id"][len(prefix) :].strip(" -")
        digits = read_digits(body) or _plain(body)
        if digits and len(digits) >= 2 and not is_phone(digits):
            start, end = match.span("id")
            yield Span(
                type="ORDER_ID",
                value=prefix.upper() + digits,
                start=start,
                end=end,
                rank=2,
            )
    for match in _HEARD.finditer(text):
        value = _LETTER_SOUNDS[match["letter"]] + match["digits"]
        yield Span(type="ORDER_ID", value=value, start=match.start(), end=match.end(), rank=1)
    for match in _SPELT.finditer(text):
        digits = read_digits(match["digits"])
        if not digits:
            continue
        prefix = re.sub(r"\s", "", match["letters"] or "").upper()
        phone = is_phone(digits) or (
            7 <= len(digits) <= 12 and bool(_PHONE_CUE.search(text[: match.start()]))
        )
        kind = "PHONE" if phone and not prefix else "ORDER_ID"
        start = match.start("digits") if kind == "PHONE" else match.start()
        yield Span(type=kind, value=prefix + digits, start=start, end=match.end(), rank=3)
    for match in _COUNT.finditer(text):
        number = read_number(match["n"])
        if number is not None and number == number.to_integral_value():
            value = str(int(number))
            yield Span(type="COUNT", value=value, start=match.start(), end=match.end(), rank=6)


def _plain(text: str) -> str | None:
    number = read_number(text)
    return str(int(number)) if number is not None and number == int(number) else None


def _money(match: re.Match[str]) -> str | None:
    if match["sign"]:
        currency = "USD" if match["sign"] == "$" else "CNY"
        return f"{Decimal(match['signed'].replace(',', '')):.2f} {currency}"
    amount = read_number(match["n"])
    if amount is None:
        return None
    if match["half"]:
        amount += Decimal("0.5")
    if match["jiao"]:
        tenths = read_number(match["jiao"])
        amount += (tenths or Decimal(0)) / 10
    return f"{amount:.2f} {_CURRENCY.get(match['unit'], 'CNY')}"

"""How figures, dates, money, numbers of orders and telephones are read out in Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from engines.text.numerals_zh import cardinal, counted, decimal, digits

_NUMBER: Final = r"\d+(?:,\d{3})*(?:\.\d+)?"
_CLOCK: Final = r"(?<![\d:])([01]?\d|2[0-4])[:：]([0-5]\d)(?::00)?(?![\d:])"
_NOT_IN_NUMBER: Final = r"(?<![\d.A-Za-z])"
_END: Final = r"(?![\d])"
# After these a figure names something: it is read digit by digit.
_NAMES: Final = (
    "订单号码?|订单编号|运单号码?|快递单号|物流单号|单号|编号|尾号|后四位|工号|验证码|手机号码?|电话号码?|号码|"
    "电话|热线|客服热线|拨打|致电|呼叫|分机|密码|身份证号?|卡号|账号|房间号?|门牌"
)
_MEASURES: Final = (
    "个|件|位|台|部|张|次|条|份|本|双|套|瓶|箱|包|盒|家|名|单|笔|种|块|天|周|年|小时|分钟|秒钟|岁|层|楼|倍|斤|款|页|"
    "点钟|点半|点整|元|美元|欧元|英镑|万|千|亿"
)
# Short numbers that everybody dials, met without a word that says so.
_SERVICE_NUMBERS: Final = frozenset(
    "10000 10010 10086 10099 12306 12315 12329 12345 12348 12366 12388".split()
)
_UNITS: Final = {
    "kg": "公斤",
    "km": "公里",
    "cm": "厘米",
    "mm": "毫米",
    "ml": "毫升",
    "mL": "毫升",
    "m²": "平方米",
    "㎡": "平方米",
    "℃": "摄氏度",
    "°C": "摄氏度",
    "g": "克",
    "m": "米",
    "L": "升",
    "W": "瓦",
    "V": "伏",
    "h": "小时",
    "min": "分钟",
}
_CURRENCIES: Final = {"¥": "元", "￥": "元", "$": "美元", "US$": "美元", "€": "欧元", "£": "英镑"}
_SYMBOLS: Final = {
    "&": "和",
    "+": "加",
    "=": "等于",
    "#": "井号",
    "*": "星号",
    "@": "艾特",
    "%": "百分号",
}


def _money(amount: str, unit: str) -> str:
    whole, _, fraction = amount.replace(",", "").partition(".")
    fraction = (fraction + "00")[:2] if len(fraction) <= 2 else fraction
    if not fraction.strip("0"):
        return counted(int(whole)) + unit
    if unit != "元" or len(fraction) > 2:
        return decimal(f"{whole}.{fraction.rstrip('0')}") + unit
    jiao, fen = fraction[0], fraction[1]
    spoken = counted(int(whole)) + "元" if int(whole) else ""
    if jiao != "0":
        spoken += digits(jiao) + "角"
    elif spoken:
        spoken += "零"
    return spoken + (digits(fen) + "分" if fen != "0" else "")


def _mobile(match: re.Match[str]) -> str:
    number = re.sub(r"\D", "", match[0].removeprefix("+86"))
    return "，".join(digits(part, telephone=True) for part in (number[:3], number[3:7], number[7:]))


def _grouped(match: re.Match[str]) -> str:
    return "，".join(digits(part, telephone=True) for part in re.findall(r"\d+", match[0]))


def _order_id(match: re.Match[str]) -> str:
    letters = " ".join(match["letters"])
    return f"{letters} {digits(match['digits'], telephone=True)}"


def _clock(hour: str, minute: str) -> str:
    spoken = counted(int(hour)) + "点"
    if int(minute) == 0:
        return spoken
    if minute.startswith("0"):
        return f"{spoken}零{digits(minute[1])}分"
    return f"{spoken}{cardinal(int(minute))}分"


def _iso_date(match: re.Match[str]) -> str:
    return f"{cardinal(int(match['month']))}月{cardinal(int(match['day']))}日"


def _written_date(match: re.Match[str]) -> str:
    spoken = digits(match["year"]) + "年"
    if match["month"]:
        spoken += cardinal(int(match["month"])) + "月"
    if match["day"]:
        spoken += cardinal(int(match["day"])) + match["word"]
    return spoken


def _named(match: re.Match[str]) -> str:
    return match["name"] + match["link"] + digits(match["number"], telephone=True)


def _plain(match: re.Match[str]) -> str:
    number = match[0]
    if re.fullmatch(r"0\d+|\d{9,}|95\d{3}", number) or number in _SERVICE_NUMBERS:
        return digits(number, telephone=True)
    return decimal(number)


_RULES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    # Dates and times, before anything takes their figures.
    (
        re.compile(
            r"(?<!\d)(?P<year>(?:19|20)\d\d)[-/.](?P<month>0?[1-9]|1[0-2])[-/.]"
            r"(?P<day>0?[1-9]|[12]\d|3[01])(?!\d)"
        ),
        _iso_date,
    ),
    (
        re.compile(
            r"(?<!\d)(?P<year>\d{4})年(?:(?P<month>\d{1,2})月)?(?:(?P<day>\d{1,2})(?P<word>[日号]))?"
        ),
        _written_date,
    ),
    (
        re.compile(r"(?<!\d)(\d{1,2})月(?:(\d{1,2})([日号]))?"),
        lambda m: cardinal(int(m[1])) + "月" + (cardinal(int(m[2])) + m[3] if m[2] else ""),
    ),
    (
        re.compile(rf"{_CLOCK}\s?[-~～–至到]\s?{_CLOCK}"),
        lambda m: f"{_clock(m[1], m[2])}到{_clock(m[3], m[4])}",
    ),
    (re.compile(_CLOCK), lambda m: _clock(m[1], m[2])),
    # Numbers that name something.
    (re.compile(r"(?<![\dA-Za-z])(?:\+86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"), _mobile),
    (re.compile(r"(?<![\d-])0\d{2,3}-\d{7,8}(?![\d-])"), _grouped),
    (re.compile(r"(?<![\d-])[48]00-?\d{3}-?\d{4}(?![\d-])"), lambda m: _service(m[0])),
    (
        re.compile(r"(?<![A-Za-z\d])(?P<letters>[A-Z]{1,4})[-–]?(?P<digits>\d{2,})(?![A-Za-z\d])"),
        _order_id,
    ),
    (
        re.compile(
            rf"(?P<name>{_NAMES})(?P<link>(?:分别)?[是为：:]?\s?)(?P<number>\d{{3,}})(?![\d.,]\d)"
            rf"(?!\d|{_MEASURES})"
        ),
        _named,
    ),
    # Money.
    (
        re.compile(rf"(US\$|[¥￥$€£])\s?({_NUMBER})(?:元)?"),
        lambda m: _money(m[2], _CURRENCIES[m[1]]),
    ),
    (re.compile(rf"{_NOT_IN_NUMBER}({_NUMBER})\s?(?:元|块钱)"), lambda m: _money(m[1], "元")),
    (re.compile(rf"{_NOT_IN_NUMBER}({_NUMBER})\s?(?:RMB|CNY)\b"), lambda m: _money(m[1], "元")),
    (re.compile(rf"{_NOT_IN_NUMBER}({_NUMBER})\s?美元"), lambda m: _money(m[1], "美元")),
    # Quantities.
    (
        re.compile(rf"(?<![\d.])(?<!\d,)(-?{_NUMBER})%\s?[-~～至到]\s?(-?{_NUMBER})%"),
        lambda m: f"百分之{decimal(m[1])}到百分之{decimal(m[2])}",
    ),
    (re.compile(rf"(?<![\d.])(-?{_NUMBER})%"), lambda m: "百分之" + decimal(m[1])),
    (
        re.compile(rf"{_NOT_IN_NUMBER}({_NUMBER})\s?[-~～–]\s?({_NUMBER})(?=\s?[\u4e00-\u9fff])"),
        lambda m: f"{decimal(m[1])}到{decimal(m[2])}",
    ),
    (
        re.compile(r"(?<![\d/])(\d{1,3})/(\d{1,3})(?![\d/])"),
        lambda m: f"{cardinal(int(m[2]))}分之{cardinal(int(m[1]))}",
    ),
    (
        re.compile(
            rf"(?<![\dA-Za-z.])(-?{_NUMBER})\s?({'|'.join(map(re.escape, _UNITS))})(?![A-Za-z])"
        ),
        lambda m: (counted(2) if m[1] == "2" else decimal(m[1])) + _UNITS[m[2]],
    ),
    (
        re.compile(rf"{_NOT_IN_NUMBER}2(?=\s?(?:{_MEASURES}))"),
        lambda m: "两",
    ),
    (re.compile(rf"(?<![\d\w])[-−]{_NUMBER}{_END}"), lambda m: decimal(m[0])),
    (re.compile(_NUMBER), _plain),
)


def _service(number: str) -> str:
    bare = number.replace("-", "")
    parts = (bare[:3], bare[3:6], bare[6:])
    return "，".join(digits(part, telephone=True) for part in parts)


def read_zh(text: str) -> str:
    """Everything that is written in figures or symbols, as it is spoken. Letters stay letters."""
    for pattern, reading in _RULES:
        text = pattern.sub(reading, text)
    for symbol, word in _SYMBOLS.items():
        text = text.replace(symbol, word)
    return text

"""What stands in the slots of templates: order ids, names, goods, dates, amounts, in zh and en."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from models.nlu.template import Fillers

Rng = np.random.Generator

_ZH_DIGITS: Final = "零一二三四五六七八九"
_EN_DIGITS: Final = "zero one two three four five six seven eight nine".split()
_ZH_PRODUCTS: Final = (
    "手机 耳机 电脑 衣服 鞋子 外套 裙子 冰箱 洗衣机 充电宝 手表 电视 键盘 鼠标 书包 台灯 水杯 沙发 "
    "床垫 空调 吹风机 奶粉 口红 相机 平板 背包 行李箱 电饭煲 路由器 打印机 扫地机器人 "
    "牛仔裤 蓝牙音箱"
).split()
_EN_PRODUCTS: Final = (
    "phone,headphones,laptop,jacket,shoes,coat,dress,fridge,washing machine,charger,watch,tv,"
    "keyboard,mouse,backpack,lamp,mug,sofa,mattress,air conditioner,hair dryer,camera,tablet,"
    "suitcase,router,printer,vacuum cleaner,jeans,speaker,coffee maker,blender,sneakers"
).split(",")
_ZH_SURNAMES: Final = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹"
_ZH_GIVEN: Final = (
    "伟 芳 娜 敏 静 强 磊 洋 艳 勇 杰 娟 涛 明 超 秀英 建国 志强 晓明 雨婷 子涵 欣怡 家豪"
).split()
_EN_PEOPLE: Final = (
    "john smith,mary jones,david brown,sarah,michael lee,emma wilson,james,linda chen,"
    "robert taylor,"
    "olivia davis,daniel,susan miller,kevin garcia,anna,peter white,lucy hall"
).split(",")
_ZH_CITIES: Final = "北京 上海 广州 深圳 杭州 成都 武汉 台北 高雄 南京 西安 重庆".split()
_EN_CITIES: Final = "london,new york,paris,boston,chicago,tokyo,sydney,toronto,denver".split(",")
_ZH_ROADS: Final = "中山路 人民路 建设路 解放大道 长安街 南京西路 忠孝东路 学院路 和平路".split()
_EN_ROADS: Final = "main street,oak avenue,park road,high street,elm drive,maple lane".split(",")


def _pick(options: Sequence[str]) -> Callable[[Rng], str]:
    return lambda rng: options[int(rng.integers(len(options)))]


def _digits(rng: Rng, count: int) -> str:
    return "".join(str(d) for d in rng.integers(0, 10, count))


def _order_id(rng: Rng) -> str:
    kind = int(rng.integers(5))
    letter = "ABCDEFKSTX"[int(rng.integers(10))]
    if kind == 0:
        return f"KF-{rng.integers(2022, 2027)}-{_digits(rng, 4)}"
    if kind == 1:
        return _digits(rng, int(rng.integers(6, 11)))
    return (letter if kind < 4 else "") + _digits(rng, int(rng.integers(3, 6)))


def _spoken(rng: Rng, digits: str, *, english: bool) -> str:
    if english:
        return " ".join(_EN_DIGITS[int(d)] if d.isdigit() else d.lower() for d in digits)
    one = "幺" if rng.random() < 0.5 else "一"
    return "".join((one if d == "1" else _ZH_DIGITS[int(d)]) if d.isdigit() else d for d in digits)


def _zh_id(rng: Rng) -> str:
    written = _order_id(rng)
    return _spoken(rng, written.replace("-", ""), english=False) if rng.random() < 0.4 else written


def _en_id(rng: Rng) -> str:
    written = _order_id(rng)
    return _spoken(rng, written.replace("-", " "), english=True) if rng.random() < 0.4 else written


def _zh_phone(rng: Rng) -> str:
    number = "1" + "3589"[int(rng.integers(4))] + _digits(rng, 9)
    return _spoken(rng, number, english=False) if rng.random() < 0.4 else number


def _en_phone(rng: Rng) -> str:
    number = f"{rng.integers(200, 999)}-555-{_digits(rng, 4)}"
    return _spoken(rng, number.replace("-", " "), english=True) if rng.random() < 0.4 else number


def _zh_person(rng: Rng) -> str:
    return _pick(_ZH_SURNAMES)(rng) + _pick(_ZH_GIVEN)(rng)


def _zh_address(rng: Rng) -> str:
    return f"{_pick(_ZH_CITIES)(rng)}市{_pick(_ZH_ROADS)(rng)}{rng.integers(1, 300)}号"


def _en_address(rng: Rng) -> str:
    return f"{rng.integers(1, 999)} {_pick(_EN_ROADS)(rng)} {_pick(_EN_CITIES)(rng)}"


ZH: Final[Fillers] = {
    "pre": _pick(
        [
            *[""] * 5,
            "你好，",
            "您好，",
            "喂，",
            "喂你好，",
            "请问",
            "请问一下，",
            "嗯，",
            "那个，",
            "我想问一下，",
            "麻烦你，",
            "不好意思，",
            "就是，",
            "我说，",
        ]
    ),
    "id": _zh_id,
    "spoken_digits": lambda rng: _spoken(
        rng, _digits(rng, int(rng.integers(4, 12))), english=False
    ),
    "digits4": lambda rng: _digits(rng, 4),
    "product": _pick(_ZH_PRODUCTS),
    "phone": _zh_phone,
    "person": _zh_person,
    "surname": _pick(_ZH_SURNAMES),
    "city": _pick(_ZH_CITIES),
    "address": _zh_address,
    "org": _pick("小米公司 顺丰快递 中国银行 腾讯客服 华为 京东 物业公司 人民医院".split()),
    "date": lambda rng: f"{rng.integers(1, 13)}月{rng.integers(1, 29)}号",
    "time": _pick("下午三点 明天上午十点 晚上八点半 后天下午 今天五点以后 周六早上 两点钟".split()),
    "duration": _pick(
        "三天 两个星期 一个月 十几天 半个小时 一个多礼拜 好几天 两个小时 一周".split()
    ),
    "money": lambda rng: _pick(["{}块", "{}元", "{}块钱"])(rng).format(rng.integers(5, 3000)),
    "n": lambda rng: str(rng.integers(2, 30)),
    "email": lambda rng: (
        f"{_pick(['wang', 'lily', 'chen88'])(rng)}@{_pick(['qq', '163'])(rng)}.com"
    ),
}
EN: Final[Fillers] = {
    "pre": _pick(
        [
            *[""] * 5,
            "hi ",
            "hello ",
            "hi, ",
            "um ",
            "uh, ",
            "excuse me ",
            "yeah ",
            "so ",
            "hello, ",
            "well ",
            "good morning, ",
            "listen, ",
            "okay so ",
        ]
    ),
    "id": _en_id,
    "spoken_digits": lambda rng: _spoken(rng, _digits(rng, int(rng.integers(4, 11))), english=True),
    "digits4": lambda rng: _digits(rng, 4),
    "product": _pick(_EN_PRODUCTS),
    "phone": _en_phone,
    "person": _pick(_EN_PEOPLE),
    "city": _pick(_EN_CITIES),
    "address": _en_address,
    "org": _pick("amazon,the bank,acme,fedex,city hospital,the hotel".split(",")),
    "date": _pick("march third,the fifth of may,june 21st,october 2nd,the twelfth".split(",")),
    "time": _pick(
        "at three pm,tomorrow at ten,at half past six,on monday morning,after five".split(",")
    ),
    "hour": _pick("three,four thirty,noon,nine,ten am".split(",")),
    "duration": _pick(
        "two weeks,three days,a month,an hour,ten days,over a week,45 minutes".split(",")
    ),
    "money": lambda rng: _pick(["{} dollars", "${}", "{} bucks", "{} pounds"])(rng).format(
        rng.integers(5, 900)
    ),
    "n": lambda rng: str(rng.integers(2, 30)),
    "email": lambda rng: (
        f"{_pick(['bob', 'lily.w', 'sam99'])(rng)}@{_pick(['gmail', 'mail'])(rng)}.com"
    ),
}

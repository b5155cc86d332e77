"""A number written in words that sound like it: 有三八零零 is 13800, 比2049 is B2049.

Recognisers choose common words where the context gives none, so that 幺三八 comes out as 要三八 or
有三八. Where a number was asked for, an utterance of nothing but such sounds is that number.
"""

from __future__ import annotations

import re
from typing import Final

from engines.nlu.entities.numbers_en import SAID_DIGIT
from engines.nlu.entities.numbers_zh import DIGITS

# Simplified characters by toneless syllable, and by what recognition confuses it with.
_SOUNDS: Final = {
    "0": "玲菱龄铃伶羚凌灵陵岭领另令琳林霖临邻淋联莲连廉怜帘脸链恋练鸟",
    "1": "壹医依伊衣移遗仪宜姨椅已以艺易亿役益溢意义议译异翼忆"
    "邀腰妖摇遥要药耀优悠忧幽尤由邮油游有友又右幼诱哟",
    "2": "而儿耳尔贰",
    "3": "叁伞散山删衫闪善生声升省胜圣商伤上",
    "4": "是十石时市事试式师失诗司丝思私死似寺次词此刺",
    "5": "屋无吾午舞武误物务悟雾",
    "6": "溜留刘流柳牛纽",
    "7": "期欺妻漆其棋齐旗骑起气汽器弃企启几机鸡",
    "8": "吧巴爸把拔罢怕",
    "9": "酒久就旧救舅究纠",
}
_LETTERS: Final = {"A": "诶飞非肥黑嘿悲", "B": "比必笔逼毕币碧", "C": "西希塞", "E": "一亿"}
_DIGIT_OF: Final = {
    **DIGITS,
    **{character: digit for digit, sounds in _SOUNDS.items() for character in sounds},
    **{str(digit): str(digit) for digit in range(10)},
}
_LETTER_OF: Final = {c: letter for letter, sounds in _LETTERS.items() for c in sounds}
_ENGLISH: Final = {
    **{word.upper(): digit for word, digit in SAID_DIGIT.items()},
    **{"SERO": "0", "CIR": "0", "SIR": "0", "C": "0", "WON": "1", "TOO": "2", "TO": "2"},
    **{"TREE": "3", "FOR": "4", "SICKS": "6", "ATE": "8"},
}
_ENGLISH_LETTERS: Final = {
    "HEY": "A",
    "EH": "A",
    "AY": "A",
    "BEE": "B",
    "BE": "B",
    "SEE": "C",
    "SEA": "C",
}
_CARRIER_ENGLISH: Final = re.compile(
    r"(?:(?:NO|SORRY|WELL|ITS|IT IS|I MEAN|I MEANT|THE|MY|ORDER|NUMBER|ID|IS) )*"
)
_FIRST_ENGLISH: Final = re.compile(rf"(?:{'|'.join(_ENGLISH_LETTERS)}|[A-Z])(?![A-Z])")
_PIECES_ENGLISH: Final = re.compile("|".join([*sorted(_ENGLISH, key=len, reverse=True), r"\d"]))
_APART: Final = re.compile(r"[\W_]+")
_CARRIER: Final = re.compile(
    r"(?:不好意思|说错了?|出错了?|不对|不是|应该|那个|我的|就是|嗯|哦|啊|呃"
    r"|订单号?|定单号?|单号|电话|手机|号码|号)*是?"
)
_AFTER: Final = re.compile(r"(?:谢谢你?|啊|呀)+$")
_LONGEST: Final = 40


def digits_by_sound(text: str, *, letter: bool) -> str:
    """The number that an utterance sounds like; empty where any part of it is no digit.

    Args:
        text: the whole utterance in either language, folded to Simplified characters.
        letter: the number begins with a letter.

    Returns:
        digits, behind a Latin letter where ``letter`` is set.
    """
    if text.isascii():
        return _english(text, letter)
    said = _APART.sub("", text[: 2 * _LONGEST]).upper()
    if len(said) > _LONGEST:
        return ""
    carried = _CARRIER.match(said)
    for start in dict.fromkeys((carried.end() if carried else 0, 0)):
        found = _read(_AFTER.sub("", said[start:]), letter)
        if found:
            return found
    return ""


def _read(said: str, letter: bool) -> str:
    head = ""
    if letter:
        first = said[:1]
        head = first if "A" <= first <= "Z" else _LETTER_OF.get(first, "")
        if not head:
            return ""
        said = said[1:]
    digits = [_DIGIT_OF.get(character, "") for character in said]
    return head + "".join(digits) if digits and all(digits) else ""


def _english(text: str, letter: bool) -> str:
    words = _APART.sub(" ", text.replace("'", "").upper()).strip()
    if len(words) > _LONGEST:
        return ""
    carried = _CARRIER_ENGLISH.match(words)
    said = words[carried.end() if carried else 0 :]
    head = ""
    if letter:
        first = _FIRST_ENGLISH.match(said)
        if first is None:
            return ""
        head = _ENGLISH_LETTERS.get(first[0], first[0])
        said = said[first.end() :]
    pieces = _PIECES_ENGLISH.findall(said)
    if not pieces or "".join(pieces) != said.replace(" ", ""):
        return ""
    return head + "".join(_ENGLISH.get(piece, piece) for piece in pieces)

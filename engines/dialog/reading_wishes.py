"""What a caller who reads aloud can say instead of reading: a closed vocabulary. Pure.

Whole utterances are matched, in Simplified characters and lower case; what is to be read is never
one of them.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Wish = Literal["", "again", "repeat", "skip", "stop", "list", "aloud", "jump"]
_NUMBERED: Final = re.compile(
    r"(?:请|那就?|我们?)*(?:跳到|从|到|回到|念|读)*第(\d{1,2}|[零一二三四五六七八九十两]{1,3})[句个条](?:开始)?"
    r"|(?:go (?:back )?to |from |start (?:at|with|from) )?(?:sentence|number) "
    r"(\d{1,2}|[a-z]+(?: [a-z]+)?)"
)
_WISHES: Final[dict[Wish, re.Pattern[str]]] = {
    "again": re.compile(
        r"(?:请|我|我想|我要|让我|能不能|可以)*(?:重来|重念|重读|重录|再来|再念|再读|再录)(?:一遍|一次|一下)?(?:吧|吗)?"
        r"|(?:这句|上一句|刚才那句)*(?:没念好|念错了?|读错了?|不算)(?:重来|再来一次|再来一遍)?"
        r"|(?:let me |i want to |can i )?(?:do|try|read|say|repeat) (?:it|that|this)(?: one)?"
        r"(?: once)? (?:again|over)|(?:once |one time )?(?:again|more)|one more time|once more|redo"
    ),
    "repeat": re.compile(
        r"(?:请|你|能不能|可以|麻烦)*(?:再说|再讲|重复|再念给我听|说)(?:一遍|一次|一下)?(?:吧|吗)?"
        r"|(?:我)?没听清楚?|什么"
        r"|(?:please )?(?:say that again|repeat|pardon|what was (?:it|that)|what)"
    ),
    "skip": re.compile(
        r"(?:请|我)*(?:跳过|略过)(?:这句|这个|这一句|吧)*|(?:换|念|读)?下一[句个条]|(?:这句)?不念了?"
        r"|(?:please )?(?:skip|next|pass)(?: (?:it|this|that|one|this one|that one|sentence))*"
    ),
    "stop": re.compile(
        r"(?:好了?|行了?)?(?:我)?(?:今天|这次)?(?:先|就)*(?:停|停止|停下|停一下|结束|到这里|到这儿|这样)(?:吧|了)?"
        r"|(?:我)?(?:不录|不念|不读)(?:了|啦)|(?:我)?(?:下次|以后|改天|明天)(?:再|接着)(?:来|录|念|读|说)(?:吧)?|再见|拜拜"
        r"|(?:please )?(?:stop|stop it|finish|i'm done|that's enough|enough|(?:good ?)?bye|not now"
        r"|i'll (?:go on|continue) (?:later|another time)|later|let's stop(?: here)?)"
    ),
    "list": re.compile(
        r"(?:我)?(?:自己|看着|照着)(?:看着?|稿子?|单子)*(?:念|读)(?:吧)?|(?:我)?(?:有|拿着)(?:稿子|单子|列表)|(?:只)?报号(?:就行|就好)?"
        r"|(?:i have|i've got) the (?:list|sheet)|(?:i'?ll |let me )?read (?:it |them )?myself"
        r"|just (?:the )?numbers?"
    ),
    "aloud": re.compile(
        r"(?:请|还是)*(?:你|您)(?:来)?(?:念|读)(?:给我听)?(?:吧)?"
        r"|(?:please )?read (?:it|them) (?:to|for) me"
    ),
}
_ZH_DIGITS: Final = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_EN_NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
} | {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}


def wish_in(text: str) -> tuple[Wish, int]:
    """What a reader wants instead of reading, and the sentence that he wants to go to.

    Whole utterances only, folded to Simplified and in lower case.
    """
    plain = re.sub(r"[^\w']+", " ", text.lower()[:60].replace("\u2019", "'")).strip()
    plain = plain if plain.isascii() else plain.replace(" ", "")
    jump = _NUMBERED.fullmatch(plain)
    if jump is not None:
        number = _number(jump[1] or jump[2])
        return ("jump", number) if number else ("", 0)
    bare_words = re.sub(r"[啊呀呢嘛哦噢哈]+$", "", plain)
    for wish, pattern in _WISHES.items():
        if pattern.fullmatch(bare_words):
            return wish, 0
    return "", 0


def _number(text: str) -> int:
    """One to ninety-nine, in figures or words; 0: it is none."""
    if text.isascii() and text.isdigit():
        return int(text)
    if text.isascii():
        words = text.split()
        if any(word not in _EN_NUMBERS for word in words):
            return 0
        tens, *ones = (_EN_NUMBERS[word] for word in words)
        return tens + sum(ones) if not ones or (tens >= 20 and 0 < ones[0] < 10) else 0
    tens_part, ten, ones_part = text.partition("十")
    if not ten:
        return _ZH_DIGITS.get(text, 0)
    tens = _ZH_DIGITS.get(tens_part, 0) if tens_part else 1
    ones_value = _ZH_DIGITS.get(ones_part, 0) if ones_part else 0
    return tens * 10 + ones_value if tens and "十" not in ones_part else 0

"""Short words over our voice: those that say "go on", and those that say "stop"."""

from __future__ import annotations

import re
from typing import Final

_ZH: Final = frozenset(
    "嗯 恩 呃 额 哦 喔 噢 啊 唔 好 好的 好吧 好啊 好嘞 行 行吧 对 对的 对对 对啊 是 是的 是啊 "
    "是吧 可以 没错 明白 知道 知道了 明白了 好了 了解 这样 这样啊 哈 诶 欸 哎 ok okay".split()
)
_EN: Final = frozenset(
    "uh-huh uhhuh uh huh mm-hmm mm-hm mmhm mhm mm-mm mm hm hmm um oh ah yeah yep yes yup ok okay "
    "right sure alright gotcha cool i see got it all right".split()
)
_STOP: Final = re.compile(
    r"停|等|慢|不|没|别|错|喂|人工|客服|取消|转|听我|我说|"
    r"\b(?:stop|wait|hold on|hang on|hello|operator|agent|human|excuse me|cancel|help|sorry)\b",
    re.IGNORECASE,
)
_NO_STOP: Final = re.compile(r"没错|不错|没事|没问题")
_WORD: Final = re.compile(r"[a-z][a-z'-]*|[\u4e00-\u9fff]+", re.IGNORECASE)
_MOST_WORDS: Final = 4
_MOST_CHARACTERS: Final = 6
_IDEOGRAPH: Final = "\u4e00"


def is_backchannel(text: str) -> bool:
    """Whether ``text`` is nothing but listening aloud (嗯, 对对, "uh-huh", "yeah, okay").

    Digits, and anything with a word that asks or tells, is none; nor is an empty text.
    """
    words = _WORD.findall(text.lower())
    if not words or len(words) > _MOST_WORDS or any(sign.isdigit() for sign in text):
        return False
    return all(_listens(word) if word[0] >= _IDEOGRAPH else word in _EN for word in words)


def wants_the_floor(text: str) -> bool:
    """Whether a short ``text`` tells us to stop (等一下, 人工, "hold on").

    A list, since recognition of a single syllable is often wrong: what it does not know stops
    nobody. A bare "no" is not in it: "oh" is heard as that.
    """
    return _STOP.search(_NO_STOP.sub("", text)) is not None


def _listens(word: str) -> bool:
    """Whether a run of characters divides into Mandarin backchannels: 嗯嗯好的."""
    if len(word) > _MOST_CHARACTERS:
        return False
    reached = {0}
    for end in range(1, len(word) + 1):
        if any(end - len(one) in reached and word[:end].endswith(one) for one in _ZH):
            reached.add(end)
    return len(word) in reached

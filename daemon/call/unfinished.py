"""What the words say about whether more is to come: a pure look at the partial text."""

from __future__ import annotations

import re
from typing import Final

_ZH_ENDINGS: Final = (
    "因为 所以 但是 不过 而且 然后 还有 或者 如果 就是 那个 这个 我想 我要 请问 关于 比如 "
    "的时候 是因为 和 跟 把 给 被 从 对于 以及 并且"
).split()
_EN_ENDINGS: Final = frozenset(
    "a an the and or but because so if my your our their of to for from with about is are was "
    "i i'd i'm we like um uh er please and then that's it's can could would i'll".split()
)
_DIGIT: Final = re.compile(
    r"[0-9零〇一二两三四五六七八九幺]|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b",
    re.IGNORECASE,
)
_SOUNDED: Final = re.compile(r"\w")
_READ: Final = 0.9
"""Share of a text's characters from which on it may have been read to its end."""
_TAIL: Final = " \t.。,，、…!！-—~"


def sounds_unfinished(text: str) -> bool:
    """Whether ``text`` ends in a word after which Mandarin or English goes on."""
    bare = text.rstrip(_TAIL)
    if not bare:
        return False
    last = bare.rsplit(None, 1)[-1].lower()
    return last in _EN_ENDINGS or bare.endswith(tuple(_ZH_ENDINGS))


def digits_in(text: str) -> int:
    """How many digits were read out, as figures or as words."""
    return len(_DIGIT.findall(text))


def is_read(text: str, asked: str) -> bool:
    """Whether ``text`` is as long as ``asked``, which is being read aloud, or nearly."""
    return len(_SOUNDED.findall(text)) >= _READ * max(1, len(_SOUNDED.findall(asked)))

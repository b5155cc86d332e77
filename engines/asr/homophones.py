"""Words of the call centre that a recogniser wrote as others of the same sound: 投鼠 is 投诉.

About half of the errors of a small Mandarin recogniser are homophones. Where a stretch of text
sounds like one of ``TERMS`` and is written otherwise, the term is meant; and of two decodes that
are about as likely, the one with more terms in it. Everyday words that sound like a term (发火 and
发货) stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Final

import msgspec
from msgspec.structs import replace

from engines.asr.homophone_table import SYLLABLES
from engines.asr.transcript import Hypothesis

TERMS: Final = (
    *"订单号 订单 物流 快递 退款 退货 退钱 投诉 人工 客服 回电 预约 发票 台灯 保修".split(),
    *"耳机 发货 鞋子 尺码 收货 快递员".split(),
    *"转人工 找人工 不对 不是 没有了 没事了 不用了 不用打 再说一遍 说慢一点 慢一点".split(),
    *"大声点 查一下 叫你们经理 不退了 退了吧 没别的 没其他".split(),
)
_EVERYDAY: Final = frozenset("二级 二季 发火 写字 吃吗 吃嘛 收获 售货 手活".split())
"""Words of their own that sound like a term."""
_ALSO: Final = {"转": "传川穿船抓爪拽猜彩", "查": "拆柴"}
"""As what recognition hears a character beside those of its own syllable."""


class HomophoneSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a term is worth."""

    bonus: Annotated[float, msgspec.Meta(ge=0)] = 0.1
    """Mean log-probability per token that a decode may be behind for each term more in it."""


def repair(text: str) -> str:
    """The text with its terms written as they are meant; its length stays."""
    for term, pattern in _PATTERNS.items():
        text = pattern.sub(partial(_meant, term), text)
    return text


def best_with_terms(
    hypotheses: Sequence[Hypothesis], settings: HomophoneSettings
) -> tuple[Hypothesis, ...]:
    """The hypotheses with their terms repaired, the best first, each term worth the bonus.

    Args:
        hypotheses: of one decode in Mandarin.
        settings: the bonus.
    """
    repaired = [replace(one, text=repair(one.text)) for one in hypotheses]
    return tuple(
        sorted(
            repaired,
            key=lambda one: -(one.log_probability + settings.bonus * _terms(one.text)),
        )
    )


def _meant(term: str, found: re.Match[str]) -> str:
    return found[0] if found[0] in _EVERYDAY else term


def _terms(text: str) -> int:
    return len(_ANY.findall(text))


def _pattern(term: str) -> re.Pattern[str]:
    sounds = (_SOUNDS_LIKE[character] + _ALSO.get(character, "") for character in term)
    return re.compile("".join(f"[{sound}]" for sound in sounds))


_SOUNDS_LIKE: Final = {
    character: characters for characters in SYLLABLES.values() for character in characters
}
# Longest first: the shorter ones are parts of them.
_PATTERNS: Final = {term: _pattern(term) for term in sorted(TERMS, key=len, reverse=True)}
_ANY: Final = re.compile("|".join(_PATTERNS))

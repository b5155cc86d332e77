"""Terms of the call centre that a recogniser wrote as other words of the same sound.

About half of the errors of a small Mandarin recogniser are homophones: 我要投诉 comes out as
我要投鼠. A stretch of text that sounds like one of ``TERMS`` and is written otherwise is written as
the term, and of two decodes that are about as likely the one with more terms in it is taken. Terms
have three syllables and more: shorter ones sound like everyday words (物流 and 五六).
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
    *"要投诉 不投诉 投诉你们 转人工 找人工 要人工 人工客服 叫你们经理".split(),
    *"我的订单 查订单 个订单 订单号 订单的 我的快递 快递员 查快递 查物流".split(),
    *"要退款 要退货 帮我退款 帮我退货 不用回电 给我回电 回电话 开发票 要发票".split(),
    *"再说一遍 说慢一点 大声一点 的台灯 的耳机 的鞋子 尺码不对 没发货 发货了没有".split(),
)
_ALSO: Final = {"转": "传川穿船抓爪拽猜彩"}
"""As what recognition hears a character beside those of its own syllable."""
_NUMERALS: Final = frozenset("一二三四五六七八九十零百千两几")
_TRADITIONAL: Final = str.maketrans(
    "訴轉經訂單號員遞開發貨幫電話說聲點臺燈機碼對沒給們",
    "诉转经订单号员递开发货帮电话说声点台灯机码对没给们",
)
_DIGIT: Final = "[零一二两三四五六七八九幺0-9]"
_NOT: Final = (
    (re.compile(rf"(?<=是{_DIGIT})[补補部布步]是(?={_DIGIT})"), "不是"),  # 是八不是九
    (re.compile(r"^部[队隊](?=[，,]|是[A-Z0-9])"), "不对"),
)


class HomophoneSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a term is worth."""

    bonus: Annotated[float, msgspec.Meta(ge=0)] = 0.1
    """Mean log-probability per token that a decode may be behind for each term more in it."""


def repair(text: str) -> str:
    """The text with its terms written as they are meant; its length stays."""
    for term, pattern in _PATTERNS.items():
        text = pattern.sub(partial(_meant, term), text)
    for pattern, meant in _NOT:
        text = pattern.sub(meant, text)
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
    """The term; in Traditional characters it is right already."""
    return found[0] if found[0].translate(_TRADITIONAL) == term else term


def _terms(text: str) -> int:
    return len(_ANY.findall(text))


def _pattern(term: str) -> re.Pattern[str]:
    return re.compile("".join(f"[{_written_as(character)}]" for character in term))


def _written_as(character: str) -> str:
    alike = next(row for row in SYLLABLES.values() if character in row) + _ALSO.get(character, "")
    return "".join(one for one in alike if one not in _NUMERALS or one == character)


# Longest first: the shorter ones are parts of them.
_PATTERNS: Final = {term: _pattern(term) for term in sorted(TERMS, key=len, reverse=True)}
_ANY: Final = re.compile("|".join(pattern.pattern for pattern in _PATTERNS.values()))

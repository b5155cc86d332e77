"""What a voice says while it is made: everyday sentences, none of which a judge hears."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from engines.text.reader_child import Phonemes

Language = Literal["zh", "en"]

SENTENCES: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (
        "我能帮您什么？",
        "三天就能送到。",
        "请说订单号码。",
        "我转给同事。",
        "退款办好了。",
        "今天可以取消。",
        "我查一下仓库。",
        "发票寄到邮箱。",
        "鞋子有黑色的。",
        "要再解释吗？",
        "祝您生活愉快。",
        "是人民路吗？",
        "免费换新的。",
        "周末也营业。",
        "价格便宜了。",
        "好，我明白了。",
    ),
    "en": (
        "How can I help you?",
        "It arrives on Thursday.",
        "What is the number?",
        "I will pass it on.",
        "The refund was made.",
        "Cancel it before four.",
        "Let me check the stock.",
        "We'll send an invoice.",
        "The shoes are black.",
        "Shall I explain again?",
        "Thank you for waiting.",
        "Is it Queen Street?",
        "We replace it for free.",
        "We open at weekends.",
        "The price is lower.",
        "I see what you mean.",
    ),
}
"""Short: what a fit says beside the person's own words."""
ORDINARY: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (
        "您的快递今天上午已经从仓库发出，请您注意查收。",
        "我已经帮您修改了收货地址，明天就会生效。",
        "麻烦您稍等一下，我为您查询这笔订单的情况。",
        "这款产品支持七天无理由退货，运费由我们承担。",
    ),
    "en": (
        "Your package left our warehouse this morning and should be with you soon.",
        "I have changed the delivery address for you, starting from tomorrow.",
        "Would you mind holding the line while I look into that order?",
        "You can send this product back within a week, and we pay the postage.",
    ),
}
"""As long as what is said in calls: what the pitch is measured and variants are compared in."""


def sentences(reader: Phonemes, texts: Sequence[str], language: Language) -> list[str]:
    """Some sentences in Kokoro's phonemes.

    Raises:
        SpeakerMissing: English, and espeak-ng is not there.
    """
    return [" ".join(spoken for _, spoken in reader.of(sentence, language)) for sentence in texts]


def clauses(reader: Phonemes, texts: Sequence[str], language: Language) -> list[str]:
    """The same in what is said in one go, as in calls.

    Raises:
        SpeakerMissing: English, and espeak-ng is not there.
    """
    return [spoken for sentence in texts for _, spoken in reader.of(sentence, language)]

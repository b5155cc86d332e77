"""What is spoken while a voice is fitted: short everyday sentences of about a second."""

from __future__ import annotations

from typing import Final, Literal

from engines.text.reader_child import Phonemes

Language = Literal["zh", "en"]

SENTENCES: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (
        "您好，我能帮您什么？",
        "三天之内就能送到。",
        "请说一下订单号码。",
        "我帮您转给同事。",
        "退款昨天已经办好了。",
        "今天下午可以取消。",
        "请稍等，我查一下。",
        "发票会寄到您的邮箱。",
        "这双鞋有黑色的。",
        "要我再解释一遍吗？",
        "谢谢，祝您生活愉快。",
        "是人民路五十六号吗？",
        "坏了我们免费换新的。",
        "周末也可以打电话。",
        "价格便宜了一些。",
        "好的，我明白了。",
    ),
    "en": (
        "Hello, how can I help you?",
        "It should arrive by Thursday.",
        "Could you give me the number?",
        "I will pass this on today.",
        "The refund was made yesterday.",
        "You can cancel before four.",
        "Just let me check the stock.",
        "We'll send it to your mailbox.",
        "These shoes come in black.",
        "Shall I explain that again?",
        "Thank you for waiting so long.",
        "Is it fifty six Queen Street?",
        "We replace it free of charge.",
        "Our lines are open at weekends.",
        "The price is lower this month.",
        "All right, I see what you mean.",
    ),
}


def phonemes(language: Language) -> list[str]:
    """The sentences of a language in Kokoro's phonemes.

    Raises:
        SpeakerMissing: English, and espeak-ng is not there.
    """
    reader = Phonemes()
    return [
        " ".join(spoken for _, spoken in reader.of(sentence, language))
        for sentence in SENTENCES[language]
    ]

"""Short answers: a doubtful 好 or 没有 is decoded again among the words of an answer alone.

So little sound cannot choose among 50,000 tokens, but it can among the few that answers are made
of. The open decode stays the judge: an answer counts only where the recogniser, with all its
vocabulary, finds it not much less likely than what it had heard (``models/asr/CARD.md``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from engines.asr.tokens import Tokens
from engines.asr.transcript import SpokenLanguage

ANSWERS: Final[dict[SpokenLanguage, tuple[str, ...]]] = {
    "zh": tuple(
        "对 对的 是 是的 好 好的 好吧 行 可以 可以的 没问题 确定 确认 需要 要 退 退吧 "
        "不是 不对 不行 不要 不用 不用了 不需要 没有 没有了 没了 没事了 算了 不了 "
        "谢谢 再见".split()
    ),
    "en": (
        *"yes yep sure okay ok right correct fine alright please no nope none".split(),
        *("that's right", "go ahead", "do it", "of course", "all right", "that's all"),
        *("nothing else", "never mind", "thanks", "thank you", "goodbye", "bye", "not really"),
    ),
}
DECOYS: Final[dict[SpokenLanguage, tuple[str, ...]]] = {
    "zh": ("不", "别", "没", "嗯", "没错", "不错"),
    "en": ("yeah", "nah", "know", "now"),
}
"""Words that are confused with an answer of the other meaning: what sounds most like one of these
is taken for neither."""
_MARKS: Final = "。，,.!? "


class ClosedVocabularySettings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """When a short utterance is decoded among answers alone, and when that counts."""

    longest_voice_ms: Annotated[float, msgspec.Meta(ge=0)] = 900.0
    """Voice in it at most: longer ones are sentences, or numbers. 0: never."""
    doubt_log_probability: float = -0.6
    """Mean per token of the open decode below which it is tried."""
    least_log_probability: float = -1.25
    """Mean per token, among the allowed, that an answer needs."""
    least_log_ratio: float = -3.5
    """Log-probability of the answer against that of what was heard openly, at least."""
    even_log_ratio: float = -3.1
    """Where an answer is as likely right as wrong: the question makes answers likelier."""


class ClosedVocabulary:
    """The answers of one language.

    Args:
        tokens: the recogniser's.
        language: of the answers.
    """

    def __init__(self, tokens: Tokens, language: SpokenLanguage) -> None:
        words, decoys = ANSWERS[language], DECOYS[language]
        allowed = tokens.of_words([*words, *decoys, *_MARKS])
        self.forbidden: Final = [number for number in range(tokens.count) if number not in allowed]
        """Every token that is in no answer."""
        # A token is a piece of a word: what is put together of them need not be an answer.
        self._answer = _made_of(words)
        self._decoy = _made_of((*words, *decoys))

    def answer_in(self, texts: Sequence[str]) -> int | None:
        """Which of the texts, best first, is the answer; None where it is none, or a decoy."""
        for number, text in enumerate(texts):
            said = text.strip().lower()
            if self._answer.fullmatch(said):
                return number
            if self._decoy.fullmatch(said):
                return None
        return None


def _made_of(words: Sequence[str]) -> re.Pattern[str]:
    """One to three of the words, with marks between."""
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    return re.compile(rf"(?:(?:{'|'.join(longest_first)})[{_MARKS}]*){{1,3}}")


def certainty(log_ratio: float, settings: ClosedVocabularySettings) -> float:
    """How much to believe an answer, 0..1: the logistic function of its log-odds.

    Args:
        log_ratio: log-probability of the answer, less that of what was heard openly.
        settings: where both are as likely.
    """
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, log_ratio - settings.even_log_ratio))))

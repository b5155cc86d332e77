"""Short answers among a closed vocabulary: what counts as one, and how much it is believed."""

from __future__ import annotations

import pytest

from daemon.release.release import Release
from engines.asr.closed_vocabulary import (
    ANSWERS,
    ClosedVocabulary,
    ClosedVocabularySettings,
    certainty,
)
from engines.asr.tokens import Tokens
from engines.asr.transcript import SpokenLanguage


@pytest.fixture(scope="module")
def tokens(weights: Release) -> Tokens:
    return Tokens(weights.path("asr_whisper") / "tokenizer.json")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_answer_can_be_decoded(tokens: Tokens, language: SpokenLanguage) -> None:
    vocabulary = ClosedVocabulary(tokens, language)
    forbidden = set(vocabulary.forbidden)
    for word in ANSWERS[language]:
        assert not tokens.of_words([word]) & forbidden
        assert vocabulary.answer_in([word]) == 0
    assert len(forbidden) > 0.99 * tokens.count


@pytest.mark.parametrize("text", ["好的。", "不用了,再见", "对, 退吧", "没有 没有"])
def test_answers(tokens: Tokens, text: str) -> None:
    assert ClosedVocabulary(tokens, "zh").answer_in(["的。", text]) == 1


@pytest.mark.parametrize("text", ["", "。", "的", "好的吗", "行行行行行", "不讼", "yes"])
def test_no_answers(tokens: Tokens, text: str) -> None:
    assert ClosedVocabulary(tokens, "zh").answer_in([text]) is None


def test_what_sounds_most_like_a_decoy_is_no_answer(tokens: Tokens) -> None:
    assert ClosedVocabulary(tokens, "zh").answer_in(["不。", "对。"]) is None


def test_an_answer_is_believed_the_less_the_likelier_something_else_was() -> None:
    settings = ClosedVocabularySettings()
    assert certainty(settings.even_log_ratio, settings) == pytest.approx(0.5)
    believed = [certainty(ratio, settings) for ratio in (1e6, 0.0, -1.0, -3.4, -1e6)]
    assert believed == sorted(believed, reverse=True)
    assert believed[0] <= 1.0
    assert believed[-1] >= 0.0

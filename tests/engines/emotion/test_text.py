"""The emotion of a text: weights, threshold and abstention; and the real weights on plain cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.release.release import Release
from engines.emotion.feeling import LABELS
from engines.emotion.text import TextEmotion, TextEmotionSettings, decide
from engines.nlu.script import ScriptFolder
from engines.nlu.use import SentenceEncoder

EVEN = dict.fromkeys(LABELS, 0.125)


def leaning(**more: float) -> dict[str, float]:
    rest = (1.0 - sum(more.values())) / (len(LABELS) - len(more))
    return {label: more.get(label, rest) for label in LABELS}


def test_class_weights_act_before_the_choice() -> None:
    posterior = leaning(neutral=0.45, sad=0.35)
    plain = decide(posterior, "en", TextEmotionSettings(apply="off"), 0.3)
    weighted = decide(posterior, "en", TextEmotionSettings(), 0.3)
    assert (plain.label, weighted.label) == ("neutral", "sad")
    assert sum(weighted.scores) == pytest.approx(1.0)


def test_the_language_weighs_the_confidence_before_the_threshold() -> None:
    posterior = leaning(happy=0.6)
    settings = TextEmotionSettings(apply="off")
    assert decide(posterior, "en", settings, 0.5).confidence == pytest.approx(0.6)
    assert decide(posterior, "zh", settings, 0.5).label == ""
    assert decide(posterior, "xx", settings, 0.5).confidence == pytest.approx(0.6 * 0.85)


def test_unsure_is_an_empty_label_with_no_confidence() -> None:
    feeling = decide(EVEN, "en", TextEmotionSettings(), 0.5)
    assert (feeling.label, feeling.confidence) == ("", 0.0)
    assert len(feeling.scores) == len(LABELS)


@given(
    st.lists(st.floats(1e-6, 1.0), min_size=8, max_size=8),
    st.sampled_from(["zh", "en", "mixed", ""]),
)
def test_scores_are_a_distribution_and_the_label_is_the_best(
    values: list[float], language: str
) -> None:
    total = sum(values)
    posterior = dict(zip(LABELS, [value / total for value in values], strict=True))
    feeling = decide(posterior, language, TextEmotionSettings(), 0.0)
    assert sum(feeling.scores) == pytest.approx(1.0)
    assert feeling.scores[LABELS.index(feeling.label)] == max(feeling.scores)
    assert 0.0 <= feeling.confidence <= 1.0


@pytest.fixture(scope="module")
def engine(weights: Release) -> TextEmotion:
    return TextEmotion(
        SentenceEncoder(weights.path("nlu_use/weights.npz"), weights.path("nlu_use/sp.model")),
        ScriptFolder(weights.path("nlu_lac/q2b.dic")),
        Path(weights.path("emotion_text/text.npz")),
    )


@pytest.mark.parametrize(
    ("text", "language", "label"),
    [
        ("你们怎么回事，我都等了两个星期了", "zh", "angry"),
        ("你們怎麼回事，我都等了兩個星期了", "zh", "angry"),
        ("太好了，谢谢你", "zh", "happy"),
        ("订单号是一零二四", "zh", "neutral"),
        ("没关系，你慢慢来", "zh", "calm"),
        ("wow that's great, thanks", "en", "happy"),
        ("order one zero two four", "en", "neutral"),
        ("this is ridiculous, I've been waiting for two weeks", "en", "angry"),
    ],
)
def test_what_callers_say(engine: TextEmotion, text: str, language: str, label: str) -> None:
    assert engine.feel(text, language).label == label


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_silence_has_no_feeling(engine: TextEmotion, text: str) -> None:
    assert engine.feel(text, "zh").label == ""


@pytest.mark.parametrize("text", ["\x00" * 50, "👍" * 500, "？！" * 2000, "a" * 20000])
def test_hostile_text_is_answered(engine: TextEmotion, text: str) -> None:
    feeling = engine.feel(text, "en")
    assert feeling.label in ("", *LABELS)

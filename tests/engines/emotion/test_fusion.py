"""The fusion of voice and text: the document's weights, and what holds whatever comes in."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.emotion.feeling import LABELS, NO_FEELING, Feeling
from engines.emotion.fusion import FusionSettings, Weights, effective, fuse
from engines.emotion.text import TextEmotionSettings, decide
from models.emotion.evaluate_voice import of_lite

BASE = FusionSettings(table={})


def felt(confidence: float | None = None, *, trust: float = 1.0, **leaning: float) -> Feeling:
    """Scores that lean as told, the rest even; the label is the highest."""
    rest = (1.0 - sum(leaning.values())) / (len(LABELS) - len(leaning))
    scores = tuple(leaning.get(label, rest) for label in LABELS)
    best = max(range(len(LABELS)), key=scores.__getitem__)
    sure = scores[best] * trust if confidence is None else confidence
    return Feeling(label=LABELS[best], confidence=sure, scores=scores, trust=trust)


UNSURE = felt(0.5, neutral=0.5)


@pytest.mark.parametrize(
    ("label", "voice", "text"),
    [
        ("angry", 0.7, 0.3),
        ("sad", 0.65, 0.35),
        ("happy", 0.55, 0.45),
        ("neutral", 0.4, 0.6),
        ("fearful", 0.6, 0.4),
        ("no such emotion", 0.6, 0.4),
    ],
)
def test_each_emotion_has_its_row_and_an_unknown_one_the_base(
    label: str, voice: float, text: float
) -> None:
    weights = effective(label, UNSURE, UNSURE, FusionSettings())
    assert weights.voice == pytest.approx(voice)
    assert weights.text == pytest.approx(text)


def test_a_confidence_above_three_quarters_counts_a_fifth_more() -> None:
    sure = felt(0.76, happy=0.8)
    weights = effective("happy", UNSURE, sure, FusionSettings())
    assert weights.text == pytest.approx(0.45 * 1.2 / (0.55 + 0.45 * 1.2))
    at_the_edge = effective("happy", UNSURE, felt(0.75, happy=0.8), FusionSettings())
    assert at_the_edge.text == pytest.approx(0.45)
    both = effective("happy", sure, sure, FusionSettings())
    assert both.text == pytest.approx(0.45)


def test_a_base_that_is_moved_moves_every_row() -> None:
    moved = FusionSettings(base=Weights(voice=0.66, text=0.36))
    for label in (*LABELS, "other"):
        before = effective(label, UNSURE, UNSURE, FusionSettings())
        after = effective(label, UNSURE, UNSURE, moved)
        ratio = (after.voice / after.text) / (before.voice / before.text)
        assert ratio == pytest.approx(1.1 / 0.9)


def test_by_hand() -> None:
    voice = felt(0.5, angry=0.5, neutral=0.2)
    text = felt(0.4, angry=0.3, neutral=0.4)
    fused = fuse(voice, text, FusionSettings(threshold=0.4))
    other_voice, other_text = 0.3 / 6, 0.3 / 6
    angry, neutral = 0.7 * 0.5 + 0.3 * 0.3, 0.4 * 0.2 + 0.6 * 0.4
    rest = sum(w * other_voice + (1 - w) * other_text for w in (0.6, 0.6, 0.6, 0.55, 0.65, 0.6))
    assert fused.label == "angry"
    assert fused.confidence == pytest.approx(angry / (angry + neutral + rest))
    assert fuse(voice, text).label == ""


def test_one_that_is_missing_leaves_the_other_alone() -> None:
    said = felt(0.41, angry=0.82, trust=0.5)
    for fused in (fuse(NO_FEELING, said), fuse(said, NO_FEELING)):
        assert (fused.label, fused.confidence, fused.scores) == ("angry", 0.41, said.scores)
    nothing = fuse(NO_FEELING, NO_FEELING)
    assert (nothing.label, nothing.confidence, nothing.scores) == ("", 0.0, ())


def test_it_abstains_when_it_is_unsure_and_keeps_the_scores() -> None:
    fused = fuse(felt(angry=0.46), felt(happy=0.46))
    assert (fused.label, fused.confidence) == ("", 0.0)
    assert len(fused.scores) == len(LABELS)


def test_the_languages_weight_reaches_the_confidence_and_not_the_choice() -> None:
    voice = felt(0.6, angry=0.6)
    english, chinese = felt(angry=0.7), felt(angry=0.7, trust=0.7)
    assert fuse(voice, english).scores == fuse(voice, chinese).scores
    assert fuse(voice, chinese).confidence < fuse(voice, english).confidence


def test_the_reason_tells_the_parts() -> None:
    voice = msgspec.structs.replace(felt(0.62, angry=0.62), reasons=("level +2.4",))
    [reason] = fuse(voice, felt(0.4, neutral=0.4, angry=0.3)).reasons
    assert reason == "Emotion: voice angry 0.62 (level +2.4), text neutral 0.40 → angry 0.48."
    quiet = msgspec.structs.replace(NO_FEELING, reasons=("no baseline yet",))
    [reason] = fuse(quiet, felt(0.63, neutral=0.63)).reasons
    assert reason == "Emotion: voice none (no baseline yet), text neutral 0.63 → neutral 0.63."


posterior = st.lists(st.floats(0.001, 1.0), min_size=8, max_size=8).map(
    lambda values: tuple(value / sum(values) for value in values)
)


def of(scores: tuple[float, ...]) -> Feeling:
    best = max(range(len(LABELS)), key=scores.__getitem__)
    return Feeling(label=LABELS[best], confidence=scores[best], scores=scores)


@given(posterior, posterior)
def test_it_is_pure_a_distribution_and_names_its_best(
    voice: tuple[float, ...], text: tuple[float, ...]
) -> None:
    first = fuse(of(voice), of(text))
    fuse(of(text), of(voice))
    assert first == fuse(of(voice), of(text))
    assert sum(first.scores) == pytest.approx(1.0)
    assert min(first.scores) >= 0.0
    if first.label:
        assert first.scores[LABELS.index(first.label)] == max(first.scores)
        assert first.confidence == pytest.approx(max(first.scores))


@given(posterior)
def test_what_both_say_is_said_unchanged_so_the_class_weights_act_once(
    scores: tuple[float, ...],
) -> None:
    weighted = decide(dict(zip(LABELS, scores, strict=True)), "en", TextEmotionSettings(), 0.0)
    assert fuse(weighted, weighted).scores == pytest.approx(weighted.scores)


@given(posterior, posterior, st.permutations(range(8)))
def test_without_rows_the_names_of_the_classes_do_not_matter(
    voice: tuple[float, ...], text: tuple[float, ...], order: list[int]
) -> None:
    straight = fuse(of(voice), of(text), BASE).scores
    turned = fuse(
        of(tuple(voice[i] for i in order)), of(tuple(text[i] for i in order)), BASE
    ).scores
    assert turned == pytest.approx([straight[i] for i in order])


@given(posterior, posterior, st.integers(0, 7), st.floats(0.01, 0.99), st.booleans())
def test_more_evidence_for_a_class_never_lowers_it(
    voice: tuple[float, ...], text: tuple[float, ...], place: int, more: float, by_voice: bool
) -> None:
    def raised(scores: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(
            score + more * (1 - score) if at == place else score * (1 - more)
            for at, score in enumerate(scores)
        )

    def unsure(scores: tuple[float, ...]) -> Feeling:
        return msgspec.structs.replace(of(scores), confidence=0.5)

    before = fuse(unsure(voice), unsure(text))
    after = fuse(
        unsure(raised(voice) if by_voice else voice), unsure(text if by_voice else raised(text))
    )
    assert after.scores[place] >= before.scores[place] - 1e-9


@pytest.mark.parametrize(
    "settings",
    [
        {"base": {"voice": 0.0, "text": 0.4}},
        {"base": {"voice": -1.0, "text": 0.4}},
        {"base": {"voice": 0.5}},
        {"table": {"angry": {"voice": 1.0, "text": "a"}}},
        {"threshold": 2.0},
        {"unknown": 1},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, FusionSettings)


def test_in_lite_a_voice_tips_a_text_that_leans_and_names_nothing_alone() -> None:
    shouted = felt(0.53, angry=0.53, surprised=0.2, happy=0.18, fearful=0.08)
    leaning = msgspec.structs.replace(felt(angry=0.4, neutral=0.3), label="", confidence=0.0)
    assert fuse(shouted, leaning, of_lite()).label == "angry"
    flat = Feeling(label="", confidence=0.0, scores=(0.125,) * 8)
    assert fuse(shouted, flat, of_lite()).label == ""
    assert fuse(shouted, felt(neutral=0.8), of_lite()).label == "neutral"
    assert fuse(shouted, felt(happy=0.7), of_lite()).label == "happy"

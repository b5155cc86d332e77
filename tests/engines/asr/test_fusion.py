"""Two recognisers' hypotheses voted into one text."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engines._core import tokenize
from engines.asr.confidence import ConfidenceCurve
from engines.asr.fusion import (
    CalibrationCurve,
    CalibrationTable,
    EngineHeard,
    EngineName,
    EngineWeights,
    Fused,
    FusionSettings,
    ScoredHypothesis,
    Voice,
    fuse,
    scored,
)
from engines.asr.transcript import Hypothesis

SETTINGS = FusionSettings()
VOICE = Voice(voiced_ms=1500.0, duration_ms=2000.0)
WORDS = st.lists(st.sampled_from(["我", "要", "查", "的", "order", "status"]), max_size=8)


def heard(engine: EngineName, *texts: str, confidence: float = 0.7) -> EngineHeard:
    return EngineHeard(
        engine=engine,
        hypotheses=tuple(ScoredHypothesis(text=text, confidence=confidence) for text in texts),
    )


def fused(
    *answers: EngineHeard, language: str = "mixed", settings: FusionSettings = SETTINGS
) -> Fused:
    return fuse(answers, language, VOICE, settings)


@pytest.mark.parametrize(
    ("language", "text"),
    [("zh", "我要退火"), ("en", "我要退货"), ("mixed", "我要退火"), ("yue", "我要退火")],
)
def test_the_language_says_who_is_believed(language: str, text: str) -> None:
    answers = heard("whisper", "我要退货"), heard("funasr", "我要退火")
    # Mixed speech: weights are equal, and so the text with the lower character comes first.
    assert fused(*answers, language=language).text == text
    assert fused(*answers[::-1], language=language).text == text


@pytest.mark.parametrize(
    ("language", "whisper", "funasr", "weight"),
    [
        ("zh", 0.5, 0.5, 0.4),
        ("en", 0.5, 0.5, 0.8),
        ("mixed", 0.5, 0.5, 0.5),
        ("", 0.8, 0.8, 0.5),
        ("zh", 0.81, 0.5, 0.48 / 1.08),
        ("en", 0.9, 0.9, 0.8),
    ],
)
def test_weights_are_the_documents(
    language: str, whisper: float, funasr: float, weight: float
) -> None:
    got = fused(
        heard("whisper", "好", confidence=whisper),
        heard("funasr", "好", confidence=funasr),
        language=language,
    )
    assert got.weights == pytest.approx((weight, 1 - weight))


def test_the_optimisers_base_reaches_every_row() -> None:
    settings = replace(SETTINGS, base=EngineWeights(whisper=0.6 * 1.1, funasr=0.4 * 0.9))
    got = fused(heard("whisper", "好"), heard("funasr", "好"), language="zh", settings=settings)
    assert got.weights[0] == pytest.approx(0.44 / (0.44 + 0.54))


def test_each_engine_gives_what_it_is_sure_of() -> None:
    whisper = ScoredHypothesis(
        text="我要茶 order 的 status。",
        confidence=0.7,
        token_confidences=(0.9, 0.9, 0.2, 0.9, 0.9, 0.9),
    )
    funasr = ScoredHypothesis(
        text="我要查哦的", confidence=0.7, token_confidences=(0.9, 0.9, 0.9, 0.2, 0.9)
    )
    got = fused(
        EngineHeard(engine="whisper", hypotheses=(whisper,)),
        EngineHeard(engine="funasr", hypotheses=(funasr,)),
    )
    assert got.text == "我要查 order 的 status。"
    assert got.tokens == ("我", "要", "查", "order", "的", "status")
    assert got.engines[2:4] == ("funasr", "whisper")
    assert got.confidences[0] == pytest.approx(0.9)
    assert got.confidences[2] == pytest.approx(0.45)
    assert got.confidence == pytest.approx(sum(got.confidences) / 6)
    assert got.evidence.agreement == pytest.approx(0.5)
    assert got.evidence.contested_share == pytest.approx(0.5)


def test_one_engine_is_enough() -> None:
    alone = fused(heard("whisper"), heard("funasr", "我要退货"))
    assert (alone.text, alone.weights) == ("我要退货", (0.0, 1.0))
    assert alone.evidence.agreement == 1.0
    nobody = fused(heard("whisper"), heard("funasr"))
    assert (nobody.text, nobody.confidence, nobody.weights) == ("", 0.0, (0.0, 0.0))
    assert fused().text == ""


def test_an_empty_text_is_a_vote_for_silence() -> None:
    quiet = heard("funasr", "", confidence=0.9)
    assert fused(quiet, heard("whisper", "谢谢观看", confidence=0.4), language="zh").text == ""
    assert fused(quiet, heard("whisper", "谢谢", confidence=0.79), language="en").text == "谢谢"


def test_evidence() -> None:
    answers = heard("whisper", "有脉子有脉子有脉子"), heard("funasr", "有脉子有脉子有脉子")
    evidence = fuse(answers, "zh", VOICE, SETTINGS).evidence
    assert (evidence.repeated_twice, evidence.repeated_thrice) == (3, 3)
    assert evidence.voiced_share == 0.75
    assert evidence.characters_per_s == 6.0
    timed = replace(VOICE, voiced=((0.0, 500.0),), spoken=((0.0, 400.0), (400.0, 800.0)))
    assert fuse(answers, "zh", timed, SETTINGS).evidence.voiced_share == 0.625
    none = Voice(voiced_ms=0.0, duration_ms=0.0)
    evidence = fuse(answers, "zh", none, SETTINGS).evidence
    assert (evidence.voiced_share, evidence.characters_per_s) == (0.0, 450.0)


def test_confidences_are_calibrated() -> None:
    settings = replace(
        SETTINGS,
        funasr_calibration=CalibrationTable(confidences=(0.0, 1.0), shares=(0.0, 0.5)),
        fused_calibration=CalibrationCurve(slope=2.0, offset=0.0),
    )
    got = fused(heard("funasr", "好", confidence=0.8), settings=settings)
    assert got.confidence == pytest.approx(1 / (1 + math.exp(-2 * math.log(0.4 / 0.6))))
    assert fused(heard("funasr", "好", confidence=0.8)).confidence == pytest.approx(0.8)


@given(WORDS, st.integers(1, 5), st.integers(1, 5))
def test_fusing_the_same_gives_the_same(words: list[str], many: int, more: int) -> None:
    text = " ".join(words)
    got = fused(heard("whisper", *[text] * many), heard("funasr", *[text] * more))
    assert list(got.tokens) == words
    assert got.text == fused(heard("whisper", text)).text
    assert got.confidences == pytest.approx([0.7] * len(words))
    assert got.evidence.agreement == 1.0
    assert got.evidence.contested_share == 0.0


HYPOTHESES = st.lists(
    st.builds(
        ScoredHypothesis,
        text=WORDS.map(" ".join),
        confidence=st.floats(0, 1),
        posterior=st.floats(0.01, 1),
    ),
    max_size=5,
).map(tuple)


@given(HYPOTHESES, HYPOTHESES, st.sampled_from(["zh", "en", "mixed"]))
def test_the_order_of_the_engines_does_not_matter(
    a: tuple[ScoredHypothesis, ...], b: tuple[ScoredHypothesis, ...], language: str
) -> None:
    whisper = EngineHeard(engine="whisper", hypotheses=a)
    funasr = EngineHeard(engine="funasr", hypotheses=b)
    one = fuse((whisper, funasr), language, VOICE, SETTINGS)
    other = fuse((funasr, whisper), language, VOICE, SETTINGS)
    assert one.text == other.text
    assert one.confidences == other.confidences
    assert one.evidence == other.evidence
    assert all(0 <= confidence <= 1 for confidence in one.confidences)
    assert {token.lower() for token in one.tokens} <= {
        token for each in (*a, *b) for token in tokenize(each.text)
    }
    if one.engines and one.weights[0] != one.weights[1]:
        assert one.engines == other.engines


def test_nothing_drifts() -> None:
    """The document's own function multiplies into its table; ours is the same after 1000 calls."""
    answers = (
        heard("whisper", "我要查 order", "我要茶 order", confidence=0.9),
        heard("funasr", "我要查哦的", confidence=0.95),
    )
    tables = msgspec.json.encode(SETTINGS)
    first = fuse(answers, "zh", VOICE, SETTINGS)
    for _ in range(1000):
        assert fuse(answers, "zh", VOICE, SETTINGS) == first
    assert msgspec.json.encode(SETTINGS) == tables
    assert msgspec.json.decode(tables, type=FusionSettings) == SETTINGS


def test_posteriors_come_from_whole_texts() -> None:
    likely, less = scored(
        (
            Hypothesis(text="退货", log_probability=-0.1),
            Hypothesis(text="我要退货", log_probability=-0.2),
        ),
        ConfidenceCurve(),
    )
    assert likely.posterior == 1.0
    assert less.posterior == pytest.approx(math.exp(-1.0 + 0.3))
    assert 0 < less.confidence < likely.confidence < 1
    assert scored((), ConfidenceCurve()) == ()


GOOD = ScoredHypothesis(text="好", confidence=0.5)
BAD: list[tuple[ScoredHypothesis, str]] = [
    (replace(GOOD, confidence=math.nan), "confidence: got nan"),
    (replace(GOOD, confidence=1.5), "confidence: got 1.5"),
    (replace(GOOD, posterior=math.nan), "posterior: got nan"),
    (replace(GOOD, posterior=-1.0), "posterior: got -1"),
    (replace(GOOD, posterior=0.0), "posterior: got a sum of 0"),
    (replace(GOOD, token_confidences=(0.1, 0.2)), "confidences: got 2 values, expected 1"),
    (replace(GOOD, token_confidences=(math.nan,)), "confidences: got nan"),
    (replace(GOOD, text="\ud800"), "text: got a lone surrogate"),
    (replace(GOOD, text="好" * 20_001), "tokens: got 20001, expected at most 20000"),
    (replace(GOOD, text="x" * (2**20 + 1)), "text: got 1048577 bytes"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_hypotheses_that_are_none_are_refused(bad: ScoredHypothesis, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fused(EngineHeard(engine="whisper", hypotheses=(bad,)))
    assert fused(EngineHeard(engine="whisper", hypotheses=(GOOD,))).text == "好"


def test_too_many_and_weightless_are_refused() -> None:
    crowd = EngineHeard(engine="whisper", hypotheses=(GOOD,) * 1001)
    with pytest.raises(ValueError, match="readings: got 1001 items, expected at most 1000"):
        fused(crowd)
    assert fused(replace(crowd, hypotheses=(GOOD,) * 1000)).text == "好"
    nothing = replace(SETTINGS, mixed=EngineWeights(whisper=0.0, funasr=0.0))
    with pytest.raises(ValueError, match="weights: got a sum of 0"):
        fused(heard("whisper", "好"), heard("funasr", "好"), settings=nothing)
    with pytest.raises(ValueError, match=r"heard: got .*, expected each engine once"):
        fused(heard("whisper", "好"), heard("whisper", "好"))
    for field in ("voiced_ms", "duration_ms"):
        for bad in (math.nan, math.inf, -1.0):
            with pytest.raises(ValueError, match=f"{field}: got"):
                fuse((), "zh", replace(VOICE, **{field: bad}), SETTINGS)


@pytest.mark.parametrize(
    "bad",
    [
        {"zh": {"whisper": -0.1, "funasr": 1.0}},
        {"alpha": 1.5},
        {"sure_above": 2},
        {"fused_calibration": {"type": "table", "confidences": [], "shares": []}},
        {"fused_calibration": {"type": "curve", "slope": -1}},
        {"weight": 1},
    ],
)
def test_settings_that_are_none_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, FusionSettings)

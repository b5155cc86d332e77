"""What two recognisers heard of one utterance, voted into one text with what each is good at.

Tokens (Chinese characters, words) of all hypotheses are aligned and voted slot by slot (ROVER,
Fiscus 1997): a token's score is the sum, over the hypotheses that have it, of engine's weight times
hypothesis' posterior times calibrated confidence. Pure: weights are arguments, nothing is
remembered, and the order of the engines does not matter.

For profiles with two recognisers. In `lite` Whisper's own N-best is not voted: on 80 Mandarin and
70 English telephone lines voting changed the error rate by +1.2 points (-0.1 to +3.2) and
+0.3 (-2.1 to +2.7), and voting the short decode with the padded one where a guard doubts by
+0.8 (0 to +2.6) and -0.5 (-3.6 to +2.5): no gain outside the noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from engines._core import Calibration, fuse_readings, fusion_weights, tokenize, voiced_share
from engines.asr.confidence import ConfidenceCurve, confidence
from engines.asr.transcript import Hypothesis

EngineName = Literal["whisper", "funasr"]
Weight = Annotated[float, msgspec.Meta(ge=0, le=100)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Milliseconds = Annotated[float, msgspec.Meta(ge=0)]
Stretch = tuple[float, float]
"""(begin, end) in milliseconds."""
_LEAST_MS: Final = 20.0
_LEAST_LOG: Final = -50.0


class EngineWeights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each recogniser counts."""

    whisper: Weight
    funasr: Weight


DOCUMENT_BASE: Final = EngineWeights(whisper=0.6, funasr=0.4)
"""The base that the rows were given for: a base that differs moves every row in proportion."""


class CalibrationCurve(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="curve"
):
    """Platt's: 1 ÷ (1 + e^-(slope × log-odds + offset)); as it stands it changes nothing."""

    slope: Annotated[float, msgspec.Meta(ge=0, le=100)] = 1.0
    offset: Annotated[float, msgspec.Meta(ge=-100, le=100)] = 0.0


class CalibrationTable(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="table"
):
    """Knots of isotonic regression, straight lines between them."""

    confidences: Annotated[tuple[Share, ...], msgspec.Meta(min_length=1, max_length=1024)]
    """Rising."""
    shares: tuple[Share, ...]
    """Of right words at each, not falling."""


AnyCalibration = CalibrationCurve | CalibrationTable


class FusionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document's weights, and the vote's."""

    base: EngineWeights = DOCUMENT_BASE
    """What the optimiser moves; it reaches the rows as base ÷ the document's base."""
    zh: EngineWeights = EngineWeights(whisper=0.4, funasr=0.6)
    en: EngineWeights = EngineWeights(whisper=0.8, funasr=0.2)
    mixed: EngineWeights = EngineWeights(whisper=0.5, funasr=0.5)
    """Also of a language that is not known."""
    sure_above: Share = 0.8
    """An engine whose calibrated confidence exceeds this counts ``sure_factor`` times as much."""
    sure_factor: Weight = 1.2
    alpha: Share = 0.0
    """0: votes count by confidence, 1: by weight alone (ROVER's α)."""
    null_confidence: Share = 0.7
    """Of a hypothesis that has nothing where others have a token."""
    whisper_calibration: AnyCalibration = CalibrationCurve()
    funasr_calibration: AnyCalibration = CalibrationCurve()
    fused_calibration: AnyCalibration = CalibrationCurve()


class ScoredHypothesis(msgspec.Struct, frozen=True, kw_only=True):
    """One of an engine's N-best."""

    text: str
    confidence: float
    """0..1, of the whole, not calibrated."""
    posterior: float = 1.0
    """Beside the engine's others; they are made to sum to 1."""
    token_confidences: tuple[float, ...] = ()
    """0..1, one a token of ``engines._core.tokenize``; empty: ``confidence`` holds for all."""


class EngineHeard(msgspec.Struct, frozen=True, kw_only=True):
    """What one engine answered."""

    engine: EngineName
    hypotheses: tuple[ScoredHypothesis, ...]
    """Best first; empty: it did not answer, and the other one is heard alone."""


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """What the voice detector says of the utterance."""

    voiced_ms: Milliseconds
    duration_ms: Milliseconds
    voiced: tuple[Stretch, ...] = ()
    """Where there was voice, in order and apart."""
    spoken: tuple[Stretch, ...] = ()
    """When the tokens were said, where a recogniser knows it."""


class FusionEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Signs of whether the text was said; ``guards.py`` decides."""

    agreement: float
    """1 − edit distance ÷ the longer of the engines' best; 1 where one engine answered."""
    contested_share: float
    """Of the slots, those in which not all hypotheses have the same."""
    repeated_twice: int
    """Tokens of the longest stretch that stands twice in a row; 0: none does."""
    repeated_thrice: int
    voiced_share: float
    """Of the time of the tokens (else of the utterance), 0..1, with voice."""
    characters_per_s: float
    """Chinese characters, letters and digits to a second of voice (20 ms at the least)."""


class Fused(msgspec.Struct, frozen=True, kw_only=True):
    """One text out of several."""

    text: str
    tokens: tuple[str, ...]
    confidences: tuple[float, ...]
    """Of each token, 0..1, calibrated."""
    engines: tuple[EngineName, ...]
    """Whose spelling each token has."""
    confidence: float
    """Mean of the tokens'; 0 for no text."""
    weights: tuple[float, ...]
    """What each of the engines counted, in the order given."""
    evidence: FusionEvidence


def scored(
    hypotheses: Sequence[Hypothesis], curve: ConfidenceCurve
) -> tuple[ScoredHypothesis, ...]:
    """Whisper's N-best, with posteriors from the log-probabilities of whole texts."""
    totals = [one.log_probability * (len(tokenize(one.text)) + 1) for one in hypotheses]
    most = max(totals, default=0.0)
    return tuple(
        ScoredHypothesis(
            text=one.text,
            confidence=confidence(one.log_probability, curve),
            posterior=math.exp(max(_LEAST_LOG, total - most)),
        )
        for one, total in zip(hypotheses, totals, strict=True)
    )


def fuse(
    heard: Sequence[EngineHeard], language: str, voice: Voice, settings: FusionSettings
) -> Fused:
    """One text out of what the engines heard.

    Args:
        heard: each engine at most once; in any order.
        language: zh, en, mixed; another counts as mixed.
        voice: of the same utterance.
        settings: weights and calibrations.

    Raises:
        ValueError: a number is NaN or out of range, a text has a lone surrogate, an engine stands
            twice, or all weights are 0; ``name: got X, expected Y``.
    """
    names: list[EngineName] = [one.engine for one in heard]
    if len(set(names)) < len(names):
        raise ValueError(f"heard: got {names}, expected each engine once")
    for name, given in (("voiced_ms", voice.voiced_ms), ("duration_ms", voice.duration_ms)):
        if not 0 <= given < math.inf:
            raise ValueError(f"{name}: got {given}, expected 0 or more")
    calibrations = [_calibration(settings, name) for name in names]
    weights = _weights(heard, calibrations, language, settings)
    found = fuse_readings(
        [
            (weight, calibration, [_reading(one) for one in answer.hypotheses])
            for weight, calibration, answer in zip(weights, calibrations, heard, strict=True)
        ],
        alpha=settings.alpha,
        null_confidence=settings.null_confidence,
        calibration=_made(settings.fused_calibration),
    )
    return Fused(
        text=found.text,
        tokens=found.tokens,
        confidences=found.confidences,
        engines=tuple(names[place] for place in found.engines),
        confidence=found.confidence,
        weights=tuple(weights),
        evidence=FusionEvidence(
            agreement=found.agreement,
            contested_share=found.contested / found.slots if found.slots else 0.0,
            repeated_twice=found.repeated_twice,
            repeated_thrice=found.repeated_thrice,
            voiced_share=_voiced_share(voice),
            characters_per_s=found.characters * 1000 / max(_LEAST_MS, voice.voiced_ms),
        ),
    )


def _weights(
    heard: Sequence[EngineHeard],
    calibrations: Sequence[Calibration],
    language: str,
    settings: FusionSettings,
) -> list[float]:
    """Of each engine; 0 for one that did not answer."""
    rows = {"zh": settings.zh, "en": settings.en}
    row = rows.get(language, settings.mixed)
    answered = [place for place, one in enumerate(heard) if one.hypotheses]
    weights = [0.0] * len(heard)
    if not answered:
        return weights
    names = [heard[place].engine for place in answered]
    normalised = fusion_weights(
        [_of(row, name) for name in names],
        [_of(settings.base, name) for name in names],
        [_of(DOCUMENT_BASE, name) for name in names],
        [calibrations[place].apply(heard[place].hypotheses[0].confidence) for place in answered],
        threshold=settings.sure_above,
        factor=settings.sure_factor,
    )
    for place, weight in zip(answered, normalised, strict=True):
        weights[place] = weight
    return weights


def _of(weights: EngineWeights, name: EngineName) -> float:
    return weights.whisper if name == "whisper" else weights.funasr


def _calibration(settings: FusionSettings, name: EngineName) -> Calibration:
    whisper = name == "whisper"
    return _made(settings.whisper_calibration if whisper else settings.funasr_calibration)


def _made(calibration: AnyCalibration) -> Calibration:
    if isinstance(calibration, CalibrationCurve):
        return Calibration.curve(calibration.slope, calibration.offset)
    return Calibration.table(calibration.confidences, calibration.shares)


def _reading(one: ScoredHypothesis) -> tuple[str, float, float | Sequence[float]]:
    return one.text, one.posterior, one.token_confidences or one.confidence


def _voiced_share(voice: Voice) -> float:
    if voice.spoken:
        return voiced_share(voice.spoken, voice.voiced)
    return min(1.0, voice.voiced_ms / voice.duration_ms) if voice.duration_ms > 0 else 0.0

"""Voice and text as one feeling: a pure function of what both say, computed by the core.

The weights of the classes act once: each engine multiplies its own posterior by them (``text.py``,
``voice.py``) before it answers, so that here, where two posteriors that already carry them are
averaged, they act no second time.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np

from engines import _core
from engines.emotion.feeling import LABELS, NO_FEELING, Feeling, Positive, Share


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much each of the two counts, before they are normalised to 1."""

    voice: Positive
    text: Positive


DOCUMENT_BASE: Final = Weights(voice=0.6, text=0.4)
"""The base that ``TABLE`` was written beside: a base that is moved moves every row with it."""
TABLE: Final = {
    "angry": Weights(voice=0.7, text=0.3),
    "sad": Weights(voice=0.65, text=0.35),
    "happy": Weights(voice=0.55, text=0.45),
    "neutral": Weights(voice=0.4, text=0.6),
}


class FusionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is believed when voice and text differ."""

    base: Weights = DOCUMENT_BASE
    """Of an emotion that is not in the table; the optimiser moves it."""
    table: dict[str, Weights] = msgspec.field(default_factory=lambda: dict(TABLE))
    """By emotion, as they stand beside the document's base."""
    sure_above: Share = 0.75
    """A confidence above it is trusted more,"""
    sure_factor: Positive = 1.2
    """by this factor."""
    threshold: Share = 0.45
    """Fused confidence below which the fusion abstains."""


def effective(label: str, voice: Feeling, text: Feeling, settings: FusionSettings) -> Weights:
    """The weights of one class, summing to 1: row × (base ÷ document's base), sureness, sum."""
    for_voice, for_text = _core.emotion_weights(
        _pair(settings.table.get(label, DOCUMENT_BASE)),
        (voice.confidence, text.confidence),
        **_rule(settings),
    )
    return Weights(voice=for_voice, text=for_text)


def fuse(voice: Feeling, text: Feeling, settings: FusionSettings | None = None) -> Feeling:
    """Both posteriors, class by class, with the weights of the class; then normalised. Pure.

    One that has no scores leaves the other as it is; with neither there is no feeling. One that
    abstained but has scores still takes part: what it cannot decide alone it may tip.
    """
    settings = settings or FusionSettings()
    if not voice.scores or not text.scores:
        fused = voice if voice.scores else text if text.scores else NO_FEELING
    else:
        fused = _mixed(voice, text, settings)
    account = f"Emotion: {_said('voice', voice)}, {_said('text', text)} → {_named(fused)}."
    return msgspec.structs.replace(fused, reasons=(account,), prosody=voice.prosody)


def _mixed(voice: Feeling, text: Feeling, settings: FusionSettings) -> Feeling:
    rows = [_pair(settings.table.get(label, DOCUMENT_BASE)) for label in LABELS]
    fused, _, confidences = _core.fuse_emotions(
        np.array([voice.scores], np.float64),
        np.array([text.scores], np.float64),
        np.array([(voice.confidence, text.confidence)], np.float64),
        np.array([(voice.trust, text.trust)], np.float64),
        np.ones((1, 2), np.uint8),
        rows=np.array(rows, np.float64),
        **_rule(settings),
    )
    confidence = float(confidences[0])
    sure = confidence >= settings.threshold
    return Feeling(
        label=LABELS[int(fused[0].argmax())] if sure else "",
        confidence=confidence if sure else 0.0,
        scores=tuple(fused[0].tolist()),
    )


def _rule(settings: FusionSettings) -> dict[str, Any]:
    """What the kernel is told beside the rows of the table."""
    return {
        "base": _pair(settings.base),
        "document_base": _pair(DOCUMENT_BASE),
        "sure_above": settings.sure_above,
        "sure_factor": settings.sure_factor,
    }


def _pair(weights: Weights) -> tuple[float, float]:
    return weights.voice, weights.text


def _said(modality: str, feeling: Feeling) -> str:
    why = f" ({feeling.reasons[0]})" if feeling.reasons and feeling.reasons[0] else ""
    return f"{modality} {_named(feeling) if feeling.scores else 'none'}{why}"


def _named(feeling: Feeling) -> str:
    return f"{feeling.label} {feeling.confidence:.2f}" if feeling.label else "unsure"

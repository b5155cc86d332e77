"""What the emotion engines answer."""

from __future__ import annotations

from typing import Final

import msgspec

LABELS: Final = (
    "angry",
    "calm",
    "disgust",
    "fearful",
    "happy",
    "neutral",
    "sad",
    "surprised",
)
"""The eight classes, in the order of the posterior."""


class Feeling(msgspec.Struct, frozen=True, kw_only=True):
    """What one utterance sounds like."""

    label: str
    """One of ``LABELS``, or empty where the engine abstains."""
    confidence: float
    scores: tuple[float, ...] = ()
    """(8,) posteriors in the order of ``LABELS``, summing to 1."""

"""What the emotion engines answer."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from engines.emotion.baseline import Prosody

Positive = Annotated[float, msgspec.Meta(gt=0.0)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]

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

CLASS_WEIGHTS: Final = {
    "angry": 1.2,
    "calm": 0.8,
    "disgust": 1.0,
    "fearful": 1.1,
    "happy": 0.9,
    "neutral": 0.7,
    "sad": 1.3,
    "surprised": 1.0,
}
"""What each class of a posterior is multiplied by before arg-max, once a modality."""


class Feeling(msgspec.Struct, frozen=True, kw_only=True):
    """What one utterance sounds like."""

    label: str
    """One of ``LABELS``, or empty where the engine abstains."""
    confidence: float
    scores: tuple[float, ...] = ()
    """(8,) posteriors in the order of ``LABELS``, summing to 1; empty: nothing to judge by."""
    trust: float = 1.0
    """What the posterior was multiplied by to give the confidence: the text's language weight."""
    reasons: tuple[str, ...] = ()
    """What voice and text said and what came of it, for the turn record."""
    prosody: Prosody | None = None
    """How the utterance was said, where it was measured: the baseline is updated with it."""


NO_FEELING: Final = Feeling(label="", confidence=0.0)

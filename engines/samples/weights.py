"""How much of a voice is the person's, by the number and quality of the samples.

``spec.md`` 5: personal = 0.2 × min(1, n / 50) × max(0.5, quality / 0.8), base = 1 − personal, so
personal may reach 0.25; fewer than 20 usable samples are none.
"""

from __future__ import annotations

from typing import NamedTuple


class VoiceWeights(NamedTuple):
    """Shares of the stock voice and of the person."""

    base: float
    personal: float


def voice_weights(
    samples: int,
    quality: float,
    *,
    base: float = 0.8,
    personal: float = 0.2,
    least: int = 20,
    best: int = 50,
    threshold: float = 0.8,
) -> VoiceWeights:
    """The shares; their sum is that of ``base`` and ``personal``. Pure.

    Args:
        samples: how many are usable.
        quality: their mean, 0..1.
        base: share of the stock voice, and …
        personal: … of the person, for the best number of samples at the threshold.
        least: fewer have no share of their own.
        best: more have no larger one.
        threshold: quality that counts whole.
    """
    share = personal * min(1.0, samples / best) * max(0.5, quality / threshold)
    if samples < least:
        share = 0.0
    return VoiceWeights(base + personal - share, share)

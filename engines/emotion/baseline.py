"""How an utterance was said, in six figures, and what is usual for its caller."""

from __future__ import annotations

import math
from typing import Annotated, Final

import msgspec

SILENCE_DBFS: Final = -96.0
LEAST_VOICED_MS: Final = 300
"""Less voice than this says nothing of how a caller speaks."""
LEAST_UTTERANCES: Final = 2
"""So many of the caller's own utterances must have been heard before one is compared."""
_SEMITONES_ABOVE_HZ: Final = 55.0


class Prosody(msgspec.Struct, frozen=True, kw_only=True):
    """Of one utterance. All is 0, and the level −96, where there is no voice in it."""

    pitch_hz: float = 0.0
    """Median of the voiced frames."""
    pitch_spread: float = 0.0
    """Half the range that holds the middle 68 % of the pitch, in semitones."""
    level_dbfs: float = SILENCE_DBFS
    """RMS of the voiced frames."""
    level_spread: float = 0.0
    """Standard deviation of the voiced frames' levels, in dB."""
    rate_sps: float = 0.0
    """Syllable-like peaks per second of speech, pauses of 300 ms and longer left out."""
    voiced_ms: float = 0.0

    @property
    def measured(self) -> bool:
        """There is voice enough to compare."""
        return self.voiced_ms >= LEAST_VOICED_MS


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """How this caller spoke so far: Welford's running mean and sum of squares of ``features``."""

    count: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Utterances heard."""
    mean: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    squares: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    """Sum of squared differences from the mean."""

    @property
    def judges(self) -> bool:
        """Enough was heard to compare an utterance with."""
        return self.count >= LEAST_UTTERANCES


NO_BASELINE: Final = Baseline()


def features(prosody: Prosody) -> tuple[float, float, float, float, float]:
    """What is compared: pitch in semitones above 55 Hz, its spread, level, its spread, rate."""
    semitones = 12.0 * math.log2(max(prosody.pitch_hz, 1.0) / _SEMITONES_ABOVE_HZ)
    return (
        semitones,
        prosody.pitch_spread,
        prosody.level_dbfs,
        prosody.level_spread,
        prosody.rate_sps,
    )


def updated(baseline: Baseline, prosody: Prosody) -> Baseline:
    """The baseline with one more utterance; one with too little voice leaves it as it is."""
    if not prosody.measured:
        return baseline
    count = baseline.count + 1
    mean, squares = [], []
    for value, old, spread in zip(features(prosody), baseline.mean, baseline.squares, strict=True):
        new = old + (value - old) / count
        mean.append(new)
        squares.append(spread + (value - old) * (value - new))
    return msgspec.convert({"count": count, "mean": mean, "squares": squares}, Baseline)

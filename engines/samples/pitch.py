"""The pitch of a recording, and whether it is that of two people in turns."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines._core import ProsodyMeter

_CHUNK_S: Final = 5
_TURN_GAP: Final = 10
"""Frames of 20 ms without pitch that may lie between two people."""
_LEAST_SHARE: Final = 0.2
_LEAST_FRAMES: Final = 50
_LEAST_TURN: Final = 8


class Pitch(msgspec.Struct, frozen=True, kw_only=True):
    """Of the voiced frames; all 0 where there is none."""

    median_hz: float
    jump_semitones: float
    """Between the higher and the lower stretches of speech, where each keeps to its own side."""


def pitch_of(pcm: NDArray[np.int16], rate_hz: int) -> Pitch:
    """The pitch of (T,) int16 at 8000 to 48,000 Hz."""
    meter = ProsodyMeter(rate_hz)
    contours = []
    for at in range(0, len(pcm), _CHUNK_S * rate_hz):
        meter.reset()
        meter.push(np.ascontiguousarray(pcm[at : at + _CHUNK_S * rate_hz]))
        contours.append(meter.contour()[0])
    contour = np.concatenate(contours) if contours else np.zeros(0)
    voiced = contour[contour > 0]
    if voiced.size == 0:
        return Pitch(median_hz=0.0, jump_semitones=0.0)
    return Pitch(median_hz=float(np.median(voiced)), jump_semitones=_jump(contour))


def _jump(contour: NDArray[np.float64]) -> float:
    """Semitones between two groups of turns; 0 where there are no two."""
    turns = _turns(contour)
    frames = sum(len(turn) for turn in turns)
    if len(turns) < 2 or frames < _LEAST_FRAMES:
        return 0.0
    medians = np.array([np.median(turn) for turn in turns])
    order = np.argsort(medians)
    gaps = np.diff(medians[order])
    at = int(np.argmax(gaps))
    lower = [turns[place] for place in order[: at + 1]]
    upper = [turns[place] for place in order[at + 1 :]]
    share = sum(len(turn) for turn in lower) / frames
    if not _LEAST_SHARE <= share <= 1.0 - _LEAST_SHARE:
        return 0.0
    highest = np.percentile(np.concatenate(lower), 80)
    lowest = np.percentile(np.concatenate(upper), 20)
    return max(0.0, float(lowest - highest))


def _turns(contour: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Pitch in semitones of each stretch of speech between gaps of 0.2 s."""
    places = np.flatnonzero(contour > 0)
    cuts = np.flatnonzero(np.diff(places) > _TURN_GAP) + 1
    pieces = np.split(places, cuts)
    return [12.0 * np.log2(contour[piece]) for piece in pieces if len(piece) >= _LEAST_TURN]

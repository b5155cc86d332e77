"""Makes the sounds of a listening test alike in everything but the voice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from daemon.voices.errors import NothingToHear
from engines.samples.spans import voice_in
from engines.samples.spectrum import FRAMES_PER_S, decibel
from engines.tts.loudness import loudness

LOUDEST_LKFS: Final = -20.0
_PEAK: Final = 0.89
"""−1 dBFS."""
_LEAD_S: Final = 0.05
_TAIL_S: Final = 0.10
_RISE_DB: Final = np.float32(10.0)
"""About what the rises of speech lack to its level."""


def alike(
    sounds: Mapping[str, tuple[NDArray[np.int16], int]], rate_hz: int
) -> dict[str, NDArray[np.int16]]:
    """The same sounds at one rate, band, loudness (ITU-R BS.1770) and with the same edges.

    The loudness is one that all of them reach without clipping: no limiter, no one softer.

    Args:
        sounds: of each clip (T,) int16 and its rate.
        rate_hz: of what comes out; what lies above its half is gone from all.

    Raises:
        NothingToHear: a clip is silent.
    """
    shaped = {name: _edged(pcm, from_hz, rate_hz, name) for name, (pcm, from_hz) in sounds.items()}
    levels = {name: loudness(one, rate_hz) for name, one in shaped.items()}
    for name, level in levels.items():
        if not math.isfinite(level):
            raise NothingToHear(f"The clip {name} is silent.")
    room = [
        levels[name] + 20.0 * math.log10(_PEAK / float(np.abs(one).max()))
        for name, one in shaped.items()
    ]
    target = min([LOUDEST_LKFS, *room])
    return {
        name: np.rint(one * (10.0 ** ((target - levels[name]) / 20.0)) * 32767.0).astype(np.int16)
        for name, one in shaped.items()
    }


def _edged(pcm: NDArray[np.int16], from_hz: int, rate_hz: int, name: str) -> NDArray[np.float32]:
    """From the first to the last voice, as much around it as every other has, faded in and out."""
    samples = (pcm / 32768.0).astype(np.float32)
    if from_hz != rate_hz:
        samples = soxr.resample(samples, from_hz, rate_hz).astype(np.float32)
    hop = rate_hz // FRAMES_PER_S
    # What rumbles below speech is no voice: the rise from sample to sample, as in ``cutting``.
    rises = np.diff(samples, prepend=samples[:1])[: samples.size // hop * hop].reshape(-1, hop)
    spans = voice_in(decibel(np.mean(rises**2, axis=1)) + _RISE_DB).spans() if rises.size else []
    if not spans:
        raise NothingToHear(f"The clip {name} is silent.")
    lead, tail = int(_LEAD_S * rate_hz), int(_TAIL_S * rate_hz)
    start, end = spans[0][0] * hop, spans[-1][1] * hop
    padded = np.pad(samples, (lead, tail))[start : end + lead + tail]
    padded[:lead] *= np.linspace(0.0, 1.0, lead, dtype=np.float32)
    padded[-tail:] *= np.linspace(1.0, 0.0, tail, dtype=np.float32)
    return padded

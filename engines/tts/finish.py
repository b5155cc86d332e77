"""From a raw waveform to speech for the line: trimmed, and as loud as every other voice."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.tts.loudness import TELEPHONE_HZ, loudness
from engines.tts.voiced import voiced_span

LEAD_MS: Final = 20
TAIL_MS: Final = 80
LOUDNESS_LKFS: Final = -25.0
"""Of what a telephone carries, by ITU-R BS.1770: -21 to -20 with all that lies below 300 Hz. It
leaves 24 dB for peaks; of speech 99 % need no more than 23."""
PEAK: Final = 0.89
"""−1 dBFS: no clause is made louder than this."""


def finish(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.int16]:
    """(T,) float32 as synthesised → (U,) int16: voiced part with 20 ms in front and 80 ms behind.

    Its loudness is the same at the caller's ear whoever speaks: it is measured in the telephone's
    band, so a voice with much above 3.4 kHz is not made softer for what the caller cannot hear.
    Judge the waveform before (``guard.troubles``): of silence this makes silence.
    """
    start, end = voiced_span(samples, rate_hz)
    voice = samples[start:end].astype(np.float32)
    lead, tail = LEAD_MS * rate_hz // 1000, TAIL_MS * rate_hz // 1000
    before = samples[max(0, start - lead) : start]
    after = samples[end : end + tail]
    shaped = np.concatenate(
        [np.zeros(lead - before.size, np.float32), _faded_in(before), voice, _faded_out(after)]
    )
    shaped = np.pad(shaped * _gain(voice, rate_hz), (0, tail - after.size))
    pcm: NDArray[np.int16] = np.rint(np.clip(shaped, -PEAK, PEAK) * 32767.0).astype(np.int16)
    return pcm


def _gain(voice: NDArray[np.float32], rate_hz: int) -> float:
    if not voice.size:
        return 0.0
    wanted: float = 10.0 ** ((LOUDNESS_LKFS - loudness(voice, rate_hz, TELEPHONE_HZ)) / 20.0)
    return min(wanted, PEAK / float(np.abs(voice).max()))


def _faded_in(edge: NDArray[np.float32]) -> NDArray[np.float32]:
    return edge * np.linspace(0.0, 1.0, edge.size, dtype=np.float32)


def _faded_out(edge: NDArray[np.float32]) -> NDArray[np.float32]:
    return edge * np.linspace(1.0, 0.0, edge.size, dtype=np.float32)

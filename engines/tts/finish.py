"""From a raw waveform to speech for the line: trimmed, at one loudness; and what is no speech."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAD_MS: Final = 20
TAIL_MS: Final = 80
LOUDNESS_DBFS: Final = -20.0
"""Of the voiced part; leaves the line's codec about 17 dB of headroom for peaks."""
_PEAK: Final = 0.89
"""−1 dBFS: no clause is made louder than this."""
_WINDOW_S: Final = 0.010
_VOICED_BELOW_PEAK_DB: Final = 38.0
_SILENT_DBFS: Final = -50.0
_FASTEST_S: Final = 0.020
_SLOWEST_S: Final = 0.220
_EDGE_S: Final = 0.35


class NotSpeech(Exception):
    """The waveform is silent, broken or of an impossible length; the message says which."""


def finish(
    samples: NDArray[np.float32], rate_hz: int, tokens: int, speed: float = 1.0
) -> NDArray[np.int16]:
    """(T,) float32 as synthesised → (U,) int16: voiced part with 20 ms in front and 80 ms behind.

    Args:
        samples: the waveform of one clause.
        rate_hz: its rate.
        tokens: phonemes that it should say; 20 to 220 ms each are believed at speed 1.
        speed: that the waveform was asked for at; 0.5 is twice as long.

    Raises:
        NotSpeech: silence, values that are no numbers, or too short or too long for ``tokens``.
    """
    if samples.size == 0 or not np.isfinite(samples).all():
        raise NotSpeech("no waveform")
    start, end = voiced_span(samples, rate_hz)
    spoken_s = (end - start) / rate_hz
    if spoken_s < _FASTEST_S * tokens / speed - _EDGE_S:
        raise NotSpeech(f"{spoken_s:.2f} s for {tokens} phonemes: words are missing")
    if spoken_s > _SLOWEST_S * tokens / speed + _EDGE_S:
        raise NotSpeech(f"{spoken_s:.2f} s for {tokens} phonemes: it does not end")
    voice = samples[start:end].astype(np.float32)
    loud = _loudness(voice, rate_hz)
    gain = min(10.0 ** (LOUDNESS_DBFS / 20.0) / loud, _PEAK / float(np.abs(voice).max()))
    lead, tail = LEAD_MS * rate_hz // 1000, TAIL_MS * rate_hz // 1000
    before = samples[max(0, start - lead) : start]
    after = samples[end : end + tail]
    shaped = np.concatenate(
        [np.zeros(lead - before.size, np.float32), _faded_in(before), voice, _faded_out(after)]
    )
    shaped = np.pad(shaped * gain, (0, tail - after.size))
    pcm: NDArray[np.int16] = np.rint(np.clip(shaped, -_PEAK, _PEAK) * 32767.0).astype(np.int16)
    return pcm


def voiced_span(samples: NDArray[np.float32], rate_hz: int) -> tuple[int, int]:
    """First sample with voice in it, and one past the last; by windows of 10 ms.

    Raises:
        NotSpeech: there is no voice.
    """
    levels = _levels(samples, rate_hz)
    loudest = float(levels.max(initial=0.0))
    if loudest < 10.0 ** (_SILENT_DBFS / 20.0):
        raise NotSpeech("silence")
    voiced = np.flatnonzero(levels > loudest * 10.0 ** (-_VOICED_BELOW_PEAK_DB / 20.0))
    window = int(_WINDOW_S * rate_hz)
    return int(voiced[0]) * window, min(samples.size, (int(voiced[-1]) + 1) * window)


def _levels(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    window = int(_WINDOW_S * rate_hz)
    count = -(-samples.size // window)
    padded = np.pad(samples, (0, count * window - samples.size)).reshape(count, window)
    rms: NDArray[np.float32] = np.sqrt(np.mean(padded * padded, axis=1))
    return rms


def _loudness(voice: NDArray[np.float32], rate_hz: int) -> float:
    """RMS of the windows that are within 20 dB of the loudest: pauses do not count."""
    levels = _levels(voice, rate_hz)
    loud = levels[levels > levels.max() * 0.1]
    return float(np.sqrt(np.mean(loud * loud)))


def _faded_in(edge: NDArray[np.float32]) -> NDArray[np.float32]:
    return edge * np.linspace(0.0, 1.0, edge.size, dtype=np.float32)


def _faded_out(edge: NDArray[np.float32]) -> NDArray[np.float32]:
    return edge * np.linspace(1.0, 0.0, edge.size, dtype=np.float32)

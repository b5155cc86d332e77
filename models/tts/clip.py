"""Recordings for making and judging voices: WAV files in, 16 kHz float32 out."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from engines._core import g711_decode, g711_encode
from engines.errors import BadAudio

Floats = NDArray[np.float32]

RATE_HZ: Final = 16_000
TELEPHONE_HZ: Final = 4_000
"""Recordings that reach no higher came by telephone."""
LONGEST_S: Final = 600.0
_RATES_HZ: Final = (8_000, 96_000)
_LEAST_S: Final = 0.3
_SILENT: Final = 10.0 ** (-60.0 / 20.0)
_LEVEL: Final = 10.0 ** (-30.0 / 20.0)
_WINDOW: Final = 480
"""30 ms."""
_QUIET_BELOW: Final = 10.0 ** (-30.0 / 20.0)
_SMOOTHED: Final = 8
_KEPT_AROUND: Final = 3
"""Windows of silence kept on each side of speech."""


_MEND: Final = "Give a 16-bit WAV file of 8 to 96 kHz with speech in it."


def read(path: Path, start_s: float = 0.0, seconds: float | None = None) -> Floats:
    """(T,) float32 at 16 kHz, −1..1, of a 16-bit WAV file's first channel.

    Args:
        path: WAV, PCM, 8 to 96 kHz.
        start_s: where to begin.
        seconds: how much; None: up to the end, at most 10 minutes.

    Raises:
        BadAudio: no such WAV, nothing in that place, or less than 0.3 s.
    """
    try:
        with path.open("rb") as file, wave.open(file) as wav:
            rate, channels = wav.getframerate(), wav.getnchannels()
            if wav.getsampwidth() != 2 or not _RATES_HZ[0] <= rate <= _RATES_HZ[1]:
                raise BadAudio(f"{path} is no 16-bit WAV of 8 to 96 kHz.", mend=_MEND)
            wanted = LONGEST_S if seconds is None else min(seconds, LONGEST_S)
            wav.setpos(min(wav.getnframes(), max(0, int(start_s * rate))))
            content = wav.readframes(max(0, int(wanted * rate)))
    except OSError as error:
        raise BadAudio(f"{path} cannot be read: {error.strerror}.", mend=_MEND) from error
    except (wave.Error, EOFError) as error:
        raise BadAudio(f"{path} is no WAV file: {error}.", mend=_MEND) from error
    step = 2 * channels
    pcm = np.frombuffer(content[: len(content) // step * step], "<i2")[::channels]
    if pcm.size < _LEAST_S * rate:
        raise BadAudio(
            f"{path}: {pcm.size / rate:.2f} s is too short to know a speaker by.", mend=_MEND
        )
    return at_rate(pcm.astype(np.float32) / 32768.0, rate, RATE_HZ)


def at_rate(audio: Floats, rate_hz: int, wanted_hz: int) -> Floats:
    """(T,) float32 at another rate."""
    if rate_hz == wanted_hz:
        return audio
    return np.asarray(soxr.resample(audio, rate_hz, wanted_hz), dtype=np.float32)


def over_the_line(audio: Floats, rate_hz: int) -> NDArray[np.int16]:
    """(T,) float32 at any rate → (U,) int16 at 8 kHz as a telephone carries it: G.711 µ-law."""
    narrow = at_rate(audio, rate_hz, 8_000)
    pcm = np.rint(np.clip(narrow, -1.0, 1.0) * 32767.0).astype("<i2")
    return np.frombuffer(g711_decode(g711_encode(pcm.tobytes(), "ulaw"), "ulaw"), np.int16)


def telephone(audio: Floats, rate_hz: int) -> Floats:
    """(T,) float32 at any rate → the same at 16 kHz after a telephone line, nothing above 4 kHz."""
    return at_rate(over_the_line(audio, rate_hz).astype(np.float32) / 32768.0, 8_000, RATE_HZ)


def in_band(audio: Floats, rate_hz: int, band_hz: int) -> Floats:
    """(T,) float32 at any rate → at 16 kHz, as wide as recordings of that band."""
    narrow = band_hz <= TELEPHONE_HZ
    return telephone(audio, rate_hz) if narrow else at_rate(audio, rate_hz, RATE_HZ)


def speech_only(audio: Floats) -> Floats:
    """(T,) at 16 kHz → speech at −30 dBFS, with silences of 0.2 s at most.

    Voice is what comes within 30 dB of the clip's loud windows, smoothed over 0.24 s. GE2E hears
    level, which is no part of a voice: all are brought to what it was trained on.

    Raises:
        BadAudio: there is nothing but silence.
    """
    count = audio.size // _WINDOW
    if count == 0:
        raise BadAudio("A clip of less than 30 ms.", mend=_MEND)
    whole = audio[: count * _WINDOW]
    levels = np.sqrt(np.mean(whole.reshape(count, _WINDOW) ** 2, axis=1))
    loud = float(np.percentile(levels, 95))
    if not loud > _SILENT:
        raise BadAudio("A clip without voice.", mend=_MEND)
    voiced = (levels > loud * _QUIET_BELOW).astype(np.float32)
    smooth = np.convolve(voiced, np.ones(_SMOOTHED) / _SMOOTHED, mode="same") >= 0.5
    kept = np.convolve(smooth, np.ones(2 * _KEPT_AROUND + 1), mode="same") > 0
    if not kept.any():  # a click: short and alone
        kept = voiced > 0
    speech = whole[np.repeat(kept, _WINDOW)]
    return np.asarray(speech * (_LEVEL / float(np.sqrt(np.mean(speech**2)))), dtype=np.float32)

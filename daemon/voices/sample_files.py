"""Samples as WAV files, and what two copies of a recording have in common."""

from __future__ import annotations

import hashlib
import io
import wave
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from daemon.voices.errors import VoiceError

COMMON_HZ: Final = 16_000
Pcm = NDArray[np.int16]


def at_common_rate(pcm: Pcm, rate_hz: int) -> Pcm:
    """(T,) int16 at 16 kHz."""
    return pcm if rate_hz == COMMON_HZ else np.asarray(soxr.resample(pcm, rate_hz, COMMON_HZ))


def digest(common: Pcm) -> str:
    """SHA-256 of (T,) int16 at 16 kHz, hexadecimal."""
    return hashlib.sha256(common.astype("<i2").tobytes()).hexdigest()


def wav(pcm: Pcm, rate_hz: int) -> bytes:
    """(T,) int16 as a mono WAV file."""
    into = io.BytesIO()
    with wave.open(into, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm.astype("<i2").tobytes())
    return into.getvalue()


def read_wav(path: Path) -> tuple[Pcm, int]:
    """What ``wav`` wrote: (T,) int16 and its rate.

    Raises:
        VoiceError: it is missing or damaged.
    """
    try:
        with path.open("rb") as content:
            return pcm_of(content)
    except (OSError, EOFError, ValueError, wave.Error) as reason:
        raise VoiceError(f"{path} cannot be read: {reason}.", mend=_MEND) from None


def pcm_of(content: BinaryIO) -> tuple[Pcm, int]:
    """What ``wav`` made. Raises EOFError, ValueError, wave.Error: it is something else."""
    with wave.open(content, "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise wave.Error("not mono int16")
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


def wav_seconds(path: Path) -> float:
    """Its duration. Raises VoiceError as ``read_wav``."""
    pcm, rate_hz = read_wav(path)
    return len(pcm) / rate_hz


_MEND: Final = (
    "Put the file back from a backup, or remove the folder of the voice and enrol it again."
)

"""Resampling, beside the soxr quality whose figures are nearest.

That is MQ (``benchmarks.resampler_response``), the least of soxr's that holds 0.1 dB up to 3.4 kHz
and 80 dB from 4 kHz on.
``scipy.signal.resample_poly`` has its default filter, which is shorter and holds less.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import gcd
from typing import Final

import numpy as np
import scipy
import soxr
from numpy.typing import NDArray
from scipy.signal import resample_poly

from benchmarks.core_rows.duel import Duel
from engines._core import Resampler, resample

QUALITY: Final = "MQ"
PAIRS: Final = ((8000, 16000), (24000, 8000), (48000, 8000))
SECONDS: Final = 10
FRAMES_S: Final = 50

Pcm = NDArray[np.int16]


def duels() -> list[Duel]:
    """Whole arrays and 20 ms at a time, of int16; resample_poly, of float32, for information."""
    return [
        duel(from_hz, to_hz)
        for from_hz, to_hz in PAIRS
        for duel in (_whole, _streaming, _polyphase)
    ]


def _whole(from_hz: int, to_hz: int) -> Duel:
    pcm = _voice_like(from_hz)
    ours = partial(resample, pcm, from_hz, to_hz)
    theirs = partial(soxr.resample, pcm, from_hz, to_hz, quality=QUALITY)
    return Duel(
        key="resample",
        what=f"{from_hz // 1000} → {to_hz // 1000} kHz, {SECONDS} s of int16",
        peer=f"soxr {soxr.__version__} {QUALITY}",
        ours=ours,
        theirs=theirs,
        required=1.0,
        check=partial(_agree, ours, theirs),
    )


def _streaming(from_hz: int, to_hz: int) -> Duel:
    pcm = _voice_like(from_hz)
    frames = list(pcm.reshape(-1, from_hz // FRAMES_S))
    ours = Resampler(from_hz, to_hz)
    theirs = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality=QUALITY)

    def run_ours() -> None:
        for frame in frames:
            ours.push(frame)

    def run_theirs() -> None:
        for frame in frames:
            theirs.resample_chunk(frame)

    return Duel(
        key="resample",
        what=f"{from_hz // 1000} → {to_hz // 1000} kHz, {SECONDS} s as {len(frames)} frames",
        peer=f"soxr {soxr.__version__} {QUALITY}, streaming",
        ours=run_ours,
        theirs=run_theirs,
        required=1.0,
    )


def _polyphase(from_hz: int, to_hz: int) -> Duel:
    voice = _voice_like(from_hz).astype(np.float32) / 32768
    common = gcd(from_hz, to_hz)
    ours = partial(resample, voice, from_hz, to_hz)
    theirs = partial(resample_poly, voice, to_hz // common, from_hz // common)
    return Duel(
        key="resample_poly",
        what=f"{from_hz // 1000} → {to_hz // 1000} kHz, {SECONDS} s of float32",
        peer=f"scipy {scipy.__version__} resample_poly",
        ours=ours,
        theirs=theirs,
        check=partial(_agree, ours, theirs),
    )


def _agree(ours: Callable[[], Pcm], theirs: Callable[[], Pcm]) -> None:
    """Both are the tones that went in, to half a per cent of their power, away from the ends."""
    here = ours()[400:-400].astype(np.float64)
    there = theirs()[400 : 400 + here.size].astype(np.float64)
    assert here.size == there.size
    assert np.mean((here - there) ** 2) < 0.005 * np.mean(there**2)


def _voice_like(rate_hz: int) -> Pcm:
    """(T,) int16: tones between 200 and 3000 Hz, which every filter here lets through."""
    at = np.arange(SECONDS * rate_hz) / rate_hz
    tones = [np.sin(2 * np.pi * tone_hz * at + tone_hz) for tone_hz in range(200, 3001, 200)]
    pcm: Pcm = (1500 * np.sum(tones, axis=0)).astype(np.int16)
    return pcm

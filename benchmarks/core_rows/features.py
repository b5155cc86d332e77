"""Spectral features of 10 s at 16 kHz, beside the libraries that are used for them.

faster-whisper's extractor is numpy. kaldi-native-fbank takes a list of floats and gives a frame at
a time: both are part of what it costs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.metadata import version
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.core_rows.duel import Duel
from engines._core import Fbank, LogMel, fbank, log_mel

RATE_HZ: Final = 16000
SECONDS: Final = 10
TICK: Final = RATE_HZ // 50
PADDING: Final = 160
"""What faster-whisper appends."""
LOG_MEL_TOLERANCE: Final = 1e-4
FBANK_TOLERANCE: Final = 1e-3

Floats = NDArray[np.float32]


def duels() -> list[Duel]:
    """Whole arrays, of which a ratio is required; more bands and 20 ms at a time beside it."""
    return [
        _log_mel(80, required=3.0),
        _log_mel(128),
        _log_mel_streaming(),
        _fbank(required=4.0),
        _fbank_streaming(),
    ]


def _log_mel(bands: int, required: float | None = None) -> Duel:
    audio = _voice_like()
    ours = partial(log_mel, audio, bands, len(audio) + PADDING)
    theirs = partial(_extractor(bands), audio)
    return Duel(
        key="log_mel",
        what=f"log-mel, {bands} bands, {SECONDS} s",
        peer=_named("faster-whisper"),
        ours=ours,
        theirs=theirs,
        required=required,
        check=partial(_agree, ours, theirs, LOG_MEL_TOLERANCE),
    )


def _log_mel_streaming() -> Duel:
    audio = _voice_like()
    ticks, mel = list(audio.reshape(-1, TICK)), LogMel(80, len(audio))

    def ours() -> Floats:
        mel.reset()
        for tick in ticks:
            mel.push(tick)
        return mel.spectrogram(padded=len(audio) + PADDING)

    theirs = partial(_extractor(80), audio)
    return Duel(
        key="log_mel",
        what=f"log-mel, 80 bands, {SECONDS} s pushed 20 ms at a time; theirs at once",
        peer=_named("faster-whisper"),
        ours=ours,
        theirs=theirs,
        check=partial(_agree, ours, theirs, LOG_MEL_TOLERANCE),
    )


def _fbank(required: float | None = None) -> Duel:
    audio = _voice_like()
    ours, theirs = partial(fbank, audio), partial(_kaldi, audio, len(audio))
    return Duel(
        key="fbank",
        what=f"fbank, 80 bands, {SECONDS} s",
        peer=_named("kaldi-native-fbank"),
        ours=ours,
        theirs=theirs,
        required=required,
        check=partial(_agree, ours, theirs, FBANK_TOLERANCE),
    )


def _fbank_streaming() -> Duel:
    audio = _voice_like()
    ticks, stream = list(audio.reshape(-1, TICK)), Fbank()

    def ours() -> Floats:
        frames = [stream.push(tick) for tick in ticks]
        stream.flush()
        return np.concatenate(frames)

    theirs = partial(_kaldi, audio, TICK)
    return Duel(
        key="fbank",
        what=f"fbank, 80 bands, {SECONDS} s pushed 20 ms at a time",
        peer=_named("kaldi-native-fbank"),
        ours=ours,
        theirs=theirs,
        check=partial(_agree, ours, theirs, FBANK_TOLERANCE),
    )


def _extractor(bands: int) -> Callable[[Floats], Floats]:
    library: Any = import_module("faster_whisper.feature_extractor")
    extract: Callable[[Floats], Floats] = library.FeatureExtractor(feature_size=bands)
    return extract


def _kaldi(audio: Floats, chunk: int) -> Floats:
    """As FunASR asks for it: int16 range, Hamming, no dither."""
    library: Any = import_module("kaldi_native_fbank")
    options = library.FbankOptions()
    options.frame_opts.samp_freq = RATE_HZ
    options.frame_opts.dither = 0
    options.frame_opts.window_type = "hamming"
    options.mel_opts.num_bins = 80
    computer = library.OnlineFbank(options)
    scaled = audio * np.float32(32768)
    for start in range(0, len(audio), chunk):
        computer.accept_waveform(RATE_HZ, scaled[start : start + chunk].tolist())
    frames: Floats = np.stack([computer.get_frame(n) for n in range(computer.num_frames_ready)])
    return frames


def _agree(ours: Callable[[], Floats], theirs: Callable[[], Floats], tolerance: float) -> None:
    np.testing.assert_allclose(ours(), theirs(), atol=tolerance)


def _named(package: str) -> str:
    return f"{package} {version(package)}"


def _voice_like() -> Floats:
    """Noise under a harmonic tone that comes and goes."""
    time = np.arange(RATE_HZ * SECONDS) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * 150 * harmonic * time) / harmonic for harmonic in range(1, 20))
    noise = np.random.default_rng(0).standard_normal(len(time)) * 0.01
    audio: Floats = (0.1 * tone * (np.sin(2 * np.pi * 2 * time) > 0) + noise).astype(np.float32)
    return audio

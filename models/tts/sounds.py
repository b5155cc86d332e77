"""What is said, frame by frame, rather than who says it: Whisper's encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from engines._core import log_mel
from engines.backend.ctranslate2 import StorageView, open_whisper
from models.tts.clip import RATE_HZ, Floats

HOP: Final = RATE_HZ // 50
"""Samples of a frame."""
LONGEST: Final = 28 * RATE_HZ
_MARGIN: Final = 2 * RATE_HZ
"""Silence behind: less of it disturbs the encoder."""
_BANDS: Final = 80


def comparable(sounds: Floats, mean: Floats, deviation: Floats) -> Floats:
    """(F, D) frames to rows of length 1, in deviations from the mean: products are cosines."""
    whitened = (sounds - mean) / (deviation + 1e-6)
    return np.asarray(whitened / (np.linalg.norm(whitened, axis=1, keepdims=True) + 1e-9))


class Sounds:
    """``sounds(audio)``: (T,) float32 at 16 kHz, 28 s at most, to (T // 320, 512) float32.

    Args:
        release: folder of the objects of ``lite``: ``asr_whisper``.

    Raises:
        WeightsUnusable: a file is missing or broken.
    """

    def __init__(self, release: Path) -> None:
        self._whisper = open_whisper(
            release / "asr_whisper", threads=1, compute_type="int8_float32"
        )

    def __call__(self, audio: Floats) -> Floats:
        """Hear one piece."""
        mel = log_mel(np.pad(audio, (0, _MARGIN)).astype(np.float32), _BANDS)
        mel = np.ascontiguousarray(mel[None, :, : mel.shape[1] // 2 * 2])
        encoded = self._whisper.encode(StorageView.from_array(mel), to_cpu=True)
        return np.asarray(encoded)[0, : audio.size // HOP].astype(np.float32)

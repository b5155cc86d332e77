"""GE2E speaker encoder: who speaks, as a vector of 256. The judge that no fit ever optimises.

After L. Wan et al., "Generalized end-to-end loss for speaker verification" (ICASSP 2018,
arXiv:1710.10467), with the published weights of Resemblyzer (an LSTM of three layers, trained on
LibriSpeech and VoxCeleb), whose tensor names it carries. Features as those weights were trained on:
40 mel powers (no logarithm; Slaney's scale and areas) of 25 ms every 10 ms, Hann window. A clip is
heard in parts of 1.6 s, 1.3 a second, whose vectors are averaged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.tts.judge_names import FILES
from models.tts.judge_weights import tensors

RATE_HZ: Final = 16_000
SIZE: Final = 256
FILE: Final = FILES["ge2e"]
_WINDOW, _HOP, _BANDS = 400, 160, 40
_PART: Final = 160
"""Frames of a part."""
_STEP: Final = round(RATE_HZ / 1.3 / _HOP)
_LEAST_COVERED: Final = 0.75
_TRAINING = ("similarity_weight", "similarity_bias")


class Ge2e(nn.Module):  # type: ignore[misc]  # torch is not where types are checked
    """Speaker embedding; the gradient reaches the audio.

    The weights expect −30 dBFS and few silences: ``models.tts.clip.speech_only``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(_WINDOW), persistent=False)
        filters = torch.from_numpy(_mel_filters())
        self.register_buffer("filters", filters, persistent=False)
        self.lstm = nn.LSTM(_BANDS, SIZE, 3, batch_first=True)
        self.linear = nn.Linear(SIZE, SIZE)

    def forward(self, audio: Tensor) -> Tensor:
        """(B, T) float32 audio at 16 kHz, −1..1 → (B, 256) of length 1."""
        starts = part_starts(audio.shape[1])
        least = (starts[-1] + _PART) * _HOP
        padded = nn.functional.pad(audio, (0, max(0, least - audio.shape[1])))
        mel = self.features(padded)
        parts = torch.stack([mel[:, start : start + _PART] for start in starts], dim=1)
        _, (hidden, _) = self.lstm(parts.flatten(0, 1))
        vectors = nn.functional.normalize(torch.relu(self.linear(hidden[-1])), dim=1)
        mean = vectors.unflatten(0, (audio.shape[0], len(starts))).mean(dim=1)
        return nn.functional.normalize(mean, dim=1)

    def features(self, audio: Tensor) -> Tensor:
        """(B, T) float32 at 16 kHz → (B, F, 40) float32, F = T // 160 + 1."""
        spectrum = torch.stft(
            audio.float(),
            _WINDOW,
            _HOP,
            window=self.window,
            center=True,
            pad_mode="constant",
            return_complex=True,
        )
        power = spectrum.real.square() + spectrum.imag.square()
        return (self.filters @ power).transpose(1, 2)


def load(path: Path) -> Ge2e:
    """The network with its weights, ready to judge.

    Args:
        path: ``pretrained.pt``, or the folder of objects that has it.

    Raises:
        WeightsUnusable: missing, damaged or of another network.
    """
    file = path / FILE if path.is_dir() else path
    return tensors(file, inside="model_state", without=_TRAINING).fill(Ge2e())


def part_starts(samples: int) -> list[int]:
    """First frames of the parts of a clip; the last part only where three quarters are audio."""
    frames = -(-(samples + 1) // _HOP)
    starts = list(range(0, max(1, frames - _PART + _STEP + 1), _STEP))
    covered = (samples - starts[-1] * _HOP) / (_PART * _HOP)
    return starts[:-1] if covered < _LEAST_COVERED and len(starts) > 1 else starts


def _mel_filters() -> NDArray[np.float32]:
    """(40, 201): Slaney's triangles up to 8 kHz, of equal area."""
    edges = _slaney_hz(np.linspace(0.0, _slaney_mel(RATE_HZ / 2), _BANDS + 2))
    frequencies = np.linspace(0.0, RATE_HZ / 2, _WINDOW // 2 + 1)
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None], dtype=np.float32)


_LINEAR_HZ: Final = 200.0 / 3
_BREAK_HZ: Final = 1000.0
_LOG_STEP: Final = float(np.log(6.4)) / 27.0


def _slaney_mel(hz: float) -> float:
    """M. Slaney, Auditory Toolbox (1998): linear below 1 kHz, logarithmic above."""
    if hz < _BREAK_HZ:
        return hz / _LINEAR_HZ
    return _BREAK_HZ / _LINEAR_HZ + float(np.log(hz / _BREAK_HZ)) / _LOG_STEP


def _slaney_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    at_break = _BREAK_HZ / _LINEAR_HZ
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, at_break) - at_break))
    return np.where(mel < at_break, mel * _LINEAR_HZ, above)

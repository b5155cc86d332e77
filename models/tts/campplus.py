"""CAM++: who speaks, as a vector of 192. It chooses among the variants of a voice.

After H. Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using
Context-Aware Masking" (Interspeech 2023, arXiv:2303.00332), in the sizes of the weights that
3D-Speaker published for Mandarin and English, whose tensor names it carries. Features as those
weights were trained on: 80 log mel energies as Kaldi computes them (25 ms every 10 ms, Povey's
window, pre-emphasis 0.97, no dither), each band's mean over the clip taken away.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.tts.judge_weights import tensors

RATE_HZ: Final = 16_000
SIZE: Final = 192
FILE: Final = "speaker_campplus/campplus_cn_en_common.pt"
_WINDOW, _HOP, _TRANSFORM, _BANDS = 400, 160, 512, 80
_LOWEST_HZ: Final = 20.0
_EMPHASIS: Final = 0.97
_LEAST_POWER: Final = 2.0**-23
_PLANES: Final = 32
_FIRST: Final = 128
_GROWTH: Final = 32
_NARROW: Final = 4 * _GROWTH
_BLOCKS: Final = ((12, 1), (24, 2), (16, 2))
"""Layers and dilation of each."""
_SEGMENT: Final = 100
"""Frames over which the context of a mask is averaged, beside the whole."""


class CamPlusPlus(nn.Module):  # type: ignore[misc]  # torch is not where types are checked
    """Speaker embedding; the gradient reaches the audio."""

    def __init__(self) -> None:
        super().__init__()
        window = torch.hann_window(_WINDOW, periodic=False, dtype=torch.float64) ** 0.85
        self.register_buffer("window", window.float(), persistent=False)
        self.register_buffer("filters", _mel_filters(), persistent=False)
        self.head = _Head()
        self.xvector = nn.ModuleDict({"tdnn": _Tdnn(_PLANES * _BANDS // 8, _FIRST)})
        channels = _FIRST
        for place, (layers, dilation) in enumerate(_BLOCKS, 1):
            self.xvector[f"block{place}"] = _Block(channels, layers, dilation)
            channels += layers * _GROWTH
            self.xvector[f"transit{place}"] = _Transit(channels)
            channels //= 2
        self.xvector["out_nonlinear"] = _norm(nn.BatchNorm1d(channels))
        self.xvector["dense"] = _Dense(2 * channels)

    def forward(self, audio: Tensor) -> Tensor:
        """(B, T) float32 audio at 16 kHz, −1..1 → (B, 192) of length 1."""
        layers = self.xvector
        x = layers["tdnn"](self.head(self.features(audio)))
        for place in range(1, len(_BLOCKS) + 1):
            x = layers[f"transit{place}"](layers[f"block{place}"](x))
        x = torch.relu(layers["out_nonlinear"](x))
        vector = layers["dense"](torch.cat([x.mean(dim=2), x.std(dim=2)], dim=1))
        return functional.normalize(vector, dim=1)

    def features(self, audio: Tensor) -> Tensor:
        """(B, T) float32 at 16 kHz, 25 ms at least → (B, 80, F) float32, F = (T − 240) // 160."""
        frames = audio.unfold(1, _WINDOW, _HOP)
        frames = frames - frames.mean(dim=2, keepdim=True)
        before = torch.cat([frames[:, :, :1], frames[:, :, :-1]], dim=2)
        spectrum = torch.fft.rfft((frames - _EMPHASIS * before) * self.window, _TRANSFORM)
        power = spectrum.real.square() + spectrum.imag.square()
        mel = (power @ self.filters).clamp(min=_LEAST_POWER).log().transpose(1, 2)
        return mel - mel.mean(dim=2, keepdim=True)


def load(path: Path) -> CamPlusPlus:
    """The network with its weights: no gradients to them, averages fixed.

    Args:
        path: ``campplus_cn_en_common.pt``, or the folder of objects that has it.

    Raises:
        WeightsUnusable: missing, damaged or of another network.
    """
    return tensors(path / FILE if path.is_dir() else path).fill(CamPlusPlus())


def _norm(norm: nn.Module) -> nn.Sequential:
    """Under the name that the published tensors have."""
    named = nn.Sequential()
    named.add_module("batchnorm", norm)
    return named


class _Residual(nn.Module):  # type: ignore[misc]
    """Two convolutions over bands and time; the first may halve the bands."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.conv1 = _conv2d(_PLANES, stride)
        self.bn1 = nn.BatchNorm2d(_PLANES)
        self.conv2 = _conv2d(_PLANES)
        self.bn2 = nn.BatchNorm2d(_PLANES)
        self.shortcut = nn.Sequential()
        if stride > 1:
            beside = nn.Conv2d(_PLANES, _PLANES, 1, stride=(stride, 1), bias=False)
            self.shortcut = nn.Sequential(beside, nn.BatchNorm2d(_PLANES))

    def forward(self, x: Tensor) -> Tensor:
        inside = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(inside)) + self.shortcut(x))


class _Head(nn.Module):  # type: ignore[misc]
    """(B, 80, F) → (B, 320, F): 32 planes of ten bands."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = _conv2d(1)
        self.bn1 = nn.BatchNorm2d(_PLANES)
        self.layer1 = nn.Sequential(_Residual(2), _Residual(1))
        self.layer2 = nn.Sequential(_Residual(2), _Residual(1))
        self.conv2 = _conv2d(_PLANES, 2)
        self.bn2 = nn.BatchNorm2d(_PLANES)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.bn1(self.conv1(x.unsqueeze(1))))
        x = self.layer2(self.layer1(x))
        return torch.relu(self.bn2(self.conv2(x))).flatten(1, 2)


class _Tdnn(nn.Module):  # type: ignore[misc]
    """Halves the frames."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(inputs, outputs, 5, stride=2, padding=2, bias=False)
        self.nonlinear = _norm(nn.BatchNorm1d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.nonlinear(self.linear(x)))


class _Mask(nn.Module):  # type: ignore[misc]
    """A convolution, masked by what is heard around and in the whole."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(
            _NARROW, _GROWTH, 3, padding=dilation, dilation=dilation, bias=False
        )
        self.linear1 = nn.Conv1d(_NARROW, _NARROW // 2, 1)
        self.linear2 = nn.Conv1d(_NARROW // 2, _GROWTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        around = functional.avg_pool1d(x, _SEGMENT, _SEGMENT, ceil_mode=True)
        around = around.repeat_interleave(_SEGMENT, dim=2)[:, :, : x.shape[2]]
        context = torch.relu(self.linear1(x.mean(dim=2, keepdim=True) + around))
        return self.linear_local(x) * torch.sigmoid(self.linear2(context))


class _Layer(nn.Module):  # type: ignore[misc]
    def __init__(self, inputs: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _norm(nn.BatchNorm1d(inputs))
        self.linear1 = nn.Conv1d(inputs, _NARROW, 1, bias=False)
        self.nonlinear2 = _norm(nn.BatchNorm1d(_NARROW))
        self.cam_layer = _Mask(dilation)

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear1(torch.relu(self.nonlinear1(x)))
        return self.cam_layer(torch.relu(self.nonlinear2(x)))


class _Block(nn.ModuleDict):  # type: ignore[misc]
    """Each layer sees what all before it made."""

    def __init__(self, inputs: int, layers: int, dilation: int) -> None:
        super().__init__(
            {
                f"tdnnd{place + 1}": _Layer(inputs + place * _GROWTH, dilation)
                for place in range(layers)
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.values():
            x = torch.cat([x, layer(x)], dim=1)
        return x


class _Transit(nn.Module):  # type: ignore[misc]
    """Halves the channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = _norm(nn.BatchNorm1d(channels))
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(torch.relu(self.nonlinear(x)))


class _Dense(nn.Module):  # type: ignore[misc]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, SIZE, 1, bias=False)
        self.nonlinear = _norm(nn.BatchNorm1d(SIZE, affine=False))

    def forward(self, x: Tensor) -> Tensor:
        return self.nonlinear(self.linear(x.unsqueeze(2)).squeeze(2))


def _conv2d(inputs: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, _PLANES, 3, stride=(stride, 1), padding=1, bias=False)


def _mel_filters() -> Tensor:
    """(257, 80): Kaldi's triangles, straight on the mel scale, from 20 Hz to 8 kHz."""

    def mel(hz: Tensor) -> Tensor:
        return 1127.0 * torch.log1p(hz / 700.0)

    lowest, highest = (mel(torch.tensor(hz)) for hz in (_LOWEST_HZ, RATE_HZ / 2))
    edges = torch.linspace(float(lowest), float(highest), _BANDS + 2)
    width = float(edges[1] - edges[0])
    places = mel(torch.arange(_TRANSFORM // 2 + 1) * (RATE_HZ / _TRANSFORM))[:, None]
    filters = torch.minimum(places - edges[:-2], edges[2:] - places).clamp(min=0.0) / width
    filters[-1] = 0.0  # Kaldi leaves the last bin out
    return filters

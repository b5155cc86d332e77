"""ECAPA-TDNN: who speaks, as a vector of 192. What the fit of a voice optimises.

Network after B. Desplanques, J. Thienpondt and K. Demuynck, "ECAPA-TDNN" (Interspeech 2020,
arXiv:2005.07143), in the sizes of the published weights (1024 channels, VoxCeleb 1 and 2), whose
tensor names it carries. Features as those weights were trained on: 80 log mel energies in dB of
25 ms every 10 ms, Hamming window, zero padding at both ends, each band's mean over the clip taken
away. Convolutions reflect at their edges.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from models.tts.judge_names import FILES
from models.tts.judge_weights import tensors

RATE_HZ: Final = 16_000
SIZE: Final = 192
FILE: Final = FILES["ecapa"]
_WINDOW, _HOP, _BANDS = 400, 160, 80
_CHANNELS, _POOLED, _NARROW, _GROUPS = 1024, 3072, 128, 8
_LEAST_POWER: Final = 1e-10
_RANGE_DB: Final = 80.0


class Heard(NamedTuple):
    """What the network makes of speech."""

    embedding: Tensor
    """(B, 192) of length 1."""
    means: tuple[Tensor, ...]
    """Over time, of the four layers that are pooled: (B, 1024) three times, (B, 3072)."""
    deviations: tuple[Tensor, ...]
    """The same, of their standard deviations."""


class Ecapa(nn.Module):  # type: ignore[misc]  # torch is not where types are checked
    """Speaker embedding; the gradient reaches the audio."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hamming_window(_WINDOW), persistent=False)
        self.register_buffer("filters", _mel_filters(), persistent=False)
        self.blocks = nn.ModuleList(
            [_Tdnn(_BANDS, _CHANNELS, 5), *(_Block(dilation) for dilation in (2, 3, 4))]
        )
        self.mfa = _Tdnn(3 * _CHANNELS, _POOLED, 1)
        self.asp = _AttentivePooling()
        self.asp_bn = _Norm(2 * _POOLED)
        self.fc = _Conv(2 * _POOLED, SIZE, 1)

    def forward(self, audio: Tensor) -> Tensor:
        """(B, T) float32 audio at 16 kHz, −1..1 → (B, 192) of length 1."""
        return self.hear(audio).embedding

    def hear(self, audio: Tensor) -> Heard:
        """(B, T) float32 audio at 16 kHz, −1..1 → what ``forward`` gives, and what led to it."""
        x = self.blocks[0](self.features(audio))
        outputs = []
        for block in self.blocks[1:]:
            x = block(x)
            outputs.append(x)
        pooled = self.mfa(torch.cat(outputs, dim=1))
        x = self.fc(self.asp_bn(self.asp(pooled)))
        return Heard(
            embedding=nn.functional.normalize(x.squeeze(2).float(), dim=1),
            means=tuple(layer.mean(dim=2) for layer in (*outputs, pooled)),
            deviations=tuple(layer.std(dim=2) for layer in (*outputs, pooled)),
        )

    def features(self, audio: Tensor) -> Tensor:
        """(B, T) float32 at 16 kHz → (B, 80, F) float32, F = T // 160 + 1."""
        with torch.autocast(audio.device.type, enabled=False):
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
            mel = 10.0 * torch.log10((self.filters @ power).clamp(min=_LEAST_POWER))
            mel = torch.maximum(mel, mel.amax(dim=(1, 2), keepdim=True) - _RANGE_DB)
            return mel - mel.mean(dim=2, keepdim=True)


def load(path: Path) -> Ecapa:
    """The network with its weights, ready to judge: no gradients to them, averages fixed.

    Args:
        path: ``embedding_model.ckpt``, or the folder of objects that has it.

    Raises:
        WeightsUnusable: missing, damaged or of another network.
    """
    return tensors(path / FILE if path.is_dir() else path).fill(Ecapa())


class _Conv(nn.Module):  # type: ignore[misc]
    """A convolution as long as its input, reflected at the edges."""

    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(
            inputs,
            outputs,
            kernel,
            dilation=dilation,
            padding=dilation * (kernel - 1) // 2,
            padding_mode="reflect" if kernel > 1 else "zeros",
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class _Norm(nn.Module):  # type: ignore[misc]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x)


class _Tdnn(nn.Module):  # type: ignore[misc]
    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv = _Conv(inputs, outputs, kernel, dilation)
        self.norm = _Norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(torch.relu(self.conv(x)))


class _Res2Net(nn.Module):  # type: ignore[misc]
    """Eight groups of channels; from the third on each sees what the one before made."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        width = _CHANNELS // _GROUPS
        self.blocks = nn.ModuleList(_Tdnn(width, width, 3, dilation) for _ in range(_GROUPS - 1))

    def forward(self, x: Tensor) -> Tensor:
        first, second, *others = x.chunk(_GROUPS, dim=1)
        outputs = [first, self.blocks[0](second)]
        for part, block in zip(others, self.blocks[1:], strict=True):
            outputs.append(block(part + outputs[-1]))
        return torch.cat(outputs, dim=1)


class _SqueezeExcitation(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = _Conv(_CHANNELS, _NARROW, 1)
        self.conv2 = _Conv(_NARROW, _CHANNELS, 1)

    def forward(self, x: Tensor) -> Tensor:
        weights = torch.relu(self.conv1(x.mean(dim=2, keepdim=True)))
        return torch.sigmoid(self.conv2(weights)) * x


class _Block(nn.Module):  # type: ignore[misc]
    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.tdnn1 = _Tdnn(_CHANNELS, _CHANNELS, 1)
        self.res2net_block = _Res2Net(dilation)
        self.tdnn2 = _Tdnn(_CHANNELS, _CHANNELS, 1)
        self.se_block = _SqueezeExcitation()

    def forward(self, x: Tensor) -> Tensor:
        return x + self.se_block(self.tdnn2(self.res2net_block(self.tdnn1(x))))


class _AttentivePooling(nn.Module):  # type: ignore[misc]
    """Mean and deviation over time, weighted for each channel by what is heard of the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.tdnn = _Tdnn(3 * _POOLED, _NARROW, 1)
        self.conv = _Conv(_NARROW, _POOLED, 1)

    def forward(self, x: Tensor) -> Tensor:
        equal = torch.full_like(x[:, :1], 1.0 / x.shape[2])
        whole = [part.unsqueeze(2).expand_as(x) for part in _moments(x, equal)]
        attention = self.conv(torch.tanh(self.tdnn(torch.cat([x, *whole], dim=1))))
        return torch.cat(_moments(x, attention.softmax(dim=2)), dim=1).unsqueeze(2)


def _moments(x: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    mean = (weights * x).sum(dim=2)
    variance = (weights * (x - mean.unsqueeze(2)).square()).sum(dim=2)
    return mean, variance.clamp(min=1e-12).sqrt()


def _mel_filters() -> Tensor:
    """(80, 201): triangles up to 8 kHz, as wide on the right as on the left of their middle."""
    top = 2595.0 * math.log10(1.0 + RATE_HZ / 2 / 700.0)
    edges = 700.0 * (10.0 ** (torch.linspace(0.0, top, _BANDS + 2) / 2595.0) - 1.0)
    middles, widths = edges[1:-1, None], (edges[1:] - edges[:-1])[:-1, None]
    frequencies = torch.linspace(0.0, RATE_HZ / 2, _WINDOW // 2 + 1)
    return (1.0 - (frequencies - middles).abs() / widths).clamp(min=0.0)

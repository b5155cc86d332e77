"""Kokoro's decoder in torch: what the front end gives and a style become a waveform.

The network is StyleTTS 2's decoder (Y. A. Li et al., NeurIPS 2023) with the vocoder of iSTFTNet
(T. Kaneko et al., ICASSP 2022), as Kokoro v1.0 was exported: weight norm folded in, no noise added
to the source. Style and offsets of the norms have a gradient; the weights are fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor

from engines.tts.kokoro_norms import PLACES
from models.tts.front_end import Features
from models.tts.onnx_file import OnnxFile
from models.tts.styled_snake import EPSILON, StyledSnake
from models.tts.voice_packs import DECODER

RATE_HZ: Final = 24_000
_FFT: Final = 20
_HOP: Final = 5
_SAMPLES_PER_PITCH: Final = 300
_HARMONICS: Final = 9
_VOICED_HZ: Final = 10.0
_DILATIONS: Final = (1, 3, 5)
_UP: Final = ((10, 5), (6, 3))
"""(stride, padding) of the two up-sampling convolutions."""
_PREFIX: Final = "/decoder/decoder/"


class Style(NamedTuple):
    """What the decoder speaks with."""

    row: Tensor
    """(1, 128) float32, the decoder's half of a row of a voice."""
    offsets: Tensor | None = None
    """(37396,) float32, as in a voice's file; None: none."""


class Decoder:
    """``decoder(features, style)``; weights are those of the float32 ONNX file.

    Args:
        weights: by path, as ``decoder_weights`` reads them.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self._w = weights

    def __call__(self, features: Features, style: Style) -> Tensor:
        """Speak.

        Args:
            features: of one sentence.
            style: of a voice.

        Returns:
            (1, T) float32, about −1..1, 24 kHz; T is 600 a frame.
        """
        text = torch.from_numpy(features.text)
        pitch = torch.from_numpy(features.pitch)
        energy = torch.from_numpy(features.energy)
        curves = torch.cat(
            [
                self._conv("F0_conv", pitch[:, None], stride=2, padding=1),
                self._conv("N_conv", energy[:, None], stride=2, padding=1),
            ],
            dim=1,
        )
        x = self._block("encode", torch.cat([text, curves], dim=1), style)
        beside = torch.cat([self._conv("asr_res.asr_res.0", text), curves], dim=1)
        for place in range(4):
            x = self._block(f"decode.{place}", torch.cat([x, beside], dim=1), style, up=place == 3)
        return self._vocode(x, style, self._source(pitch))

    def norm_spread(self, timbres: np.ndarray) -> Tensor:
        """(37396,) float32: by how much voices differ in each number of the norms.

        Args:
            timbres: (V, 128) float32, the decoder's halves of the voices.
        """
        rows = torch.from_numpy(np.ascontiguousarray(timbres, dtype=np.float32))
        spreads = [F.linear(rows, self._w[f"{path}.fc.weight"]).std(dim=0) for path in PLACES]
        return torch.cat(spreads)

    def _conv(self, path: str, x: Tensor, **options: int) -> Tensor:
        return F.conv1d(x, self._w[path], self._w.get(f"{path}.bias"), **options)

    def _style(self, path: str, style: Style) -> tuple[Tensor, Tensor]:
        """Gain and shift, (1, C, 1) each."""
        both = F.linear(style.row, self._w[f"{path}.fc.weight"], self._w[f"{path}.fc.bias"])
        if style.offsets is not None:
            both = both + style.offsets[PLACES[path]]
        gain, shift = both[:, :, None].chunk(2, dim=1)
        return 1 + gain, shift

    def _norm(self, path: str, x: Tensor, style: Style) -> Tensor:
        gain, shift = self._style(path, style)
        return torch.addcmul(shift, F.instance_norm(x, eps=EPSILON), gain)

    def _block(self, path: str, x: Tensor, style: Style, *, up: bool = False) -> Tensor:
        """A residual block of the part before the vocoder; ``up`` doubles the frames."""
        h = F.leaky_relu(self._norm(f"{path}.norm1", x, style), 0.2)
        beside = x
        if up:
            pool = f"{path}.pool"
            h = F.conv_transpose1d(
                h,
                self._w[pool],
                self._w[f"{pool}.bias"],
                stride=2,
                padding=1,
                output_padding=1,
                groups=h.shape[1],
            )
            beside = beside.repeat_interleave(2, dim=2)
        h = self._conv(f"{path}.conv1", h, padding=1)
        h = F.leaky_relu(self._norm(f"{path}.norm2", h, style), 0.2)
        h = self._conv(f"{path}.conv2", h, padding=1)
        if f"{path}.conv1x1" in self._w:
            beside = self._conv(f"{path}.conv1x1", beside)
        return (h + beside) * 0.5**0.5

    def _vocode(self, x: Tensor, style: Style, source: Tensor) -> Tensor:
        for stage, (stride, padding) in enumerate(_UP):
            path = f"generator.ups.{stage}"
            x = F.leaky_relu(x, 0.1)
            x = F.conv_transpose1d(
                x, self._w[path], self._w[f"{path}.bias"], stride=stride, padding=padding
            )
            step, reach = ((6, 3), (1, 0))[stage]
            heard = self._conv(f"generator.noise_convs.{stage}", source, stride=step, padding=reach)
            with torch.no_grad():  # the gradient's direction stays (cosine 0.98), at two thirds
                heard = self._resonate(f"generator.noise_res.{stage}", heard, style)
            if stage == 1:
                x = F.pad(x, (1, 0), mode="reflect")
            x = x + heard
            blocks = [f"generator.resblocks.{3 * stage + place}" for place in range(3)]
            x = (
                self._resonate(blocks[0], x, style)
                + self._resonate(blocks[1], x, style)
                + self._resonate(blocks[2], x, style)
            ) / 3
        x = self._conv("generator.conv_post", F.leaky_relu(x, 0.01), padding=3)
        level, phase = x[:, : _FFT // 2 + 1].exp(), x[:, _FFT // 2 + 1 :].sin()
        spectrum = torch.cat([level * phase.cos(), level * phase.sin()], dim=1)
        wave = F.conv_transpose1d(spectrum, self._w["inverse_basis"], stride=_HOP)[:, 0]
        return wave[:, _FFT // 2 : -(_FFT // 2)] * (_FFT / _HOP)

    def _resonate(self, path: str, x: Tensor, style: Style) -> Tensor:
        """Three pairs of convolutions, each behind norm and Snake, each pair added to its input."""
        for place, dilation in enumerate(_DILATIONS):
            h = x
            for half, spread in ((1, dilation), (2, 1)):
                gain, shift = self._style(f"{path}.adain{half}.{place}", style)
                alpha = self._w[f"{path}.alpha{half}.{place}"]
                h = StyledSnake.apply(h, gain, shift, alpha)
                conv = f"{path}.convs{half}.{place}"
                reach = (self._w[conv].shape[2] - 1) // 2 * spread
                h = self._conv(conv, h, padding=reach, dilation=spread)
            x = x + h
        return x

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _source(self, pitch: Tensor) -> Tensor:
        """Nine harmonics of the pitch, mixed: magnitude and phase, (1, 22, 240 F) float32."""
        hertz = pitch[:, :, None] * torch.arange(1, _HARMONICS + 1)
        turns = torch.cumsum(hertz.div(RATE_HZ) % 1, dim=1) * (2 * torch.pi * _SAMPLES_PER_PITCH)
        angle = F.interpolate(
            turns.transpose(1, 2), scale_factor=float(_SAMPLES_PER_PITCH), mode="linear"
        )
        voiced = (pitch > _VOICED_HZ).float().repeat_interleave(_SAMPLES_PER_PITCH, dim=1)
        waves = angle.sin().mul_(0.1).mul_(voiced[:, None]).transpose(1, 2)
        mixed = torch.tanh(waves @ self._w["source"] + self._w["source.bias"])[:, :, 0]
        spectrum = torch.stft(
            mixed, _FFT, _HOP, _FFT, window=torch.hann_window(_FFT), return_complex=True
        )
        return torch.cat([spectrum.abs(), spectrum.angle()], dim=1)


def decoder_weights(path: Path) -> dict[str, Tensor]:
    """Read the decoder's weights out of Kokoro's float32 ONNX file.

    Convolutions were renamed by the exporter; they are found by their operators, whose names are
    the modules' paths.

    Raises:
        WeightsUnusable: the file is not the network that this was written for.
    """
    found: dict[str, Tensor] = {}

    def take(name: str, source: str) -> None:
        found[name] = torch.from_numpy(file.weight(source))

    with OnnxFile(path) as file:
        for node in file.nodes:
            if not node.name.startswith(_PREFIX):
                continue
            module, _, kind = node.name.removeprefix(_PREFIX).rpartition("/")
            module = module.replace("/", ".")
            if module.endswith("istft.stft"):
                if kind == "ConvTranspose":
                    take("inverse_basis", node.inputs[1])
            elif kind in {"Conv", "ConvTranspose"}:
                take(module, node.inputs[1])
                if len(node.inputs) > 2:
                    take(f"{module}.bias", node.inputs[2])
            elif kind == "Gemm":
                take(f"{module}.weight", node.inputs[1])
                take(f"{module}.bias", node.inputs[2])
            elif module.endswith("l_linear") and kind == "MatMul":
                take("source", node.inputs[1])
            elif module.endswith("l_linear") and kind == "Add":
                take("source.bias", node.inputs[0])
            else:
                for name in node.inputs:
                    if ".alpha" in name and name.startswith("decoder.decoder."):
                        take(name.removeprefix("decoder.decoder."), name)
    return found


def spoken_in_row(decoder: Decoder, features: Features, pack: np.ndarray) -> Tensor:
    """(1, T) float32 at 24 kHz, without a gradient: in the row of a voice for so long a sentence.

    Args:
        decoder: Kokoro's.
        features: of one sentence.
        pack: (510, 1, 256) float32, the voice.
    """
    with torch.inference_mode():
        return decoder(features, style_of(pack[features.tokens - 1, :, :DECODER]))


def style_of(row: np.ndarray) -> Style:
    """The style of a row, (128,) or (1, 128) float32 numpy."""
    return Style(torch.from_numpy(np.ascontiguousarray(row, dtype=np.float32)).reshape(1, -1))

"""What a voice is fitted to: a person's recordings, as what ECAPA makes of them and a pitch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.errors import BadAudio
from models.tts.clip import RATE_HZ, at_rate, read, speech_only
from models.tts.ecapa import Ecapa
from models.tts.pitch_contour import pitch_contour

Floats = NDArray[np.float32]

LEAST_S: Final = 5.0
MOST_S: Final = 90.0
_PIECE_S: Final = 3.0
_OFFSETS: Final = 2
"""Each second is heard in as many pieces, which begin at different places."""


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """The targets of a fit."""

    embedding: Tensor
    """(192,) float32 of length 1: the mean direction of the pieces."""
    means: tuple[Tensor, ...]
    deviations: tuple[Tensor, ...]
    """Of the network's layers, (C,) each: means over the pieces."""
    pitch_hz: float
    """Median over voiced speech."""
    seconds: float
    """Of speech, silences cut out."""


def speech(files: Sequence[Path], band_hz: int) -> list[Floats]:
    """The recordings, silences cut out: (T,) float32 at 16 kHz each.

    Args:
        files: 16-bit WAV files of one person.
        band_hz: at 4000 all are narrowed to the telephone's band.

    Raises:
        BadAudio: a file cannot be read, there is nothing in one, or together they are too short.
    """
    parts: list[Floats] = []
    for file in files:
        audio = read(file)
        if band_hz <= 4000:
            audio = at_rate(at_rate(audio, RATE_HZ, 8000), 8000, RATE_HZ)
        try:
            parts.append(speech_only(audio))
        except BadAudio as reason:
            raise BadAudio(f"{file.name}: {reason.message}", mend=reason.mend) from reason
    seconds = sum(part.size for part in parts) / RATE_HZ
    if seconds < LEAST_S:
        raise BadAudio(f"{seconds:.1f} s of speech: a voice needs {LEAST_S:.0f} s at least.")
    ends = np.cumsum([part.size for part in parts]) - MOST_S * RATE_HZ
    return [
        part[: part.size - max(0, int(end))]
        for part, end in zip(parts, ends, strict=True)
        if end < part.size
    ]


def listen(audio: Floats, ecapa: Ecapa) -> Speaker:
    """Measure what a fit aims at.

    Raises:
        BadAudio: no voiced sound in it.
    """
    size = int(_PIECE_S * RATE_HZ)
    pieces = []
    with torch.inference_mode():
        for offset in range(0, size, size // _OFFSETS):
            rest = audio[offset:]
            count = max(1, round(rest.size / size)) if rest.size >= size // 2 or not offset else 0
            for piece in np.array_split(rest, count) if count else ():
                heard = torch.from_numpy(np.ascontiguousarray(piece))[None]
                pieces.append(ecapa.hear(heard))
    # Outside of inference mode: the fit's gradient passes through what comes of them.
    mean = _mean([one.embedding for one in pieces])
    return Speaker(
        embedding=mean / mean.norm(),
        means=tuple(map(_mean, zip(*(one.means for one in pieces), strict=True))),
        deviations=tuple(map(_mean, zip(*(one.deviations for one in pieces), strict=True))),
        pitch_hz=_pitch(audio),
        seconds=audio.size / RATE_HZ,
    )


def _mean(rows: Sequence[Tensor]) -> Tensor:
    return torch.cat(tuple(rows)).mean(dim=0)


def _pitch(audio: Floats) -> float:
    contour = pitch_contour(audio)
    voiced = contour[contour > 0]
    if not voiced.size:
        raise BadAudio("There is no voiced sound in the recordings.")
    return float(np.median(voiced))

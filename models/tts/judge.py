"""A judge of voices: whose voice a clip is, as a vector of length 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.errors import WeightsUnusable
from models.tts import ecapa, ge2e
from models.tts.clip import RATE_HZ, Floats, speech_only
from models.tts.judge_names import JudgeName

_PIECE_S: Final = 6.0
"""A longer clip is heard in pieces of this length, which bounds the memory it takes."""


class Judge:
    """One network that tells speakers apart.

    Args:
        name: ``ecapa``, which the fit optimises, or ``ge2e``, which it never does.
        weights: folder of the objects of ``kefuctl pull --profile voice``.

    Raises:
        WeightsUnusable: its file is missing, damaged or of another network.
    """

    def __init__(self, name: JudgeName, weights: Path) -> None:
        if not weights.is_dir():
            raise WeightsUnusable(f"There is no folder {weights}.")
        self.name = name
        self._network = (ecapa if name == "ecapa" else ge2e).load(weights)

    def embed(self, audio: Floats) -> Floats:
        """(T,) float32 at 16 kHz → (192,) or (256,) of length 1.

        Raises:
            BadAudio: as ``embedded``.
        """
        return embedded(self._network, audio)


def embedded(network: Callable[[Tensor], Tensor], audio: Floats) -> Floats:
    """(T,) float32 at 16 kHz → (D,) of length 1, by a network for (1, T).

    Silence is cut out, and the rest brought to −30 dBFS.

    Raises:
        BadAudio: less than 30 ms, or nothing but silence.
    """
    speech = speech_only(audio)
    count = max(1, round(speech.size / RATE_HZ / _PIECE_S))
    with torch.inference_mode():
        vectors = [
            network(torch.from_numpy(np.ascontiguousarray(piece))[None])[0].numpy()
            for piece in np.array_split(speech, count)
        ]
    return centre(vectors)


def centre(vectors: Sequence[NDArray[np.float32]]) -> Floats:
    """The mean direction of (D,) vectors, of length 1."""
    mean = np.mean(np.stack(vectors), axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)

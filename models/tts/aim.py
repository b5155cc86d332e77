"""What a fit aims at: that ECAPA hears the person, in its embedding and in the layers below it.

An embedding alone is pleased by much that is no voice. The moments of the layers (as L. Gatys et
al., CVPR 2016, compare images) leave less of that: ``models/tts/CARD.md`` has what they bring.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from models.tts.ecapa import Ecapa, Heard
from models.tts.references import Speaker

_LEAST_DEVIATION: Final = 1e-3
_MOST_APART: Final = 9.0


class Aim:
    """``aim(audio)``: (1, T) float32 at 16 kHz to how far it is from the person, () float32.

    Args:
        ecapa: who listens.
        speaker: the person.
        layers: weight of the layers' distance beside the embedding's, which is 1 − cosine.
    """

    def __init__(self, ecapa: Ecapa, speaker: Speaker, layers: float) -> None:
        self._ecapa, self._speaker, self._layers = ecapa, speaker, layers

    def __call__(self, audio: Tensor) -> Tensor:
        """The gradient reaches the audio."""
        heard = self._ecapa.hear(audio)
        unlike = 1 - (heard.embedding[0] * self._speaker.embedding).sum()
        return unlike + self._layers * self._inside(heard)

    def _inside(self, heard: Heard) -> Tensor:
        """The squared distance of means, in deviations, and of the logarithms of deviations.

        Means more than three deviations apart count as three, and have no slope.
        """
        speaker, apart = self._speaker, []
        for layer, (mean, spread) in enumerate(zip(heard.means, heard.deviations, strict=True)):
            wanted = speaker.deviations[layer] + _LEAST_DEVIATION
            off = ((mean[0] - speaker.means[layer]) / wanted).square().clamp(max=_MOST_APART)
            wider = ((spread[0] + _LEAST_DEVIATION) / wanted).log().square()
            apart.append(off.mean() + wider.mean())
        return torch.stack(apart).mean()

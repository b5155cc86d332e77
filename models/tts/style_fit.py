"""The style of a person's voice by gradient: an offset on the decoder half of a stock voice.

The offset is shared by all rows of the pack and is measured in what stock voices differ
by. What is minimised, a few sentences a step, is how far ECAPA hears the synthetic speech
from the person, how far its long-term spectrum is from theirs, and how far the offset reaches.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.tts.decoder import Decoder
from models.tts.ecapa import Ecapa
from models.tts.front_end import Features
from models.tts.line_filter import LineFilter
from models.tts.long_term_spectrum import LongTermSpectrum
from models.tts.references import Speaker
from models.tts.voice_packs import DECODER

Floats = NDArray[np.float32]


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How a style is fitted."""

    steps: int = 64
    together: int = 1
    """Sentences a step; ECAPA hears them as one."""
    rate: float = 0.12
    """Of Adam at the start, in standard deviations; it falls to a tenth."""
    pull: float = 0.02
    """Weight of the mean square of the coordinates."""
    spectrum: float = 0.3
    """Weight of the spectra's mean square distance, in units of (10 dB)²."""
    averaged: int = 12
    """The outcome is the mean of as many last iterates."""
    seed: int = 19


class FitState(msgspec.Struct, kw_only=True):
    """Everything a fit goes on from."""

    z: Floats
    """(K,) coordinates of the offset, in standard deviations of the stock voices."""
    first: Floats
    """(K,) Adam's first moment."""
    second: Floats
    """(K,) Adam's second moment."""
    total: Floats
    """(K,) sum of the iterates that are averaged."""
    spectra: Floats
    """(S, B) dB: the person's spectrum, as each sentence's sounds change it."""
    losses: list[float]
    """Of each step so far."""

    @classmethod
    def nowhere(cls) -> FitState:
        """Before anything was measured: ``StyleFit.begin`` makes the first state."""
        none = np.zeros(0, np.float32)
        return cls(z=none, first=none, second=none, total=none, spectra=none, losses=[])

    @property
    def step(self) -> int:
        """Steps taken."""
        return len(self.losses)


class StyleFit:
    """One fit.

    Args:
        decoder: Kokoro's.
        ecapa: who is heard.
        line: what of 24 kHz is heard.
        spectrum: long-term spectra in the same band.
        speaker: the person.
        sentences: S of them, from the front end.
        pack: (510, 1, 256) float32 to begin with.
        basis: (K, 128) float32 directions.
        recipe: how.
    """

    def __init__(
        self,
        *,
        decoder: Decoder,
        ecapa: Ecapa,
        line: LineFilter,
        spectrum: LongTermSpectrum,
        speaker: Speaker,
        sentences: Sequence[Features],
        pack: Floats,
        basis: Floats,
        recipe: Recipe,
    ) -> None:
        self._decoder, self._ecapa = decoder, ecapa
        self._line, self._spectrum, self._speaker = line, spectrum, speaker
        self._sentences, self._pack = sentences, pack
        self._basis = torch.from_numpy(basis)
        self.recipe = recipe

    def begin(self) -> FitState:
        """The state before the first step: every sentence is spoken once as it is."""
        size = len(self._basis)
        with torch.inference_mode():
            own = [self._spectrum(self._say(features)) for features in self._sentences]
        spectra = torch.stack(own)
        spectra += self._speaker.spectrum - spectra.mean(dim=0)
        return FitState(
            z=np.zeros(size, np.float32),
            first=np.zeros(size, np.float32),
            second=np.zeros(size, np.float32),
            total=np.zeros(size, np.float32),
            spectra=spectra.numpy(),
            losses=[],
        )

    def step(self, state: FitState) -> float:
        """Take one step, in place, and return its loss."""
        places = self._order(state.step)
        z = torch.from_numpy(state.z).clone().requires_grad_()
        loss = self._loss(z, places, state.spectra)
        loss.backward()
        self._adam(state, z.grad.numpy())
        if state.step >= self.recipe.steps - self.recipe.averaged:
            state.total += state.z
        state.losses.append(float(loss.detach()))
        return state.losses[-1]

    def outcome(self, state: FitState) -> Floats:
        """(510, 1, 256) float32: the pack with the offset on it."""
        averaged = state.step - (self.recipe.steps - self.recipe.averaged)
        z = state.total / averaged if averaged > 0 else state.z
        pack = self._pack.copy()
        pack[:, 0, :DECODER] += z @ self._basis.numpy()
        return pack

    def _say(self, features: Features, offset: Tensor | float = 0.0) -> Tensor:
        """(1, T) float32 at 16 kHz: a sentence as it is heard."""
        row = torch.from_numpy(self._pack[features.tokens - 1, :, :DECODER])
        return self._line(self._decoder(features, row + offset))

    def _loss(self, z: Tensor, places: Sequence[int], spectra: Floats) -> Tensor:
        offset = z @ self._basis
        heard = [self._say(self._sentences[place], offset) for place in places]
        embedding = self._ecapa(torch.cat(heard, dim=1))[0]
        unlike = 1 - (embedding * self._speaker.embedding).sum()
        apart = [
            ((self._spectrum(one) - torch.from_numpy(spectra[place])) / 10).square().mean()
            for one, place in zip(heard, places, strict=True)
        ]
        recipe = self.recipe
        return (
            unlike + recipe.spectrum * torch.stack(apart).mean() + recipe.pull * z.square().mean()
        )

    def _order(self, step: int) -> list[int]:
        """Which sentences a step speaks: each once, then each again in another order."""
        count, places = len(self._sentences), []
        for place in range(step * self.recipe.together, (step + 1) * self.recipe.together):
            turn, rest = divmod(place, count)
            order = np.random.default_rng([self.recipe.seed, turn]).permutation(count)
            places.append(int(order[rest]))
        return places

    def _adam(self, state: FitState, slope: Floats) -> None:
        """D. Kingma, J. Ba, "Adam", ICLR 2015, with β 0.9 and 0.98."""
        count = state.step + 1
        state.first += 0.1 * (slope - state.first)
        state.second += 0.02 * (slope**2 - state.second)
        first = state.first / (1 - 0.9**count)
        second = state.second / (1 - 0.98**count)
        fall = 0.55 + 0.45 * np.cos(np.pi * min(1.0, state.step / self.recipe.steps))
        state.z -= (self.recipe.rate * fall * first / (np.sqrt(second) + 1e-8)).astype(np.float32)

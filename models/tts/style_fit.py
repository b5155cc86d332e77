"""The style of a person's voice by gradient: an offset on the decoder half of a stock voice.

The offset is shared by all rows of the pack and is measured in what stock voices differ
by. What is minimised, a few sentences a step, is how far ECAPA hears the synthetic speech
from the person (``Aim``), how far its long-term spectrum is from theirs, and how far the offset
reaches.
What is left of the spectrum's distance is the voice's equaliser.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.tts.equaliser import band_centres
from models.tts.aim import Aim
from models.tts.decoder import Decoder
from models.tts.disturbance import disturbed
from models.tts.front_end import Features
from models.tts.line_filter import LineFilter
from models.tts.long_term_spectrum import LongTermSpectrum
from models.tts.same_sounds import SameSounds
from models.tts.voice_packs import DECODER

Floats = NDArray[np.float32]

_MOST_DB: Final = 6.0
"""Of the equaliser: more of it is the noise of a room, which lies in the lowest bands."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How a style is fitted."""

    steps: int = 40
    together: int = 2
    """Sentences a step; ECAPA hears them as one."""
    rate: float = 0.16
    """Of Adam at the start, in standard deviations; it falls to a tenth."""
    pull: float = 0.02
    """Weight of the mean square of the coordinates."""
    layers: float = 1.5
    """Weight of the distance of ECAPA's layers."""
    spectrum: float = 0.3
    """Weight of the spectra's mean square distance, in units of (10 dB)²."""
    averaged: int = 12
    """The outcome is the mean of as many last iterates."""
    seed: int = 19
    revision: int = 2
    """Raised when anything else about a fit changes, so that no checkpoint of before is gone on
    from."""


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
    """(S, B) dB: the person's spectrum in each sentence."""
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
        aim: how far speech is from the person.
        line: what of 24 kHz is heard.
        spectrum: long-term spectra in the same band.
        sentences: S of them, from the front end.
        pack: (510, 1, 256) float32 to begin with.
        basis: (K, 128) float32 directions.
        recipe: how.
    """

    def __init__(
        self,
        *,
        decoder: Decoder,
        aim: Aim,
        line: LineFilter,
        spectrum: LongTermSpectrum,
        sentences: Sequence[Features],
        pack: Floats,
        basis: Floats,
        recipe: Recipe,
    ) -> None:
        self._decoder, self._aim = decoder, aim
        self._line, self._spectrum = line, spectrum
        self._sentences, self._pack = sentences, pack
        self._basis = torch.from_numpy(basis)
        self.recipe = recipe

    def begin(self, same_sounds: SameSounds) -> FitState:
        """The state before the first step: every sentence is spoken once as it is.

        Args:
            same_sounds: the person's spectrum in a sentence.
        """
        size = len(self._basis)
        with torch.inference_mode():
            said = [self._say(features)[0].numpy() for features in self._sentences]
        return FitState(
            z=np.zeros(size, np.float32),
            first=np.zeros(size, np.float32),
            second=np.zeros(size, np.float32),
            total=np.zeros(size, np.float32),
            spectra=same_sounds(said),
            losses=[],
        )

    def step(self, state: FitState) -> float:
        """Take one step, in place, and return its loss."""
        places = self._order(state.step)
        z = torch.from_numpy(state.z).clone().requires_grad_()
        rng = np.random.default_rng([self.recipe.seed, state.step, 1])
        loss = self._loss(z, places, state.spectra, rng)
        loss.backward()
        self._adam(state, z.grad.numpy())
        if state.step >= self.recipe.steps - self.recipe.averaged:
            state.total += state.z
        state.losses.append(float(loss.detach()))
        return state.losses[-1]

    def outcome(self, state: FitState) -> Floats:
        """(510, 1, 256) float32: the pack with the offset on it."""
        pack = self._pack.copy()
        pack[:, 0, :DECODER] += self._mean(state) @ self._basis.numpy()
        return pack

    def gains_db(self, state: FitState) -> Floats:
        """(48,) float32 of the equaliser that brings the outcome to the person's spectrum."""
        offset = torch.from_numpy(self._mean(state)) @ self._basis
        with torch.inference_mode():
            left = [
                torch.from_numpy(wanted) - self._spectrum(self._say(features, offset))
                for features, wanted in zip(self._sentences, state.spectra, strict=True)
            ]
        gains = torch.stack(left).mean(dim=0).numpy()
        # Above what the recordings have nothing is known, and nothing is changed.
        at_bands = np.interp(band_centres(), self._spectrum.centres_hz, gains, right=0.0)
        return np.asarray(np.clip(at_bands, -_MOST_DB, _MOST_DB), dtype=np.float32)

    def _mean(self, state: FitState) -> Floats:
        averaged = state.step - (self.recipe.steps - self.recipe.averaged)
        return state.total / np.float32(averaged) if averaged > 0 else state.z

    def _say(self, features: Features, offset: Tensor | float = 0.0) -> Tensor:
        """(1, T) float32 at 16 kHz: a sentence as it is heard."""
        row = torch.from_numpy(self._pack[features.tokens - 1, :, :DECODER])
        return self._line(self._decoder(features, row + offset))

    def _loss(
        self, z: Tensor, places: Sequence[int], spectra: Floats, rng: np.random.Generator
    ) -> Tensor:
        offset = z @ self._basis
        heard = [self._say(self._sentences[place], offset) for place in places]
        unlike = self._aim(disturbed(torch.cat(heard, dim=1), rng))
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

"""The timbre of a person's voice by gradient: what is added to the decoder half of a stock voice.

Three things are fitted at once: an offset on the style, shared by all rows of the pack; offsets of
the decoder's norms; and the gains of the line over which the person was recorded, which are no
part of the voice and thrown away. The first two are measured in what stock voices differ by.

A step says a passage, as the person said it, and a sentence that they never said, with the prosody
that the voice will have: what is fitted to one of them alone sounds less like the person in the
other. What is minimised is how far ECAPA hears both from the person (``Aim``), how far the passage
is from what was recorded (``Recorded``), how far the sentence's long-term spectrum is from theirs
(``SameSounds``), and how far the offsets reach. What is left between the long-term spectra of the
passages is the voice's equaliser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.errors import BadAudio
from engines.tts.kokoro_norms import OFFSETS
from models.tts.aim import Aim
from models.tts.clip import in_band
from models.tts.colouring import gains_db
from models.tts.decoder import RATE_HZ as SPOKEN_HZ
from models.tts.decoder import Decoder, Style
from models.tts.disturbance import disturbed
from models.tts.front_end import Features
from models.tts.line_filter import LineFilter
from models.tts.long_term_spectrum import BANDS, LongTermSpectrum
from models.tts.passages import Passage
from models.tts.reconstruction import Recorded
from models.tts.same_sounds import SameSounds
from models.tts.variants import Outcome
from models.tts.voice_packs import DECODER

Floats = NDArray[np.float32]

_STYLE: Final = slice(0, DECODER)
_NORMS: Final = slice(DECODER, DECODER + OFFSETS)
_LINE: Final = slice(DECODER + OFFSETS, None)
SIZE: Final = DECODER + OFFSETS + BANDS
"""Coordinates of a fit: style and norms in deviations, the line in dB."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How a voice is fitted."""

    steps: int = 40
    """Of each fit."""
    aims: tuple[float, ...] = (1.0, 2.0)
    """A fit with each as the weight of what ECAPA hears, beside recording and spectrum. What suits
    a clean recording is too little for a poor one; ``variants.py`` chooses."""
    passages: int = 1
    """A step; ECAPA hears them and the sentences as one."""
    sentences: int = 1
    """A step."""
    rate: float = 0.16
    """Of Adam for the style at the start, in standard deviations; rates fall to a tenth."""
    norms_rate: float = 0.1
    """For the norms, in standard deviations."""
    line_rate: float = 0.5
    """For the line, in dB."""
    pull: float = 0.02
    """Weight of the mean square of the coordinates, style and norms each."""
    line_pull: float = 1e-3
    """The same of the line, a dB²."""
    layers: float = 1.5
    """Weight of the distance of ECAPA's layers."""
    shape: float = 1.5
    """Weight of the distance of spectra's shapes."""
    loudness: float = 1.0
    """Weight of the distance of loudness."""
    spectrum: float = 0.3
    """Weight of the mean square distance of sentences' spectra, in units of (10 dB)²."""
    averaged: int = 12
    """The outcome is the mean of as many last iterates."""
    seed: int = 19
    revision: int = 6
    """Raised when anything else about a fit changes, so that no checkpoint of before is gone on
    from."""


class FitState(msgspec.Struct, kw_only=True):
    """Everything a fit goes on from."""

    z: Floats
    """(K,) coordinates."""
    first: Floats
    """(K,) Adam's first moment."""
    second: Floats
    """(K,) Adam's second moment."""
    total: Floats
    """(K,) sum of the iterates that are averaged."""
    spectra: Floats
    """(S, 48) dB: the person's spectrum in each sentence; (0, 48) before ``StyleFit.begin``."""
    losses: list[float]
    """Of each step so far."""

    @classmethod
    def start(cls) -> FitState:
        """Before the first step."""
        z, first, second, total = (np.zeros(SIZE, np.float32) for _ in range(4))
        spectra = np.zeros((0, BANDS), np.float32)
        return cls(z=z, first=first, second=second, total=total, spectra=spectra, losses=[])

    @property
    def step(self) -> int:
        """Steps taken."""
        return len(self.losses)

    def copy(self) -> FitState:
        """The same, to be changed apart."""
        arrays = {name: getattr(self, name).copy() for name in self.__struct_fields__}
        return FitState(**arrays)


class Distance:
    """How far passages in a style are from the person.

    Args:
        decoder: Kokoro's.
        aim: how far speech is from the person.
        line: what of 24 kHz is heard.
        spectrum: its bands.
        passages: what the person said.
        sentences: what they never said.
        recipe: weights.
    """

    def __init__(
        self,
        *,
        decoder: Decoder,
        aim: Aim,
        line: LineFilter,
        spectrum: LongTermSpectrum,
        passages: Sequence[Passage],
        sentences: Sequence[Features],
        recipe: Recipe,
    ) -> None:
        self._decoder, self._aim, self._line, self._recipe = decoder, aim, line, recipe
        self.spectrum, self.passages, self.sentences = spectrum, passages, sentences
        self._recorded = [Recorded(spectrum, one.audio) for one in passages]

    def __call__(
        self,
        style: Style,
        passages: Sequence[int],
        *,
        sentences: Mapping[int, Tensor] | None = None,
        gains_db: Tensor | None = None,
        rng: np.random.Generator | None = None,
        aim: float = 1.0,
    ) -> Tensor:
        """() float32; the gradient reaches the style and the gains.

        Args:
            style: that says them.
            passages: which, one at least.
            sentences: which, and (48,) dB of the person's spectrum in each.
            gains_db: (48,) of the line; None: it takes nothing away.
            rng: disturbs what ECAPA hears; None: it is not disturbed.
            aim: weight of what ECAPA hears.
        """
        gains = torch.zeros(BANDS) if gains_db is None else gains_db
        said = [self.say(self.passages[place].features, style) for place in passages]
        apart = [
            self._recorded[place].unlike(one, gains)
            for one, place in zip(said, passages, strict=True)
        ]
        shape, loudness = (torch.stack(part).mean() for part in zip(*apart, strict=True))
        coloured = []
        for place, wanted in (sentences or {}).items():
            said.append(self.say(self.sentences[place], style))
            coloured.append(((self.spectrum(said[-1]) - wanted) / 10).square().mean())
        whole = torch.cat(said, dim=1)
        unlike = self._aim(whole if rng is None else disturbed(whole, rng))
        recipe = self._recipe
        colour = torch.stack(coloured).mean() if coloured else torch.zeros(())
        sound = recipe.shape * shape + recipe.loudness * loudness + recipe.spectrum * colour
        return aim * unlike + sound

    def gains_db(self, style: Style, band_hz: int) -> Floats:
        """(48,) float32 of the equaliser that takes the passages to the person's spectrum.

        Args:
            style: that says them.
            band_hz: of the recordings.
        """
        with torch.inference_mode():
            waves = [self._decoder(one.features, style)[0].numpy() for one in self.passages]
        # Not as ``say``: behind the run-time network is no line.
        said = [in_band(wave, SPOKEN_HZ, band_hz) for wave in waves]
        return gains_db(said, [one.audio for one in self.passages], band_hz)

    def say(self, features: Features, style: Style) -> Tensor:
        """(1, T) float32 at 16 kHz: as it is heard."""
        return self._line(self._decoder(features, style))


class StyleFit:
    """One fit.

    Args:
        distance: to the person.
        pack: (510, 1, 256) float32 to begin with, the same timbre in all rows.
        directions: (128, 128) float32 of the style.
        norms: (37396,) float32, the unit of each offset.
        band_hz: of the recordings.
        recipe: how.
        aim: weight of what ECAPA hears.
    """

    def __init__(
        self,
        *,
        distance: Distance,
        pack: Floats,
        directions: Floats,
        norms: Tensor,
        band_hz: int,
        recipe: Recipe,
        aim: float = 1.0,
    ) -> None:
        self._distance, self._pack, self.recipe, self._aim = distance, pack, recipe, aim
        self._band_hz = band_hz
        self._row = torch.from_numpy(pack[0, :, :DECODER].copy())
        self._directions, self._norms = torch.from_numpy(directions), norms
        self._rates = np.empty(SIZE, np.float32)
        for part, rate in (
            (_STYLE, recipe.rate),
            (_NORMS, recipe.norms_rate),
            (_LINE, recipe.line_rate),
        ):
            self._rates[part] = rate

    def begin(self, same_sounds: SameSounds) -> FitState:
        """The state before the first step: every sentence is spoken once as it is.

        Args:
            same_sounds: the person's spectrum in a sentence.
        """
        state = FitState.start()
        style = self._style(torch.from_numpy(state.z))
        with torch.inference_mode():
            said = [self._distance.say(one, style) for one in self._distance.sentences]
        return msgspec.structs.replace(state, spectra=same_sounds([one[0].numpy() for one in said]))

    def step(self, state: FitState) -> float:
        """Take one step, in place, and return its loss.

        Raises:
            BadAudio: it leads nowhere; the state is as before.
        """
        z = torch.from_numpy(state.z).clone().requires_grad_()
        rng = np.random.default_rng([self.recipe.seed, state.step, 1])
        recipe, count = self.recipe, len(self._distance.sentences)
        loss = self._distance(
            self._style(z),
            self._order(state.step, recipe.passages, len(self._distance.passages)),
            sentences={
                place: torch.from_numpy(state.spectra[place])
                for place in self._order(state.step, recipe.sentences, count)
            },
            gains_db=z[_LINE],
            rng=rng,
            aim=self._aim,
        )
        pulls = [z[part].square().mean() for part in (_STYLE, _NORMS, _LINE)]
        loss = loss + recipe.pull * (pulls[0] + pulls[1]) + recipe.line_pull * pulls[2]
        loss.backward()
        if not (torch.isfinite(loss) and torch.isfinite(z.grad).all()):
            raise BadAudio("The fit came to numbers that are none.", mend="Record other samples.")
        self._adam(state, z.grad.numpy())
        if state.step >= self.recipe.steps - self.recipe.averaged:
            state.total += state.z
        state.losses.append(float(loss.detach()))
        return state.losses[-1]

    def outcome(self, state: FitState) -> Outcome:
        """The voice: the pack with the offset on it, offsets of norms, an equaliser."""
        style = self._style(torch.from_numpy(self._mean(state)))
        pack = self._pack.copy()
        pack[:, 0, :DECODER] = style.row.numpy()
        offsets = (self._mean(state)[_NORMS] * self._norms.numpy()).astype(np.float32)
        gains = self._distance.gains_db(style, self._band_hz)
        return Outcome(pack=pack, gains_db=gains, offsets=offsets)

    def _style(self, z: Tensor) -> Style:
        return Style(self._row + z[_STYLE] @ self._directions, z[_NORMS] * self._norms)

    def _mean(self, state: FitState) -> Floats:
        averaged = state.step - max(0, self.recipe.steps - self.recipe.averaged)
        return state.total / np.float32(averaged) if averaged > 0 else state.z

    def _order(self, step: int, together: int, count: int) -> list[int]:
        """Which of so many a step says: each once, then each again in another order."""
        places = []
        for place in range(step * together, (step + 1) * together):
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
        state.z -= (self._rates * fall * first / (np.sqrt(second) + 1e-8)).astype(np.float32)

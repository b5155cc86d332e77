"""What a fit aims at, and the equaliser that is left behind it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engines.errors import BadAudio
from engines.tts.equaliser import BANDS, Equaliser, band_centres
from engines.tts.kokoro_norms import OFFSETS
from models.tts.aim import Aim
from models.tts.clip import at_rate, in_band
from models.tts.colouring import gains_db
from models.tts.decoder import Style
from models.tts.ecapa import Heard
from models.tts.front_end import Features
from models.tts.long_term_spectrum import LongTermSpectrum
from models.tts.passages import Passage
from models.tts.references import Speaker
from models.tts.same_sounds import SameSounds
from models.tts.sounds import Sounds
from models.tts.style_fit import Distance, Recipe, StyleFit

STATE = Path(os.environ.get("KEFU_STATE", Path(__file__).parents[3] / "var"))
RELEASE = STATE / "releases" / "lite" / "files"
RATE_HZ = 16_000


class Ear:
    """Hears the level of the two halves of the band, instead of ECAPA."""

    def hear(self, audio: Tensor) -> Heard:
        spectrum = torch.fft.rfft(audio).abs()
        low, high = spectrum.chunk(2, dim=1)
        levels = torch.stack([low.mean(dim=1), high.mean(dim=1)], dim=1)
        embedding = torch.nn.functional.normalize(levels, dim=1)
        spread = torch.stack([low.std(dim=1), high.std(dim=1)], dim=1)
        return Heard(embedding=embedding, means=(levels,), deviations=(spread,))


def noise(seed: int, seconds: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(int(seconds * RATE_HZ)).astype(np.float32)


def dark(audio: np.ndarray) -> np.ndarray:
    return np.convolve(audio, np.ones(8, np.float32) / 8, mode="same").astype(np.float32)


def speaker(audio: np.ndarray) -> Speaker:
    heard = Ear().hear(torch.from_numpy(audio)[None])
    return Speaker(
        embedding=heard.embedding[0],
        means=tuple(one[0] for one in heard.means),
        deviations=tuple(one[0] for one in heard.deviations),
        pitch_hz=120.0,
        seconds=1.0,
    )


@pytest.mark.parametrize("layers", [0.0, 1.5])
def test_the_person_is_nearer_than_another(layers: float) -> None:
    aim = Aim(Ear(), speaker(noise(1)), layers)  # type: ignore[arg-type]
    own, other = noise(2), dark(noise(3))
    near, far = (float(aim(torch.from_numpy(one)[None])) for one in (own, other))
    assert 0.0 <= near < 0.1 * far


def test_the_slope_of_the_aim_reaches_the_audio() -> None:
    aim = Aim(Ear(), speaker(noise(1)), 1.5)  # type: ignore[arg-type]
    audio = torch.from_numpy(dark(noise(2)))[None].requires_grad_()
    aim(audio).backward()
    assert audio.grad is not None
    assert float(audio.grad.abs().max()) > 0


def test_a_filter_adds_its_gains_to_the_spectrum() -> None:
    spectrum = LongTermSpectrum(8000)
    gains = np.linspace(-4.0, 4.0, BANDS, dtype=np.float32)
    plain = noise(4, 4.0)
    filtered = Equaliser(gains, RATE_HZ)(plain)
    added = spectrum(torch.from_numpy(filtered)[None]) - spectrum(torch.from_numpy(plain)[None])
    wanted = np.interp(spectrum.centres_hz, band_centres(), gains)
    np.testing.assert_allclose(added.numpy(), wanted - wanted.mean(), atol=0.6)


class Foretold:
    """The person is brighter than every sentence by a tilt of so many dB."""

    def __init__(self, spectrum: LongTermSpectrum, tilt_db: float) -> None:
        self._spectrum = spectrum
        self._tilt = np.linspace(-tilt_db, tilt_db, 48, dtype=np.float32)

    def __call__(self, sentences: list[np.ndarray]) -> np.ndarray:
        own = [self._spectrum(torch.from_numpy(one)[None]).numpy() for one in sentences]
        return np.stack(own) + self._tilt


def features() -> Features:
    return Features(
        text=np.zeros((1, 512, 4), np.float32),
        pitch=np.zeros((1, 8), np.float32),
        energy=np.zeros((1, 8), np.float32),
        tokens=5,
    )


class Voice:
    """A decoder whose voice gets darker with the first norm's first offset, from 1 down to 0."""

    def __init__(self, audio: np.ndarray) -> None:
        self._plain = torch.from_numpy(audio)[None]
        self._dark = torch.from_numpy(dark(audio))[None]

    def __call__(self, _: Features, style: Style) -> Tensor:
        share = torch.zeros(()) if style.offsets is None else style.offsets[0]
        return self._dark + share * (self._plain - self._dark)


def stage(
    recorded: np.ndarray, spectrum: LongTermSpectrum, recipe: Recipe, band_hz: int = 8000
) -> StyleFit:
    distance = Distance(
        decoder=Voice(noise(5)),  # type: ignore[arg-type]
        aim=Aim(Ear(), speaker(noise(1)), 1.5),  # type: ignore[arg-type]
        line=lambda wave: wave,  # type: ignore[arg-type]
        spectrum=spectrum,
        passages=[Passage(features=features(), audio=recorded)],
        sentences=[features(), features()],
        recipe=recipe,
    )
    return StyleFit(
        distance=distance,
        pack=np.zeros((510, 1, 256), np.float32),
        directions=np.eye(128, dtype=np.float32),
        norms=torch.ones(OFFSETS),
        band_hz=band_hz,
        recipe=recipe,
    )


def test_a_fit_goes_towards_the_recording_by_what_changes_the_sound_alone() -> None:
    recipe = Recipe(steps=12, averaged=3, norms_rate=0.1, spectrum=0.0)
    spectrum = LongTermSpectrum(8000)
    fit = stage(noise(5), spectrum, recipe)
    state = fit.begin(Foretold(spectrum, 0.0))  # type: ignore[arg-type]
    losses = [fit.step(state) for _ in range(recipe.steps)]
    assert losses[-1] < losses[0]
    voice = fit.outcome(state)
    pack, offsets = voice.pack, voice.offsets
    assert offsets.shape == (OFFSETS,)
    assert abs(offsets[0]) > 0.3  # the band that is missing may come back with either sign
    assert not offsets[1:].any()
    assert not pack.any()


def test_a_fit_goes_towards_the_spectrum_of_what_the_person_never_said() -> None:
    recipe = Recipe(steps=12, averaged=3, layers=0.0, shape=0.0, loudness=0.0, spectrum=3.0)
    spectrum = LongTermSpectrum(8000)
    fit = stage(dark(noise(5)), spectrum, recipe)

    class Bright(Foretold):
        def __call__(self, sentences: list[np.ndarray]) -> np.ndarray:
            plain = spectrum(torch.from_numpy(noise(5))[None]).numpy()
            return np.stack([plain for _ in sentences])

    state = fit.begin(Bright(spectrum, 0.0))  # type: ignore[arg-type]
    for _ in range(recipe.steps):
        fit.step(state)
    assert abs(fit.outcome(state).offsets[0]) > 0.3


def test_a_fit_that_leads_nowhere_ends_with_a_reason_and_the_state_stands() -> None:
    spectrum = LongTermSpectrum(8000)
    fit = stage(np.zeros(RATE_HZ, np.float32), spectrum, Recipe(steps=3))
    state = fit.begin(Foretold(spectrum, 0.0))  # type: ignore[arg-type]
    with pytest.raises(BadAudio, match="numbers that are none"):
        fit.step(state)
    assert state.step == 0
    assert not state.z.any()


@pytest.mark.parametrize("band_hz", [4000, 8000])
@pytest.mark.parametrize("tilt_db", [5.0, -5.0, 20.0])
def test_the_equaliser_goes_to_the_person_and_not_away(band_hz: int, tilt_db: float) -> None:
    said = in_band(noise(5, 3.0), RATE_HZ, band_hz)
    known = band_centres() < 0.9 * band_hz
    tilt = np.where(known, np.linspace(-tilt_db, tilt_db, BANDS), 0.0).astype(np.float32)
    tilt -= np.median(tilt[known])
    recorded = Equaliser(tilt, RATE_HZ)(said)
    gains = gains_db([said[:RATE_HZ], said[RATE_HZ:]], [recorded], band_hz)
    assert gains.shape == (BANDS,)
    middle = known & (np.arange(BANDS) > 0)
    middle[np.flatnonzero(known)[-2:]] = False  # the filter's own slope
    np.testing.assert_allclose(gains[middle], np.clip(tilt, -12, 6)[middle], atol=1.2)
    assert len(set(gains[band_centres() >= band_hz])) <= 1


def test_what_a_line_took_away_does_not_come_back_above_its_end() -> None:
    said = in_band(noise(5, 3.0), RATE_HZ, 4000)
    spectrum = np.fft.rfft(said)
    spectrum[np.fft.rfftfreq(said.size, 1 / RATE_HZ) > 3400] = 0.0
    gains = gains_db([said], [np.fft.irfft(spectrum).astype(np.float32)], 4000)
    assert np.abs(gains[band_centres() < 3000]).max() < 1.0
    assert (gains[band_centres() > 4000] < -6.0).all()


def test_the_equaliser_is_measured_on_what_the_person_said_in_the_outcomes_style() -> None:
    coloured = Equaliser(np.linspace(-4.0, 4.0, BANDS, dtype=np.float32), RATE_HZ)
    own = at_rate(dark(noise(5)), 24_000, RATE_HZ)
    spectrum = LongTermSpectrum(8000)
    fit = stage(coloured(own), spectrum, Recipe(steps=1))
    gains = fit.outcome(fit.begin(Foretold(spectrum, -9.0))).gains_db  # type: ignore[arg-type]
    np.testing.assert_allclose(gains[2:-6], np.linspace(-4, 4, BANDS)[2:-6], atol=1.0)


@pytest.mark.skipif(
    not (RELEASE / "asr_whisper" / "config.json").exists(),
    reason="`kefuctl pull` brings the weights",
)
def test_a_recording_has_its_own_spectrum_where_it_says_the_same() -> None:
    spectrum = LongTermSpectrum(8000)
    time = np.arange(6 * RATE_HZ) / RATE_HZ
    buzz = np.asarray(sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 60)))
    sung = (buzz * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time)) * 0.2).astype(np.float32)
    recording = np.concatenate([sung, dark(sung)])
    same_sounds = SameSounds(Sounds(RELEASE), recording, spectrum)
    bright, darker = same_sounds([sung, dark(sung)])
    own = spectrum(torch.from_numpy(sung)[None]).numpy()
    assert np.abs(bright - own).mean() < np.abs(darker - own).mean()
    assert same_sounds([sung[: RATE_HZ // 4]]).shape == (1, 48)

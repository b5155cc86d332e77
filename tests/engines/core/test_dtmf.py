"""Keys in the caller's audio: the limits of Q.24, and none in speech, noise and music."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines._core import Dtmf, g711_decode, g711_encode

Floats = NDArray[np.float64]
LOWER_HZ = (697, 770, 852, 941)
UPPER_HZ = (1209, 1336, 1477, 1633)
GRID = "123A456B789C*0#D"
ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("KEFU_DATA", ROOT.parent / "shared" / "data"))
MOST_FILES = 40
"""Of each set, spread over it: the whole of them, 2 h at 8 kHz and 0.6 h at 16 kHz, had no key."""


def amplitude(dbm0: float) -> float:
    """0 dBm0 is 3.14 dB below a sine of full scale."""
    return 32768 * float(10 ** ((dbm0 - 3.14) / 20))


def key(
    digit: str, rate_hz: int, ms: float, lower: float = -10, upper: float = -10, offset: float = 0
) -> Floats:
    """Two tones; levels in dBm0, both frequencies off by ``offset``."""
    row, column = divmod(GRID.index(digit), 4)
    t = 2 * np.pi * np.arange(round(rate_hz * ms / 1000)) / rate_hz * (1 + offset)
    low = amplitude(lower) * np.sin(LOWER_HZ[row] * t)
    high = amplitude(upper) * np.sin(UPPER_HZ[column] * t + 1)
    return np.asarray(low + high)


def to_pcm(audio: Floats) -> bytes:
    return np.clip(np.rint(audio), -32768, 32767).astype("<i2").tobytes()


def keys(pcm: bytes, rate_hz: int) -> str:
    return "".join(digit for digit, _ in Dtmf(rate_hz).push(pcm))


@settings(max_examples=80, deadline=None)
@given(
    digits=st.text(GRID, min_size=1, max_size=8),
    rate_hz=st.sampled_from((8000, 16000, 24000)),
    tone_ms=st.integers(45, 120),
    pause_ms=st.integers(45, 120),
    lower=st.floats(-20, -6),
    twist=st.floats(-7, 3.5),
    offset=st.floats(-0.012, 0.012),
    seed=st.integers(0, 1000),
)
def test_what_is_dialled_is_heard_through_noise_and_g711(
    digits: str,
    rate_hz: int,
    tone_ms: int,
    pause_ms: int,
    lower: float,
    twist: float,
    offset: float,
    seed: int,
) -> None:
    """Any number within the limits, at 15 dB SNR; at 8 kHz behind µ-law."""
    pause = np.zeros(rate_hz * pause_ms // 1000)
    pieces = [pause]
    for digit in digits:
        pieces += [key(digit, rate_hz, tone_ms, lower, lower + twist, offset), pause]
    audio = np.concatenate([*pieces, pause])
    power = (amplitude(lower) ** 2 + amplitude(lower + twist) ** 2) / 2
    noise = np.random.default_rng(seed).normal(0, np.sqrt(power / 10**1.5), len(audio))
    pcm = to_pcm(audio + noise)
    if rate_hz == 8000:
        pcm = g711_decode(g711_encode(pcm, "ulaw"), "ulaw")
    assert keys(pcm, rate_hz) == digits


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(1, 900), max_size=12))
def test_any_division_gives_the_same_keys(cuts: list[int]) -> None:
    silence = np.zeros(400)
    pcm = to_pcm(
        np.concatenate([silence, key("7", 8000, 60), silence, key("#", 8000, 60), silence])
    )
    dtmf = Dtmf(8000)
    found, at = [], 0
    for cut in [*cuts, len(pcm)]:
        found += dtmf.push(pcm[at : at + 2 * cut])
        at += 2 * cut
    assert found == Dtmf(8000).push(pcm)
    assert [digit for digit, _ in found] == ["7", "#"]


def test_a_key_is_certain_45_ms_behind_its_beginning() -> None:
    pcm = to_pcm(np.concatenate([np.zeros(800), key("5", 8000, 200)]))
    ((digit, samples),) = Dtmf(8000).push(pcm)
    assert digit == "5"
    assert 800 + 8 * 30 < samples <= 800 + 8 * 45


def test_a_hole_counts_as_silence() -> None:
    dtmf = Dtmf(8000)
    tone = to_pcm(key("9", 8000, 60))
    assert [digit for digit, _ in dtmf.push(tone)] == ["9"]
    dtmf.skip(800)
    assert [digit for digit, _ in dtmf.push(tone)] == ["9"]


@pytest.mark.parametrize("name", ["en_child", "en_password", "zh_brand", "zh_trade", "noise_music"])
def test_no_key_in_the_golden_recordings(name: str) -> None:
    audio, rate_hz = soundfile.read(ROOT / "tests" / "golden" / "asr" / f"{name}.wav")
    if rate_hz not in (8000, 16000, 24000):
        audio, rate_hz = soxr.resample(audio, rate_hz, 8000), 8000
    assert keys(to_pcm(audio * 32767), rate_hz) == ""


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no data sets at {DATA} (KEFU_DATA)")
@pytest.mark.parametrize(
    "folder",
    [
        "calls-en-8k",
        "digits-en-8k",
        "emotion-speech-ravdess",
        "noise",
        "prompts-en-8k",
        "speech-en-misc",
        "speech-en-speechocean",
        "speech-zh-aishell",
        "speech-zh-misc",
    ],
)
def test_no_key_in_speech_noise_and_music(folder: str) -> None:
    files = [
        path
        for path in sorted((DATA / folder / "audio").iterdir())
        if path.suffix in (".flac", ".opus") and not path.name.startswith("dtmf")
    ]
    for path in files[:: max(1, len(files) // MOST_FILES)]:
        audio, rate_hz = soundfile.read(path, always_2d=True)
        pcm = to_pcm(soxr.resample(audio[:, 0], rate_hz, 8000) * 32767)
        assert keys(g711_decode(g711_encode(pcm, "ulaw"), "ulaw"), 8000) == "", path.name


def test_what_is_no_rate_and_no_pcm_is_refused() -> None:
    with pytest.raises(ValueError, match="rate_hz: got 44100, expected 8000, 16000 or 24000"):
        Dtmf(44100)
    dtmf = Dtmf(8000)
    with pytest.raises(TypeError, match="pcm: got NoneType"):
        dtmf.push(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="samples: got -1"):
        dtmf.skip(-1)
    with pytest.raises(ValueError, match="samples: got 9007199254740992, expected 0 to 1440000"):
        dtmf.skip(2**53)
    assert dtmf.push(b"") == []

"""Recordings that voices are judged by."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.errors import BadAudio
from models.tts.clip import RATE_HZ, read, speech_only, telephone

Floats = NDArray[np.float32]


def voice(seconds: float, rate_hz: int = RATE_HZ, loud: float = 0.1) -> Floats:
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.asarray(loud * np.sign(np.sin(2 * np.pi * 150 * time)), np.float32)


def write(path: Path, audio: Floats, rate_hz: int, channels: int = 1, width: int = 2) -> Path:
    with path.open("wb") as file, wave.open(file, "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(width)
        wav.setframerate(rate_hz)
        pcm = np.rint(audio * 32767).astype("<i2")
        wav.writeframes(np.repeat(pcm, channels).tobytes())
    return path


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_becomes_16_khz(tmp_path: Path, rate_hz: int, channels: int) -> None:
    path = write(tmp_path / "a.wav", voice(1.0, rate_hz), rate_hz, channels)
    audio = read(path)
    assert audio.dtype == np.float32
    assert abs(audio.size - RATE_HZ) <= 16
    assert 0.05 < np.sqrt(np.mean(audio**2)) < 0.15


def test_a_part_of_a_file(tmp_path: Path) -> None:
    whole = np.concatenate([np.zeros(RATE_HZ, np.float32), voice(1.0)])
    path = write(tmp_path / "a.wav", whole, RATE_HZ)
    assert read(path, 1.0, 0.5).size == RATE_HZ // 2
    assert np.abs(read(path, 0.0, 0.9)).max() == 0.0
    assert np.abs(read(path, 1.05, 0.5)).max() > 0.05


def test_hostile_files_are_refused(tmp_path: Path) -> None:
    good = write(tmp_path / "good.wav", voice(1.0), RATE_HZ)
    cases = {
        "none.wav": None,
        "empty.wav": b"",
        "text.wav": b"RIFF\x00\x00\x00\x00WAVE" + b"x" * 40,
        "cut.wav": good.read_bytes()[:50],
        "noise.wav": np.random.default_rng(1).bytes(4_000),
        "zeros.wav": bytes(10_000),
    }
    for name, content in cases.items():
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(BadAudio):
            read(path)
    with pytest.raises(BadAudio):
        read(tmp_path)
    with pytest.raises(BadAudio):
        read(write(tmp_path / "slow.wav", voice(2.0, 4_000), 4_000))
    with pytest.raises(BadAudio):
        read(write(tmp_path / "short.wav", voice(0.2), RATE_HZ))
    with pytest.raises(BadAudio):
        read(good, 100.0)


def test_silence_is_cut_out_and_quiet_speech_made_louder() -> None:
    quiet = voice(1.0, loud=0.005)
    pause = np.zeros(3 * RATE_HZ, np.float32)
    speech = speech_only(np.concatenate([pause, quiet, pause, quiet, pause]))
    assert 2.0 <= speech.size / RATE_HZ < 3.0
    assert np.sqrt(np.mean(speech**2)) == pytest.approx(10 ** (-30 / 20), rel=1e-3)


def test_how_loud_somebody_speaks_is_no_part_of_the_voice() -> None:
    loud, quiet = (speech_only(voice(1.0, loud=level)) for level in (0.6, 0.03))
    np.testing.assert_allclose(loud, quiet, atol=1e-6)


@pytest.mark.parametrize(
    "audio",
    [
        np.zeros(0, np.float32),
        np.zeros(RATE_HZ, np.float32),
        np.full(100, 0.1, np.float32),
        np.full(RATE_HZ, np.nan, np.float32),
    ],
)
def test_nothing_but_silence_is_refused(audio: Floats) -> None:
    with pytest.raises(BadAudio):
        speech_only(audio)


def test_a_telephone_carries_nothing_above_4_khz() -> None:
    noise = np.random.default_rng(2).normal(0, 0.1, RATE_HZ).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(telephone(noise, RATE_HZ)))
    assert spectrum[4_200:].mean() < 0.01 * spectrum[300:3_300].mean()

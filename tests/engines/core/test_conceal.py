"""Concealment on speech: nearer to what was lost than ten milliseconds mirrored to and fro."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from engines._core import Concealer

Pcm = NDArray[np.int16]
GOLDEN = Path(__file__).parents[2] / "golden" / "asr"
SPEECH = ("en_child", "en_password", "en_weather", "zh_brand", "zh_command", "zh_trade")


def mirrored(audio: Pcm, first: int, samples: int, rate_hz: int) -> Pcm:
    """The last 10 ms to and fro, fading in a straight line: what a simpler line does."""
    back = np.arange(rate_hz // 100)
    wave = np.concatenate([back, back[::-1]])[np.arange(samples) % (rate_hz // 50)]
    fade = 1 - np.arange(samples) / (rate_hz * 0.06)
    return np.asarray(audio[first - 1 - wave] * fade).astype(np.int16)


def segmental_snr_db(real: Pcm, heard: Pcm) -> float:
    noise = np.sum((heard.astype(float) - real) ** 2) + 1
    return float(np.clip(10 * np.log10(np.sum(real.astype(float) ** 2) / noise), -10, 35))


@pytest.mark.parametrize("lost_frames", [1, 2])
def test_it_is_nearer_to_the_speech_than_a_mirror(lost_frames: int) -> None:
    random = np.random.default_rng(5)
    ours: list[float] = []
    simple: list[float] = []
    for name in SPEECH:
        audio, rate_hz = soundfile.read(GOLDEN / f"{name}.wav", dtype="int16")
        frame = rate_hz // 50
        gap = lost_frames * frame
        for _ in range(60):
            first = int(random.integers(4, len(audio) // frame - 5)) * frame
            real = audio[first : first + gap + frame]
            if np.mean(real.astype(float) ** 2) < 1e4:
                continue
            concealer = Concealer(rate_hz)
            concealer.received(audio[first - 4 * frame : first].tobytes())
            heard = concealer.conceal(gap)
            heard += concealer.received(audio[first + gap : first + gap + frame].tobytes())
            ours.append(segmental_snr_db(real, np.frombuffer(heard, np.int16)))
            stood_in = mirrored(audio, first, gap, rate_hz)
            simple.append(segmental_snr_db(real, np.concatenate([stood_in, real[gap:]])))
    assert len(ours) > 100
    assert np.mean(ours) > np.mean(simple) + (1.5 if lost_frames == 1 else 0.2)


def test_what_follows_a_gap_is_untouched_after_10_ms() -> None:
    audio = (8000 * np.sin(np.arange(1600) / 9)).astype(np.int16)
    concealer = Concealer(8000)
    assert concealer.received(audio[:800].tobytes()) == audio[:800].tobytes()
    concealer.conceal(480)
    behind = np.frombuffer(concealer.received(audio[1280:].tobytes()), np.int16)
    assert (behind[80:] == audio[1360:]).all()
    concealer.forget()
    assert concealer.conceal(160) == bytes(320)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="rate_hz: got 48000, expected 8000, 16000 or 24000"):
        Concealer(48000)
    with pytest.raises(ValueError, match="samples: got 481, expected 0 to 480"):
        Concealer(8000).conceal(481)
    with pytest.raises(ValueError, match="pcm: got 3 bytes"):
        Concealer(8000).received(b"abc")

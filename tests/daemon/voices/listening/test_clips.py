"""The clips of a listening test differ in the voice alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from daemon.voices.errors import NothingToHear
from daemon.voices.listening.clips import alike
from engines.tts.loudness import loudness


def speech(
    rate_hz: int, level: float, *, lead_s: float = 0.3, crest: float = 1.0
) -> NDArray[np.int16]:
    """Bursts of noise with silence around them."""
    random = np.random.default_rng(3)
    burst = random.normal(size=rate_hz).clip(-3, 3) / 3
    burst[rate_hz // 2] = crest
    silence = np.zeros(round(lead_s * rate_hz))
    joined = np.concatenate([silence, burst * level, silence])
    pcm: NDArray[np.int16] = np.rint(joined * 32767).clip(-32768, 32767).astype(np.int16)
    return pcm


def test_loudness_rate_and_edges_are_one() -> None:
    made = alike(
        {
            "telephone": (speech(8_000, 0.02), 8_000),
            "studio": (speech(48_000, 0.9, lead_s=1.0), 48_000),
            "voice": (speech(24_000, 0.3, lead_s=0.02), 24_000),
        },
        8_000,
    )
    levels = [loudness((one / 32768).astype(np.float32), 8_000) for one in made.values()]
    assert max(levels) - min(levels) < 0.1
    sizes = [one.size for one in made.values()]
    assert max(sizes) - min(sizes) < 0.05 * 8_000
    assert all(one[0] == 0 and one[-1] == 0 for one in made.values())


def test_no_clip_is_limited_all_are_softer_where_one_has_high_peaks() -> None:
    made = alike(
        {"flat": (speech(8_000, 0.5), 8_000), "peaky": (speech(8_000, 0.01, crest=90.0), 8_000)},
        8_000,
    )
    levels = [loudness((one / 32768).astype(np.float32), 8_000) for one in made.values()]
    assert abs(levels[0] - levels[1]) < 0.1
    assert max(int(np.abs(one.astype(int)).max()) for one in made.values()) <= 0.9 * 32768


def test_the_noise_of_a_room_around_the_words_is_cut_off_as_silence_is() -> None:
    clean = speech(16_000, 0.3, lead_s=0.6)
    room = np.random.default_rng(5).normal(size=clean.size) * 32767 * 0.3 * 0.02
    noisy = np.rint(clean + room).clip(-32768, 32767).astype(np.int16)
    made = alike({"clean": (clean, 16_000), "noisy": (noisy, 16_000)}, 16_000)
    assert abs(made["clean"].size - made["noisy"].size) <= 0.06 * 16_000
    assert made["clean"].size < 1.3 * 16_000


@pytest.mark.parametrize("pcm", [np.zeros(8_000, np.int16), np.zeros(0, np.int16)])
def test_silence_is_refused(pcm: NDArray[np.int16]) -> None:
    with pytest.raises(NothingToHear, match="clip"):
        alike({"a": (speech(8_000, 0.5), 8_000), "clip": (pcm, 8_000)}, 8_000)

"""What a synthesiser can do wrong is seen, and speech is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from engines.tts.guard import troubles
from tests.engines.tts.sounds import RATE, speech, syllable

Samples = NDArray[np.float32]
TEXT = "您的订单已经发货"
TOKENS = 26


def codes(
    samples: Samples, *, text: str = TEXT, tokens: int = TOKENS, speed: float = 1.0
) -> set[str]:
    return {one.code for one in troubles(samples, RATE, text=text, tokens=tokens, speed=speed)}


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def tone(seconds: float, hz: float = 190.0) -> Samples:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.float32
    )


def noise(seconds: float) -> Samples:
    return 0.1 * np.random.default_rng(0).standard_normal(round(seconds * RATE)).astype(np.float32)


def clipped(samples: Samples) -> Samples:
    return np.clip(4 * samples, -0.2, 0.2)


def over_and_over(seconds: float, times: int) -> Samples:
    return np.concatenate([speech(1, 3), *[syllable(5, seconds)] * times])


BAD = {
    "nothing": (np.zeros(0, np.float32), {"broken"}),
    "no number": (np.full(RATE, np.nan, np.float32), {"broken"}),
    "a spike beside speech": (np.append(speech(1), np.float32(5.0)), {"broken"}),
    "infinite": (np.append(speech(1), np.float32(np.inf)), {"broken"}),
    "silence": (silence(2), {"silent"}),
    "nearly silent": (speech(1) * np.float32(0.005), {"silent"}),
    "cut off": (np.concatenate([speech(1, 1, 0.1)]), {"words_missing"}),
    "does not end": (speech(1, 40), {"endless"}),
    "的的的": (over_and_over(0.2, 6), {"repeats"}),
    "a phrase again and again": (np.tile(speech(3, 3)[RATE // 5 : -RATE // 5], 5), {"repeats"}),
    "a hole": (np.concatenate([speech(1, 4), silence(1.2), speech(2, 4)]), {"gap"}),
    "clipped": (clipped(speech(1)), {"clipped"}),
    "a tone": (tone(1.6), {"buzz"}),
    "stuck": (np.concatenate([speech(1, 3), tone(1.0, 150.0)]), {"buzz"}),
    "noise": (noise(1.6), {"buzz"}),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_named(name: str) -> None:
    samples, expected = BAD[name]
    assert codes(samples, tokens=TOKENS if name != "does not end" else 8) >= expected


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("level", [0.02, 0.2, 0.9])
def test_speech_has_no_trouble(seed: int, level: float) -> None:
    assert codes(speech(seed, level=level)) == set()


@pytest.mark.parametrize(
    ("text", "repeats"),
    [("您的订单已经发货", True), ("幺幺幺幺幺幺", False), ("no no no no no no", False)],
)
def test_a_text_that_repeats_may_be_said_so(text: str, repeats: bool) -> None:
    samples = np.concatenate([syllable(5)] * 6)
    assert ("repeats" in codes(samples, text=text)) is repeats


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2.0])
def test_what_is_said_slowly_may_last_longer(speed: float) -> None:
    seconds = 0.2 / speed
    assert codes(speech(3, seconds=seconds), speed=speed) == set()
    assert "endless" in codes(speech(3, 40, seconds=seconds), tokens=8, speed=speed)


def test_words_that_lost_their_phonemes_are_missed_by_their_letters() -> None:
    # Half a second is enough for eight phonemes, and far too little for this.
    text = "请您在听到提示音以后说出您的订单号码和您的姓名电话"
    assert codes(speech(1, 3), tokens=8) == set()
    assert "words_missing" in codes(speech(1, 3), text=text, tokens=8)


@given(
    samples=arrays.arrays(
        np.float32,
        st.integers(0, 6000),
        elements=st.floats(width=32),
    ),
    text=st.text(max_size=30),
    tokens=st.integers(0, 240),
    speed=st.floats(0.5, 2.0),
)
@settings(max_examples=60, deadline=None)
def test_no_waveform_is_too_strange_for_an_answer(
    samples: Samples, text: str, tokens: int, speed: float
) -> None:
    found = troubles(samples, RATE, text=text, tokens=tokens, speed=speed)
    assert len({one.code for one in found}) == len(found)


@given(seed=st.integers(0, 2**32 - 1), rate_hz=st.sampled_from([8_000, 16_000, 24_000, 48_000]))
@settings(max_examples=20, deadline=None)
def test_the_rate_does_not_matter(seed: int, rate_hz: int) -> None:
    samples = speech(seed, rate_hz=rate_hz)
    assert troubles(samples, rate_hz, text=TEXT, tokens=TOKENS) == ()

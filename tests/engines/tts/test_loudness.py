"""BS.1770 by the standard's own signals, at every rate; and what a caller hears of two voices."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.tts.loudness import TELEPHONE_HZ, loudness

RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000)


def tone(level_db: float, seconds: float, rate_hz: int, hz: float = 997.0) -> NDArray[np.float32]:
    """A sine whose peak is ``level_db`` below full scale."""
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * hz * at)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("level_db", [0.0, -23.0, -40.0, -60.0])
def test_a_sine_of_997_hz_in_one_channel_is_3_lu_below_its_peak(
    rate_hz: int, level_db: float
) -> None:
    # BS.1770-5, annex 1: 0 dBFS in one channel reads -3.01 LKFS; two channels of -23 read -23.
    assert loudness(tone(level_db, 3.0, rate_hz), rate_hz) == pytest.approx(
        level_db - 3.01, abs=0.02
    )


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize(
    ("hz", "gain_db"), [(100.0, -1.82), (500.0, -0.65), (2000.0, 2.38), (3500.0, 3.22)]
)
def test_other_tones_weigh_what_the_filters_of_the_standard_say(
    rate_hz: int, hz: float, gain_db: float
) -> None:
    measured = loudness(tone(-20.0, 3.0, rate_hz, hz), rate_hz)
    assert measured + 23.01 == pytest.approx(gain_db, abs=0.05)


def test_pauses_and_soft_passages_are_gated_as_tech_3341_asks() -> None:
    # EBU Tech 3341, cases 3 and 4, in one channel: what is 10 LU below the rest does not count.
    rate = 48_000
    third = [tone(level, s, rate, 1000.0) for level, s in ((-36, 10), (-23, 60), (-36, 10))]
    fourth = [
        tone(level, s, rate, 1000.0)
        for level, s in ((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10))
    ]
    for case in (third, fourth):
        assert loudness(np.concatenate(case), rate) == pytest.approx(-23 - 3.01, abs=0.1)


def test_a_clause_that_is_shorter_than_a_block_is_one_block() -> None:
    for seconds in (0.05, 0.2, 0.399):
        assert loudness(tone(-20, seconds, 24_000), 24_000) == pytest.approx(-23.01, abs=0.3)


def test_of_silence_and_of_nothing_there_is_no_loudness() -> None:
    assert loudness(np.zeros(24_000, np.float32), 24_000) == -math.inf
    assert loudness(np.zeros(0, np.float32), 24_000) == -math.inf
    assert loudness(tone(-80, 1.0, 24_000), 24_000) == -math.inf


def test_what_no_telephone_carries_does_not_count_in_its_band() -> None:
    low, speech, high = (tone(-20, 2.0, 24_000, hz) for hz in (60.0, 997.0, 7000.0))
    mixed = loudness(low + speech + high, 24_000, TELEPHONE_HZ)
    assert mixed == pytest.approx(loudness(speech, 24_000), abs=0.05)


def test_it_is_the_same_however_long_the_sound_is() -> None:
    for samples in (24_000, 24_001, 37_499, 60_013, 119_999):
        assert loudness(tone(-20, samples / 24_000, 24_000), 24_000) == pytest.approx(
            -23.01, abs=0.02
        )

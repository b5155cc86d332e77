"""The equaliser of a personal voice: gains where they are asked for, and nothing comes later."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.tts.equaliser import BANDS, MOST_DB, Equaliser, band_centres

RATE_HZ = 24_000


def gain_db(equaliser: Equaliser, hz: float) -> float:
    time = np.arange(RATE_HZ) / RATE_HZ
    tone = np.sin(2 * np.pi * hz * time).astype(np.float32)
    middle = slice(RATE_HZ // 4, -RATE_HZ // 4)
    heard = equaliser(tone)[middle]
    return 10 * float(np.log10(np.mean(heard**2) / np.mean(tone[middle] ** 2)))


@pytest.mark.parametrize("hz", [150.0, 400.0, 1000.0, 3000.0, 7000.0, 11_000.0])
def test_a_tone_gets_the_gain_of_its_band(hz: float) -> None:
    tilt = np.linspace(-6.0, 6.0, BANDS, dtype=np.float32)
    wanted = float(np.interp(hz, band_centres(), tilt))
    assert gain_db(Equaliser(tilt, RATE_HZ), hz) == pytest.approx(wanted, abs=0.7)


def test_a_click_stays_where_it_is() -> None:
    click = np.zeros(2400, np.float32)
    click[1200] = 1.0
    tilt = np.linspace(4.0, -4.0, BANDS, dtype=np.float32)
    assert int(np.abs(Equaliser(tilt, RATE_HZ)(click)).argmax()) == 1200


def test_gains_of_0_change_nothing() -> None:
    speech = np.random.default_rng(3).standard_normal(5000).astype(np.float32)
    heard = Equaliser(np.zeros(BANDS, np.float32), RATE_HZ)(speech)
    np.testing.assert_allclose(heard, speech, atol=1e-4)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 9000),
    st.lists(st.floats(-MOST_DB, MOST_DB), min_size=BANDS, max_size=BANDS),
)
def test_as_long_as_what_goes_in(size: int, gains: list[float]) -> None:
    equaliser = Equaliser(np.array(gains, np.float32), RATE_HZ)
    heard = equaliser(np.ones(size, np.float32))
    assert heard.shape == (size,)
    assert heard.dtype == np.float32
    assert np.isfinite(heard).all()

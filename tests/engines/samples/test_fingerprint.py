"""Copies are recognised; two readings of one sentence are no copies."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from engines._core import g711_decode, g711_encode
from engines.samples.fingerprint import SAME, fingerprint, likeness
from engines.samples.spans import voice_in
from engines.samples.spectrum import Floats, spectra
from tests.engines.samples.speech import Pcm, golden, spoken, whole


def of(pcm: Pcm, rate_hz: int) -> Floats:
    found = spectra(pcm, rate_hz)
    return fingerprint(found, voice_in(found.level_db()))


@pytest.mark.parametrize("name", ["zh_brand", "en_child", "en_password"])
def test_copies_of_any_kind(name: str) -> None:
    pcm, rate_hz = golden(name)
    mine = of(pcm, rate_hz)
    coded = g711_decode(g711_encode((pcm // 2).tobytes(), "ulaw"), "ulaw")
    copies = {
        "itself": (pcm, rate_hz),
        "quieter": (pcm // 3, rate_hz),
        "later": (np.concatenate([np.zeros(777, np.int16), pcm]), rate_hz),
        "cut": (pcm[: int(len(pcm) * 0.9)], rate_hz),
        "coded": (np.frombuffer(coded, "<i2"), rate_hz),
        "resampled": (soxr.resample(pcm, rate_hz, 44_100), 44_100),
        "noisy": (
            whole(pcm / 32768 + 1e-4 * np.random.default_rng(0).standard_normal(len(pcm))),
            rate_hz,
        ),
    }
    alike = {how: likeness(mine, of(*copy)) for how, copy in copies.items()}
    assert min(alike.values()) >= SAME, alike


def test_others_are_no_copies() -> None:
    prints = [of(*golden(name)) for name in ("zh_brand", "zh_trade", "zh_command", "en_child")]
    prints += [of(spoken(seed), 16_000) for seed in range(4)]
    worst = max(likeness(one, other) for at, one in enumerate(prints) for other in prints[at + 1 :])
    assert worst < SAME - 0.15


def test_nothing_is_like_nothing() -> None:
    nothing = of(np.zeros(8000, np.int16), 8000)
    assert likeness(nothing, of(*golden("zh_brand"))) == 0.0
    assert likeness(nothing, nothing) == 0.0

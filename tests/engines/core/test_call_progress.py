"""Call-progress tones through G.711; the plans of E.180 are tested in ``csrc/tests``."""

from __future__ import annotations

import numpy as np
import pytest

from engines._core import CallProgress, g711_decode, g711_encode


def cadence(hz: tuple[float, ...], on_ms: int, off_ms: int, times: int) -> bytes:
    """(N,) int16 at 8 kHz of a tone that comes and goes."""
    t = 2 * np.pi * np.arange(on_ms * 8) / 8000
    tone = np.asarray(sum(4000 * np.sin(each * t) for each in hz))
    audio = np.concatenate([np.zeros(1000), *[tone, np.zeros(off_ms * 8)] * times])
    return audio.astype("<i2").tobytes()


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
@pytest.mark.parametrize(
    ("hz", "on_ms", "off_ms", "times", "told"),
    [
        ((450.0,), 350, 350, 5, ["busy"]),
        ((450.0,), 700, 700, 5, ["congestion"]),
        ((480.0, 620.0), 500, 500, 5, ["busy"]),
        ((440.0, 480.0), 1000, 2000, 1, ["ringback"]),
        ((1100.0,), 500, 3000, 1, ["fax_calling"]),
        ((450.0,), 350, 350, 3, []),
    ],
)
def test_cadences_behind_g711(
    law: str, hz: tuple[float, ...], on_ms: int, off_ms: int, times: int, told: list[str]
) -> None:
    pcm = g711_decode(g711_encode(cadence(hz, on_ms, off_ms, times), law), law)
    assert CallProgress(8000).push(pcm) == told


def test_a_hole_counts_as_silence_and_wrong_arguments_are_refused() -> None:
    progress = CallProgress(8000)
    one = cadence((440.0, 480.0), 1000, 0, 1)
    assert progress.push(one) == []
    progress.skip(8 * 2000)
    assert progress.push(bytes(320)) == ["ringback"]
    with pytest.raises(ValueError, match="rate_hz: got 12000, expected 8000, 16000 or 24000"):
        CallProgress(12000)
    with pytest.raises(ValueError, match="samples: got -1"):
        progress.skip(-1)

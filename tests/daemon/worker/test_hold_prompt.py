"""The hold prompt is never silent for long, and never louder than speech."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.worker.hold_prompt import with_music


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000])
def test_there_is_something_to_hear_in_every_tenth_of_a_second(rate_hz: int) -> None:
    speech = np.full(rate_hz, 9_000, np.int16)
    prompt = with_music(speech, rate_hz)
    assert prompt.dtype == np.int16
    assert prompt.size == 5 * rate_hz
    tenths = np.abs(prompt.astype(np.int32)).reshape(50, -1).max(axis=1)
    assert tenths.min() > 200
    assert tenths[10:].max() < 2_000
    assert np.array_equal(prompt[:rate_hz], speech)

"""The music behind the hold prompt is never silent for long, and never louder than speech."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.worker.hold_prompt import music


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000])
def test_there_is_something_to_hear_in_every_tenth_of_a_second(rate_hz: int) -> None:
    pcm = music(rate_hz)
    assert pcm.dtype == np.int16
    assert pcm.shape == (2 * rate_hz,)
    tenths = np.abs(pcm.astype(np.int32)).reshape(20, -1).max(axis=1)
    assert tenths.min() > 200
    assert tenths.max() < 2_000

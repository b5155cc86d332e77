"""The file of a voice: what was written is read, and what is none is named."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from engines.tts.equaliser import BANDS
from engines.tts.kokoro_norms import OFFSETS
from engines.tts.voice_file import (
    BYTES,
    BYTES_COLOURED,
    BYTES_PERSONAL,
    ROWS,
    WIDTH,
    read_voice,
    written,
)

PACK = np.random.default_rng(7).uniform(-2, 2, (ROWS, 1, WIDTH)).astype(np.float32)
GAINS = np.linspace(-12.0, 12.0, BANDS, dtype=np.float32)
NORMS = np.random.default_rng(8).uniform(-1, 1, OFFSETS).astype(np.float32)


def test_what_was_written_is_read() -> None:
    content = written(PACK, GAINS, NORMS, -0.125)
    assert len(content) == BYTES_PERSONAL
    voice = read_voice(content)
    np.testing.assert_array_equal(voice.pack, PACK)
    assert voice.gains_db is not None
    np.testing.assert_array_equal(voice.gains_db, GAINS)
    assert voice.offsets is not None
    np.testing.assert_array_equal(voice.offsets, NORMS[None])
    assert voice.octaves == -0.125
    assert voice.sha256 == hashlib.sha256(content).hexdigest()


def test_a_stock_voice_has_no_equaliser() -> None:
    voice = read_voice(PACK.tobytes())
    np.testing.assert_array_equal(voice.pack, PACK)
    assert voice.gains_db is None
    assert voice.offsets is None
    assert voice.octaves == 0.0


def test_a_voice_of_before_has_an_equaliser_alone() -> None:
    voice = read_voice(written(PACK, GAINS, NORMS)[:BYTES_COLOURED])
    assert voice.gains_db is not None
    np.testing.assert_array_equal(voice.gains_db, GAINS)
    assert voice.offsets is None


def changed(place: int, value: float) -> bytes:
    values = np.frombuffer(written(PACK, GAINS, NORMS), "<f4").copy()
    values[place] = value
    return values.tobytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 bytes"),
        (PACK.tobytes()[:-4], f"{BYTES - 4} bytes"),
        (PACK.tobytes() + bytes(4), f"{BYTES + 4} bytes"),
        (written(PACK, GAINS, NORMS) + b"\0", f"{BYTES_PERSONAL + 1} bytes"),
        (changed(0, np.nan), "no style"),
        (changed(5, np.inf), "no style"),
        (changed(5, 4.1), "no style"),
        (changed((ROWS + 1) * WIDTH + 7, -4.1), "no style"),
        (changed(ROWS * WIDTH, 13.0), "equaliser"),
        (changed(ROWS * WIDTH + BANDS, -0.3), "pitch"),
        (changed(ROWS * WIDTH + BANDS + 1, 1.0), "equaliser"),
        (changed((ROWS + 1) * WIDTH, np.nan), "no style"),
        (changed((ROWS + 1) * WIDTH + OFFSETS, 1.0), "behind the offsets"),
    ],
)
def test_what_is_no_voice_is_named(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_voice(content)

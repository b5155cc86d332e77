"""The file of a voice: 510 rows of styles, one a length of clause, and perhaps how it is coloured.

Little-endian float32. Stock voices have the 510 rows of 256 as Kokoro has them. A personal voice
has one more, whose first 48 numbers are the gains of its equaliser in dB; the rest of it is zero.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.tts.equaliser import BANDS, MOST_DB

Floats = NDArray[np.float32]

ROWS: Final = 510
WIDTH: Final = 256
BYTES: Final = 4 * ROWS * WIDTH
BYTES_COLOURED: Final = BYTES + 4 * WIDTH
_LARGEST: Final = 100.0
"""Styles of stock voices stay within ±2."""


class VoiceFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is in one."""

    pack: Floats
    """(510, 1, 256) float32."""
    gains_db: Floats | None
    """(48,) float32, of ``Equaliser``; None: as it comes."""
    sha256: str


def read_voice(content: bytes) -> VoiceFile:
    """The voice in the bytes of a file.

    Raises:
        ValueError: what they are instead.
    """
    if len(content) not in (BYTES, BYTES_COLOURED):
        raise ValueError(f"{len(content)} bytes: a voice has {BYTES} or {BYTES_COLOURED}")
    values = np.frombuffer(content, "<f4").reshape(-1, WIDTH)
    if not np.isfinite(values).all() or np.abs(values).max() > _LARGEST:
        raise ValueError("numbers that no style has")
    gains = None
    if len(values) > ROWS:
        gains, rest = values[ROWS, :BANDS], values[ROWS, BANDS:]
        if np.abs(gains).max() > MOST_DB or rest.any():
            raise ValueError(f"an equaliser of more than {MOST_DB:.0f} dB, or what is none")
    return VoiceFile(
        pack=values[:ROWS].reshape(ROWS, 1, WIDTH),
        gains_db=gains,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def written(pack: Floats, gains_db: Floats) -> bytes:
    """The bytes of a file: (510, 1, 256) and (48,) float32."""
    row = np.zeros(WIDTH, "<f4")
    row[:BANDS] = gains_db
    return np.ascontiguousarray(pack, "<f4").tobytes() + row.tobytes()

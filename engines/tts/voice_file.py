"""The file of a voice: 510 rows of styles, one a length of clause, and what a person adds to them.

Little-endian float32. Stock voices have the 510 rows of 256 as Kokoro has them. A personal voice
has one more, whose first 48 numbers are the gains of its equaliser in dB and whose 49th says by
how many octaves its pitch is moved, and behind it 147 rows with the offsets of its norms; what is
left of the last row of each is zero. The offsets may be missing.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.tts.equaliser import BANDS, MOST_DB
from engines.tts.kokoro_norms import OFFSETS

Floats = NDArray[np.float32]

ROWS: Final = 510
WIDTH: Final = 256
BYTES: Final = 4 * ROWS * WIDTH
BYTES_COLOURED: Final = BYTES + 4 * WIDTH
BYTES_PERSONAL: Final = BYTES_COLOURED + 4 * WIDTH * -(-OFFSETS // WIDTH)
_LARGEST: Final = 4.0
"""Styles of stock voices stay within ±3.2, offsets of fitted ones within ±1.3."""
MOST_OCTAVES: Final = 0.25
"""By which a pitch is moved."""


class VoiceFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is in one."""

    pack: Floats
    """(510, 1, 256) float32."""
    gains_db: Floats | None
    """(48,) float32, of ``Equaliser``; None: as it comes."""
    offsets: Floats | None
    """(1, 37396) float32, in the order of ``kokoro_norms.NORMS``; None: none."""
    octaves: float
    """By which its pitch is moved; 0: not at all."""
    sha256: str


def read_voice(content: bytes) -> VoiceFile:
    """The voice in the bytes of a file.

    Raises:
        ValueError: what they are instead.
    """
    if len(content) not in (BYTES, BYTES_COLOURED, BYTES_PERSONAL):
        sizes = f"{BYTES}, {BYTES_COLOURED} or {BYTES_PERSONAL}"
        raise ValueError(f"{len(content)} bytes: a voice has {sizes}")
    values = np.frombuffer(content, "<f4").reshape(-1, WIDTH)
    of_voice = np.delete(values, ROWS, axis=0) if len(values) > ROWS else values
    if not np.isfinite(values).all() or np.abs(of_voice).max() > _LARGEST:
        raise ValueError("numbers that no style has")
    gains = offsets = None
    octaves = 0.0
    if len(values) > ROWS:
        gains, rest = values[ROWS, :BANDS], values[ROWS, BANDS + 1 :]
        octaves = float(values[ROWS, BANDS])
        if np.abs(gains).max() > MOST_DB or rest.any():
            raise ValueError(f"an equaliser of more than {MOST_DB:.0f} dB, or what is none")
        if abs(octaves) > MOST_OCTAVES:
            raise ValueError(f"a pitch that is moved by more than {MOST_OCTAVES} octaves")
    if len(values) > ROWS + 1:
        behind = values[ROWS + 1 :].reshape(1, -1)
        offsets = np.ascontiguousarray(behind[:, :OFFSETS])
        if behind[:, OFFSETS:].any():
            raise ValueError("something behind the offsets of its norms")
    return VoiceFile(
        pack=values[:ROWS].reshape(ROWS, 1, WIDTH),
        gains_db=gains,
        offsets=offsets,
        octaves=octaves,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def written(pack: Floats, gains_db: Floats, offsets: Floats, octaves: float = 0.0) -> bytes:
    """The bytes of a file: (510, 1, 256), (48,) and (37396,) float32, and a move of the pitch."""
    row = np.zeros(WIDTH, "<f4")
    row[:BANDS] = gains_db
    row[BANDS] = octaves
    behind = np.zeros((BYTES_PERSONAL - BYTES_COLOURED) // 4, "<f4")
    behind[:OFFSETS] = offsets
    return np.ascontiguousarray(pack, "<f4").tobytes() + row.tobytes() + behind.tobytes()

"""Kokoro's own voices: packs of styles, and the directions in which they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.errors import WeightsUnusable
from engines.tts.voice_file import ROWS, WIDTH

Floats = NDArray[np.float32]

SHAPE: Final = (ROWS, 1, WIDTH)
DECODER: Final = 128
"""The first half of a row is the decoder's (timbre), the second half the prosody's."""
_ORDINARY: Final = slice(25, 90)
"""Rows of clauses of ordinary length."""


class VoicePacks:
    """The packs of a folder, read when they are asked for.

    Raises:
        WeightsUnusable: there are fewer than two, or (later) one is none of Kokoro v1.0's.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = {path.stem: path for path in sorted(folder.glob("*.bin"))}
        if len(self._paths) < 2:
            raise WeightsUnusable(f"There are no voices in {folder}.")

    @property
    def names(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(self._paths)

    def pack(self, name: str) -> Floats:
        """(510, 1, 256) float32."""
        try:
            pack = np.fromfile(self._paths[name], dtype="<f4")
        except (KeyError, OSError) as error:
            raise WeightsUnusable(f"The voice {name!r} cannot be read.") from error
        if pack.size != int(np.prod(SHAPE)) or not np.isfinite(pack).all():
            raise WeightsUnusable(f"{self._paths[name]} is no voice of Kokoro v1.0.")
        return pack.reshape(SHAPE)

    def speaking(self, language: str) -> tuple[str, ...]:
        """Names of the voices made from speech in ``zh`` or (American and British) ``en``."""
        first = "z" if language == "zh" else "ab"
        return tuple(name for name in self._paths if name[0] in first)

    def timbre(self, name: str) -> Floats:
        """(128,) float32: the decoder half of a voice in clauses of ordinary length.

        Rows differ with the length of a clause, by as much as a third of what two voices differ:
        an offset that was fitted to the rows of short clauses misses in long ones.
        """
        return np.asarray(self.pack(name)[_ORDINARY, 0, :DECODER].mean(axis=0), dtype=np.float32)

    def directions(self) -> Floats:
        """(128, 128) float32: each element of a decoder half, by how much it differs among voices.

        Principal components of the voices instead reach less (models/tts/CARD.md).
        """
        return np.diag(self.timbres().std(axis=0)).astype(np.float32)

    def timbres(self) -> Floats:
        """(V, 128) float32: of all voices."""
        return np.stack([self.timbre(name) for name in self.names])


def at_ordinary_length(pack: Floats) -> Floats:
    """(510, 1, 256) float32: in every row the prosody of clauses of ordinary length.

    What is spoken for a fit is short, and a row of short clauses is up to a tenth higher.
    """
    ordinary = pack.copy()
    ordinary[:, :, DECODER:] = pack[_ORDINARY, :, DECODER:].mean(axis=0)
    return ordinary

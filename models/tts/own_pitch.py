"""The person's own pitch: how far a blend of stock prosodies is moved so that it has it.

Blends reach from the lowest voice of a language to the highest, and in clauses of a call they fall
below what they have in short ones. Both sides are measured in the same way, in what is heard: each
clause in the row of its length, as wide as the person was recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from models.tts.clip import Floats, in_band
from models.tts.decoder import RATE_HZ as SPOKEN_HZ
from models.tts.decoder import Decoder, spoken_in_row
from models.tts.front_end import Features
from models.tts.pitch_contour import pitch_contour

_MOST_OCTAVES: Final = 0.2
"""A person is not further from all voices of their language; a noisy line may seem so."""


class OwnPitch(msgspec.Struct, frozen=True, kw_only=True):
    """How far the curve that the network foretells is moved, and where it comes to lie."""

    octaves: float
    hz: float
    """Median of what the voice then says, by calculation."""

    def moved(self, features: Features) -> Features:
        """A sentence at that pitch."""
        return msgspec.structs.replace(
            features, pitch=np.asarray(features.pitch * 2.0**self.octaves, dtype=np.float32)
        )


def own_pitch(
    clauses: Sequence[Features], decoder: Decoder, pack: Floats, pitch_hz: float, band_hz: int
) -> OwnPitch:
    """How far to move a voice.

    Args:
        clauses: of ordinary length, as the voice foretells them.
        decoder: Kokoro's.
        pack: (510, 1, 256) float32, the voice.
        pitch_hz: the person's median, of ``pitch_contour``.
        band_hz: of the person's recordings.
    """
    contours = []
    for one in clauses:
        spoken = spoken_in_row(decoder, one, pack)[0].numpy()
        contours.append(pitch_contour(in_band(spoken, SPOKEN_HZ, band_hz)))
    contour = np.concatenate(contours)
    own = float(np.median(contour[contour > 0])) if (contour > 0).any() else pitch_hz
    octaves = float(np.clip(np.log2(pitch_hz / own), -_MOST_OCTAVES, _MOST_OCTAVES))
    return OwnPitch(octaves=octaves, hz=own * 2.0**octaves)

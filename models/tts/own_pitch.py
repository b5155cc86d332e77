"""The person's own pitch: how far a blend of stock prosodies is moved so that it has it.

Blends reach from the lowest voice of a language to the highest, and in clauses of a call they fall
below what they have in short ones. Both sides are measured in the same way, in what is heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import torch

from models.tts.clip import RATE_HZ, Floats, at_rate
from models.tts.decoder import RATE_HZ as SPOKEN_HZ
from models.tts.decoder import Decoder, style_of
from models.tts.front_end import Features
from models.tts.pitch_contour import pitch_contour
from models.tts.voice_packs import DECODER

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
    sentences: Sequence[Features], decoder: Decoder, pack: Floats, pitch_hz: float
) -> OwnPitch:
    """How far to move a voice.

    Args:
        sentences: of ordinary length, as the voice foretells them.
        decoder: Kokoro's.
        pack: (510, 1, 256) float32, the voice.
        pitch_hz: the person's median, of ``pitch_contour``.
    """
    contours = []
    with torch.inference_mode():
        for one in sentences:
            spoken = decoder(one, style_of(pack[one.tokens - 1, :, :DECODER]))[0].numpy()
            contours.append(pitch_contour(at_rate(spoken, SPOKEN_HZ, RATE_HZ)))
    contour = np.concatenate(contours)
    own = float(np.median(contour[contour > 0])) if (contour > 0).any() else pitch_hz
    octaves = float(np.clip(np.log2(pitch_hz / own), -_MOST_OCTAVES, _MOST_OCTAVES))
    return OwnPitch(octaves=octaves, hz=own * 2.0**octaves)

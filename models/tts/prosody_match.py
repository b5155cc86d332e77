"""The prosody half of a voice: stock voices' own, blended until the pitch is the person's.

Durations, pitch and energy follow this half alone. It is not fitted by gradient: that pleased the
judge that is optimised and not the other. Blending two voices of the language keeps its melody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.tts.front_end import FrontEnd
from models.tts.voice_packs import DECODER, VoicePacks

Floats = NDArray[np.float32]

_VOICED_HZ: Final = 30.0
_HALVINGS: Final = 5
_SHORTLIST: Final = 3
"""Voices whose pitch is measured on all sentences, not on the first alone."""


class Prosody(msgspec.Struct, frozen=True, kw_only=True):
    """A prosody half and where it comes from."""

    half: Floats
    """(510, 1, 128) float32."""
    voices: tuple[str, ...]
    """One, or two that were blended."""
    share: float
    """Of the second."""
    pitch_hz: float
    """Median of what it says."""


def match(
    front_end: FrontEnd,
    stock: VoicePacks,
    names: Sequence[str],
    sentences: Sequence[str],
    pitch_hz: float,
) -> Prosody:
    """The blend whose median pitch is nearest to ``pitch_hz``.

    Args:
        front_end: says what pitch a style gives.
        stock: the packs.
        names: of voices that speak the language.
        sentences: phonemes that pitch is measured on; the first alone makes the shortlist.
        pitch_hz: the person's.
    """

    def said(pack: Floats, some: Sequence[str]) -> float:
        heard = [front_end.features(sentence, pack).pitch.reshape(-1) for sentence in some]
        hertz = np.concatenate(heard)
        return float(np.median(hertz[hertz > _VOICED_HZ]))

    packs = {name: stock.pack(name) for name in names}
    rough = {name: said(pack, sentences[:1]) for name, pack in packs.items()}

    def by_distance(pitches: Mapping[str, float]) -> list[str]:
        return sorted(pitches, key=lambda name: abs(np.log(pitches[name] / pitch_hz)))

    pitches = {name: said(packs[name], sentences) for name in by_distance(rough)[:_SHORTLIST]}
    first = by_distance(pitches)[0]
    above = pitch_hz > pitches[first]
    others = [name for name in by_distance(rough) if (rough[name] > pitch_hz) == above]
    if first in others:
        others.remove(first)
    if not others:
        half = np.ascontiguousarray(packs[first][:, :, DECODER:])
        return Prosody(half=half, voices=(first,), share=0.0, pitch_hz=pitches[first])
    second = others[0]
    low, high, reached = 0.0, 1.0, pitches[first]
    blend = packs[first]
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        blend = (1 - share) * packs[first] + share * packs[second]
        reached = said(blend, sentences)
        low, high = (share, high) if (reached < pitch_hz) == above else (low, share)
    return Prosody(
        half=np.ascontiguousarray(blend[:, :, DECODER:], dtype=np.float32),
        voices=(first, second),
        share=share,
        pitch_hz=reached,
    )

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
from models.tts.voice_packs import DECODER, VoicePacks, at_ordinary_length

Floats = NDArray[np.float32]

_VOICED_HZ: Final = 30.0
_HALVINGS: Final = 5
_NEAR_ENOUGH: Final = 0.03
"""Of the logarithm of pitch: half a semitone."""
_APART: Final = 0.08
_BEYOND: Final = 0.5
"""How far past the highest or lowest voice a blend may go, as a share of the way from another."""
_SHORTLIST: Final = 3
"""Voices whose pitch is measured on all sentences, not on the first alone."""


class Prosody(msgspec.Struct, frozen=True, kw_only=True):
    """A prosody half and where it comes from."""

    half: Floats
    """(510, 1, 128) float32."""
    voices: tuple[str, ...]
    """One, or two that were blended."""
    pitch_hz: float
    """Median of what it says in clauses of ordinary length."""


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
        ordinary = at_ordinary_length(pack)
        heard = [front_end.features(sentence, ordinary).pitch.reshape(-1) for sentence in some]
        hertz = np.concatenate(heard)
        return float(np.median(hertz[hertz > _VOICED_HZ]))

    packs = {name: stock.pack(name) for name in names}
    rough = {name: said(pack, sentences[:1]) for name, pack in packs.items()}

    def by_distance(pitches: Mapping[str, float]) -> list[str]:
        return sorted(pitches, key=lambda name: abs(np.log(pitches[name] / pitch_hz)))

    pitches = {name: said(packs[name], sentences) for name in by_distance(rough)[:_SHORTLIST]}
    first = by_distance(pitches)[0]
    above = pitch_hz > pitches[first]

    def on_the_way(name: str) -> bool:
        """Whether going from the first voice to this one leads towards the person's pitch."""
        return name != first and (rough[name] > pitches[first]) == above

    second, furthest = first, 0.0
    past = [name for name in by_distance(rough) if (rough[name] > pitch_hz) == above]
    if past and past[0] != first:
        second, furthest = past[0], 1.0
    elif abs(np.log(pitches[first] / pitch_hz)) > _NEAR_ENOUGH:
        away = [name for name in by_distance(rough) if not on_the_way(name) and name != first]
        apart = [name for name in away if abs(np.log(rough[name] / pitches[first])) > _APART]
        second, furthest = (apart[0], -_BEYOND) if apart else (first, 0.0)
    share, other, reached = 0.0, furthest, pitches[first]
    blend = packs[first]
    for _ in range(_HALVINGS if furthest else 0):
        middle = (share + other) / 2
        mixed = (1 - middle) * packs[first] + middle * packs[second]
        heard = said(mixed, sentences)
        if (heard > pitch_hz) == above:
            other = middle
        else:
            share, blend, reached = middle, mixed, heard
    return Prosody(
        half=np.ascontiguousarray(blend[:, :, DECODER:], dtype=np.float32),
        voices=(first, second) if share else (first,),
        pitch_hz=reached,
    )

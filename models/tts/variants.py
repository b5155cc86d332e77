"""Which of some fitted variants is the voice: understood, and by CAM++ the most like the person.

CAM++ is a network that no fit optimises and no gate asks. What suits a clean recording is too
little for a poor one, and what is fitted to a few sentences may reach too far. So each variant says
the same everyday sentences on the run-time network, and of those that the recogniser understands
the one that CAM++ hears nearest to what was fitted to is the voice; where it hears no difference,
the one that reaches less far, and of these the one that is understood best. GE2E, which judges it
afterwards, is not asked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.errors import BadAudio
from engines.text.normalise import Language
from engines.tts.voice_file import written
from models.tts.clip import Floats
from models.tts.heard_back import error_rate
from models.tts.judge_sentences import FOR_LIKENESS
from models.tts.reading import ORDINARY
from models.tts.spoken import Spoken, Voices, heard_in_pieces

_NORMS: Final = (0.7, 0.85)
"""All of them are more often too much than too little (models/tts/CARD.md)."""
_ERROR_MARGIN: Final = 0.03
"""So much less may a variant be understood that is nearer to the person."""
_ALIKE: Final = 0.01
"""Cosines of CAM++ that tell nothing: then the one that reaches less far is the voice."""
_SILENT: Final = -1.0


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One that was tried."""

    fit: int
    """Which of the fits."""
    norms: float
    """Share of the offsets of its norms."""
    likeness: float
    """CAM++'s cosine to the recordings that were fitted to; −1 where it is silent."""
    error_rate: float = 1.0
    """Of what the product's recogniser hears of it, 0 to 1."""
    failures: int = 0
    """What the guard has against its sentences."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a fit came to."""

    pack: Floats
    """(510, 1, 256) float32."""
    gains_db: Floats
    """(48,) float32."""
    offsets: Floats
    """(37396,) float32."""
    octaves: float = 0.0
    """By which its pitch is moved."""

    def kept(self, variant: Variant) -> bytes:
        """The file of a variant."""
        offsets = self.offsets * np.float32(variant.norms)
        return written(self.pack, self.gains_db, offsets, self.octaves)


def tried(
    outcomes: Sequence[Outcome],
    *,
    release: Path,
    embed: Callable[[Floats], Floats],
    hear: Callable[[NDArray[np.int16], str], str],
    person: Floats,
    language: Language,
    band_hz: int,
    on_variant: Callable[[int, int], None],
) -> list[Variant]:
    """All variants, the voice first: nothing against it, understood, and the nearest or as near.

    Args:
        outcomes: of the fits.
        release: objects of ``lite``, on which the voice will speak.
        embed: (T,) float32 at 16 kHz to a vector of length 1.
        hear: what a recogniser makes of (T,) int16 at 24 kHz that was to say a text.
        person: (T,) float32 at 16 kHz, what was fitted to.
        language: that the voice speaks.
        band_hz: of the recordings.
        on_variant: told how many are done, and of how many.

    Raises:
        BadAudio: all are silent.
        WeightsUnusable: a file of the release is missing or broken.
        ReaderFailed, SpeakerMissing: as ``Voices``.
    """
    wanted = embed(person)
    variants = [
        Variant(fit=fit, norms=norms, likeness=_SILENT)
        for fit, norms in product(range(len(outcomes)), _NORMS)
    ]
    found: list[Variant] = []
    with tempfile.TemporaryDirectory(prefix="kefu-variants-") as folder:
        files = [Path(folder) / f"{place}.bin" for place in range(len(variants))]
        for path, one in zip(files, variants, strict=True):
            path.write_bytes(outcomes[one.fit].kept(one))
        with Voices(release, {path.stem: path for path in files}) as voices:
            for path, one in zip(files, variants, strict=True):
                texts = ORDINARY[language]
                said = [voices.say(text, language, path.stem) for text in texts]
                heard = [
                    (text, hear(sentence.pcm, text))
                    for text, sentence in zip(texts, said, strict=True)
                ]
                found.append(
                    msgspec.structs.replace(
                        one,
                        likeness=_likeness(said, band_hz, embed, wanted),
                        error_rate=round(error_rate(heard, language), 4),
                        failures=sum(len(sentence.failures) for sentence in said),
                    )
                )
                on_variant(len(found), len(variants))
    if all(one.likeness == _SILENT for one in found):
        raise BadAudio("The voice is silent where it should speak.", mend="Record other samples.")
    least = min(one.error_rate for one in found if one.likeness != _SILENT)

    def flaws(one: Variant) -> tuple[bool, int, bool]:
        misheard = one.error_rate > least + _ERROR_MARGIN
        return one.likeness == _SILENT, one.failures, misheard

    ranked = sorted(found, key=lambda one: (flaws(one), -one.likeness))
    nearest = ranked[0]
    alike = [
        one
        for one in ranked
        if flaws(one) == flaws(nearest) and one.likeness >= nearest.likeness - _ALIKE
    ]
    chosen = min(alike, key=lambda one: (one.norms, one.error_rate))
    return [chosen, *(one for one in ranked if one is not chosen)]


def _likeness(
    said: Sequence[Spoken],
    band_hz: int,
    embed: Callable[[Floats], Floats],
    person: Floats,
) -> float:
    try:
        pieces = heard_in_pieces(said, band_hz, len(said) // FOR_LIKENESS)
    except BadAudio:
        return _SILENT
    return round(float(np.mean([embed(piece) @ person for piece in pieces])), 4)

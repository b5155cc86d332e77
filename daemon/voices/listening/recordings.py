"""Which of a person's recordings are heard in a listening test."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

import msgspec

from daemon.voices.errors import TooFewRecordings, TooLittleSpeech
from daemon.voices.listening.plan import FEWEST_SENTENCES, Line
from daemon.voices.material import choose as material_of
from daemon.voices.records import Enrolment, Language, Sample, usable

TRAINING: Final[dict[Language, tuple[str, str]]] = {
    "zh": ("这是一段练习用的录音。", "您可以先调好耳机的音量。"),
    "en": ("This is a recording to practise with.", "You may set the volume of your headphones."),
}
"""Nobody is asked to read these, so no clip that counts says them."""
_SHORTEST_S: Final = 1.0
_LONGEST_S: Final = 12.0
_WIDE_HZ: Final = 7_000
"""From this band on a page is made at 16 kHz, else at the telephone's 8."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What is heard of one voice."""

    lines: tuple[Line, ...]
    held_out: bool
    """False: too few recordings were kept back, so some that the voice was made from are heard."""
    rate_hz: int


def choose(enrolment: Enrolment, sentences: int, least_seconds: float, random: Random) -> Chosen:
    """Recordings with a known text, of 1 to 12 s, that the voice was not made from.

    Args:
        enrolment: all samples.
        sentences: how many are wanted; fewer come where fewer are there.
        least_seconds: as for ``material.choose``, which says what a voice is made from.
        random: draws among those that are good.

    Raises:
        TooFewRecordings: fewer than three have a known text and a fitting length.
    """
    good = [one for one in usable(enrolment.samples) if _text(one) and _fits(one)]
    try:
        made_from = set(material_of(enrolment.samples, least_seconds).references)
    except TooLittleSpeech:
        made_from = set()
    fresh = [one for one in good if one.file not in made_from]
    held_out = len(fresh) >= FEWEST_SENTENCES
    pool = fresh if held_out else good
    if len(pool) < FEWEST_SENTENCES:
        raise TooFewRecordings(
            f"{enrolment.name} has {len(pool)} usable recordings of 1 to 12 s with a known text; "
            f"{FEWEST_SENTENCES} are needed."
        )
    drawn = random.sample(pool, min(sentences, len(pool)))
    return Chosen(
        lines=tuple(Line(text=_text(one), file=one.file) for one in drawn),
        held_out=held_out,
        rate_hz=rate_of(drawn),
    )


def rate_of(samples: Sequence[Sample]) -> int:
    """The rate that all of them fill: a recording must not be told by what it lacks."""
    return 16_000 if min(one.band_hz for one in samples) >= _WIDE_HZ else 8_000


def _text(sample: Sample) -> str:
    return sample.asked or sample.heard


def _fits(sample: Sample) -> bool:
    return _SHORTEST_S <= sample.seconds <= _LONGEST_S

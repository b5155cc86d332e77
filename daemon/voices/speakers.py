"""Samples of other people than the one whom most of an enrolment is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec.structs import replace

from daemon.voices.records import Sample
from daemon.voices.voiceprints import Voiceprint
from engines.samples.refusal import Refusal
from engines.samples.same_speaker import (
    ALIKE_AFTER_ALL,
    FEWEST_OTHERS,
    LEAST_ALIKE,
    LEAST_ALIKE_HALF,
    LEAST_ALIKE_HALVES,
    halves_to_the_others,
    mean_print,
    to_the_others,
)

ANOTHER: Final = "another_speaker"
IN_TURNS: Final = "speakers_in_turns"
NOT_COMPARED: Final = Refusal(
    code="not_compared",
    reason="whose voice it is was not looked at yet",
    mend="Run the same `kefuctl voice enroll` again: it goes on where it was.",
)
"""Of a sample that passes otherwise: nothing is used before it is known to be the person's."""
_OF_SPEAKERS: Final = frozenset({ANOTHER, IN_TURNS, NOT_COMPARED.code})
_DIGITS: Final = 6
ESTABLISHED: Final = 5
"""With so many usable samples a voice is a person's: more recordings of another change nothing."""


def without_speaker_refusals(samples: Sequence[Sample]) -> list[Sample]:
    """As they were before anybody compared voices: more samples may show another majority."""
    return [
        replace(one, refusals=tuple(why for why in one.refusals if why.code not in _OF_SPEAKERS))
        for one in samples
    ]


def judged_by_speaker(
    samples: Sequence[Sample], prints: Sequence[Voiceprint], known: Sequence[bool] = ()
) -> tuple[list[Sample], tuple[float, ...]]:
    """The samples with refusals of whoever is not the person, and that person's embedding. Pure.

    Args:
        samples: that pass otherwise.
        prints: their voiceprints, in the same order.
        known: which of them were the person's before; with ``ESTABLISHED`` of them it stays so.
    """
    if not samples:
        return [], ()
    whole = np.array([one.whole for one in prints], np.float32)
    halves = [np.array(one.halves, np.float32) for one in prints]
    alone = np.array([len(one) != 2 or one[0] @ one[1] >= LEAST_ALIKE_HALVES for one in halves])
    cosines, same = np.ones(len(samples), np.float32), np.zeros(len(samples), bool)
    before = np.array(known, bool)
    established = before[alone] if np.count_nonzero(before) >= ESTABLISHED else None
    cosines[alone], same[alone] = to_the_others(whole[alone], known=established)
    lowest = halves_to_the_others(whole, halves, same)
    if np.count_nonzero(same) >= FEWEST_OTHERS:
        after_all = ~alone & (lowest >= ALIKE_AFTER_ALL)
        cosines[after_all] = whole[after_all] @ mean_print(whole[same])
        same |= after_all & (cosines >= LEAST_ALIKE)
        alone |= after_all
    turns = ~alone | (same & (lowest < LEAST_ALIKE_HALF))
    same &= ~turns
    judged = []
    for sample, two, cosine, of_person in zip(samples, turns, cosines, same, strict=True):
        why = _in_turns() if two else _another(float(cosine)) if not of_person else None
        judged.append(replace(sample, refusals=(*sample.refusals, *((why,) if why else ()))))
    if not same.any():
        return judged, ()
    embedding = tuple(round(float(one), _DIGITS) for one in mean_print(whole[same]))
    return judged, embedding


def _another(cosine: float) -> Refusal:
    return Refusal(
        code=ANOTHER,
        reason=f"somebody else: likeness {cosine:.2f} to the other recordings",
        mend="Enrol one person at a time; give each a name of their own. Where the earlier ones "
        "are the mistake: `kefuctl voice revoke`, then enrol anew.",
    )


def _in_turns() -> Refusal:
    return Refusal(
        code=IN_TURNS,
        reason="its beginning and its end are of two people",
        mend="Cut out what the person says alone, or record it alone.",
    )

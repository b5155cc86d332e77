"""Whose voice a consent is in: the enrolled person's, and no machine's. Pure, on embeddings.

What this does not catch: a machine that imitates this very person well, and words of this person
that were cut together. Whoever takes a consent hears it being said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.samples.refusal import Refusal

Floats = NDArray[np.float32]

HALF_MARGIN: Final = 0.15
"""So much less alike may half of a sentence be."""
MOST_MACHINE: Final = 0.75
"""Cosine to a voice of the synthesiser from which on it is that voice: what stock voices say of
themselves has 0.87 or more, 364 clips of 147 people stay below 0.65."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Who else could have said it."""

    people: Mapping[str, Floats] = {}
    """Embeddings of the other enrolments, (192,) float32 of length 1, by voice."""
    machines: Mapping[str, Floats] = {}
    """Of what the synthesiser says in its own voices, and in those that were made of others."""
    own_voices: Sequence[tuple[Floats, Floats]] = ()
    """Of what it says in each voice that was made of this person, and of the person, live: who is
    like their voice and no machine."""


def known_to(
    name: str,
    of_samples: Floats,
    live: Mapping[str, Floats],
    people: Mapping[str, Floats],
    machines: Mapping[str, Floats],
) -> Known:
    """Who is held against a consent to a voice.

    Another voice of the same person is neither somebody else nor a stranger's machine, unless the
    samples are more like it than like the person: then it has spoken them. What the person sounds
    like is what they said live, in the consent that holds: samples may have come since.

    Args:
        name: of the voice.
        of_samples: (192,) float32 of its samples.
        live: of the consents that hold to voices of this person, this one among them.
        people: of the samples of the other enrolments.
        machines: of the synthesiser's voices.
    """
    own = {
        voice: (machines[voice], row)
        for voice, row in live.items()
        if voice in machines and (voice == name or of_samples @ row > of_samples @ machines[voice])
    }
    if name in machines and name not in own:
        own[name] = (machines[name], of_samples)
    return Known(
        people={voice: row for voice, row in people.items() if voice not in live},
        machines={voice: row for voice, row in machines.items() if voice not in own},
        own_voices=tuple(own.values()),
    )


def speaker_refusals(
    spoken: Floats, halves: Floats, enrolled: Floats, known: Known, least_likeness: float
) -> tuple[Refusal, ...]:
    """Why what was said is not in the enrolled person's voice; empty: it is.

    Args:
        spoken: (192,) float32 of length 1, of all that was said.
        halves: (2, 192) of its beginning and end; (0, 192) where it is too short to be halved.
        enrolled: (192,) of the samples.
        known: others.
        least_likeness: cosine to the samples.
    """
    return tuple(_refusals(spoken, halves, enrolled, known, least_likeness))


def _refusals(
    spoken: Floats, halves: Floats, enrolled: Floats, known: Known, least: float
) -> Iterator[Refusal]:
    likeness = float(spoken @ enrolled)
    weakest = float((halves @ enrolled).min(initial=1.0))
    if likeness < least:
        yield _another(f"likeness {likeness:.2f} to the samples; {least:.2f} are needed")
    elif weakest < least - HALF_MARGIN:
        yield _another(f"one half of it has likeness {weakest:.2f} to the samples")
    else:
        name, nearest = _nearest(spoken, known.people)
        if nearest > likeness:
            yield _another(f"it is more like the samples of {name}")
    name, nearest = _nearest(spoken, known.machines)
    # Of somebody else entirely it means nothing that some synthesiser's voice is nearer.
    machine = MOST_MACHINE if likeness < least else max(min(likeness, MOST_MACHINE), 0.0)
    if nearest >= machine:
        yield _machine(f"likeness {nearest:.2f} to the synthesiser's voice {name}")
    elif any(float(spoken @ own) >= float(spoken @ live) for own, live in known.own_voices):
        yield _machine("it is more like the voice that was made than like the samples")


def _another(reason: str) -> Refusal:
    return Refusal(
        code="another_speaker",
        reason=reason,
        mend="The person whose samples were enrolled says it, alone, as the samples were recorded.",
    )


def _machine(reason: str) -> Refusal:
    return Refusal(
        code="machine_voice",
        reason=reason,
        mend="The speaker says it live, into a telephone or a microphone.",
    )


def _nearest(spoken: Floats, others: Mapping[str, Floats]) -> tuple[str, float]:
    cosines = {name: float(spoken @ one) for name, one in others.items()}
    name = max(cosines, key=cosines.__getitem__, default="")
    return name, cosines.get(name, -1.0)

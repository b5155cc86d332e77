"""Which samples a voice is fitted to, and which are kept back to judge it by: a pure choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from daemon.voices.errors import TooLittleSpeech
from daemon.voices.records import Sample, usable

MOST_SECONDS: Final = 60.0
"""Of speech that a voice is fitted to; more did not bring it nearer (``benchmarks/voice.py``)."""
_KEPT_BACK_SECONDS: Final = 30.0
_KEPT_BACK_SHARE: Final = 0.3


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """Files of ``samples/``; none is in both."""

    references: tuple[str, ...]
    held_out: tuple[str, ...]
    seconds: float
    """Of the references."""
    band_hz: int
    """The narrowest of the references: all are heard through it."""


def choose(samples: Sequence[Sample], least_seconds: float) -> Material:
    """Split the usable samples into those that fit and those that judge.

    Every third sample of those ordered by quality judges, until 30 s or three tenths are kept back:
    so both parts are alike. Where 15 s are all there is, two samples judge.

    Args:
        samples: of the enrolment, usable or not.
        least_seconds: of usable speech altogether.

    Raises:
        TooLittleSpeech: there is less, or fewer than three samples.
    """
    good = sorted(usable(samples), key=lambda one: (-one.quality, one.file))
    total = sum(one.seconds for one in good)
    if total < least_seconds or len(good) < 3:
        raise TooLittleSpeech(
            f"{total:.0f} s of usable speech in {len(good)} samples; "
            f"{least_seconds:.0f} s in three at least are needed."
        )
    room = min(_KEPT_BACK_SECONDS, _KEPT_BACK_SHARE * total)
    held_out: list[Sample] = []
    for one in good[1::3]:
        if len(held_out) < 2 or sum(kept.seconds for kept in held_out) + one.seconds <= room:
            held_out.append(one)
    references: list[Sample] = []
    for one in good:
        if one not in held_out and _seconds(references) < MOST_SECONDS:
            references.append(one)
    return Material(
        references=tuple(one.file for one in references),
        held_out=tuple(one.file for one in held_out),
        seconds=round(_seconds(references), 2),
        band_hz=min(one.band_hz for one in references),
    )


def _seconds(samples: Sequence[Sample]) -> float:
    return sum(one.seconds for one in samples)

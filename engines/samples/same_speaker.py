"""Whether recordings are of one person, by embeddings of their speakers (ECAPA-TDNN)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LEAST_ALIKE: Final = 0.55
"""Cosine of a recording to the mean of the person's others: of 86, 0.575 was the lowest."""
LEAST_ALIKE_HALF: Final = 0.40
"""Of each half of a recording: of 129 of a reader of short sentences, 0.408 was the lowest."""
LEAST_ALIKE_HALVES: Final = 0.34
"""Cosine of the two halves of a recording: of 129, 8 are below, and of 60 in turns 57."""
ALIKE_AFTER_ALL: Final = 0.50
"""Such a recording is one person's where each half is so much like the person's others: of the 8
five are, and of the 60 in turns one."""
FEWEST_OTHERS: Final = 3
"""Of the person's recordings, to say so."""
LEAST_HALF_S: Final = 1.5
"""Shorter halves are not told apart."""
_NEAR: Final = 0.45
"""Cosine of two recordings of a few seconds each of one person: of 298, 99 % lie above 0.42, and of
4,073 of two people 95 % below 0.37."""
_ROUNDS: Final = 10
_NOTHING: Final = 1e-6


def to_the_others(
    prints: Floats, least: float = LEAST_ALIKE, known: NDArray[np.bool_] | None = None
) -> tuple[Floats, NDArray[np.bool_]]:
    """Each recording beside the person whom most of them are of. Pure.

    The person is the recordings around the one that has most neighbours; of people with as many
    recordings, who came first. Then whoever is too far from the mean of the others goes out.

    Args:
        prints: (N, D) float32, embeddings of length 1.
        least: cosine to the mean of the others below which a recording is somebody else's.
        known: (N,) bool, recordings of whom it is known that they are the person's: all others are
            held against them alone. None, or none of them: nobody is known.

    Returns:
        (N,) float32, cosines to the mean of the person's other recordings (1 where there is none),
        and (N,) bool: of that person.
    """
    count = len(prints)
    if count == 0:
        return np.zeros(0, np.float32), np.zeros(0, bool)
    if known is not None and known.any():
        cosines, kept = np.ones(count, np.float32), np.zeros(count, bool)
        cosines[known], kept[known] = to_the_others(prints[known], least)
        cosines[~known] = prints[~known] @ mean_print(prints[kept])
        return cosines, kept | (~known & (cosines >= least))
    alike = prints @ prints.T
    centre = int(np.argmax(np.count_nonzero(alike > _NEAR, axis=1)))
    kept = alike[centre] > _NEAR
    cosines = _to_mean(prints, kept)
    for _ in range(_ROUNDS):
        now = cosines >= least
        now[centre] = True
        if np.array_equal(now, kept):
            break
        kept = now
        cosines = _to_mean(prints, kept)
    return cosines, kept


def halves_to_the_others(
    prints: Floats, halves: Sequence[Floats], same: NDArray[np.bool_]
) -> Floats:
    """(N,) float32: the lower cosine of a recording's halves to the mean of the person's others.

    Args:
        prints: (N, D) float32, embeddings of the recordings.
        halves: of each, (2, D), or (0, D) where it has none: 1 is returned.
        same: (N,) bool, who is the person.
    """
    lowest = np.ones(len(prints), np.float32)
    total = prints[same].sum(axis=0)
    for place, rows in enumerate(halves):
        others = total - prints[place] * same[place]
        length = float(np.linalg.norm(others))
        if len(rows) and length > _NOTHING:
            lowest[place] = np.min(rows @ others) / length
    return lowest


def mean_print(prints: Floats) -> Floats:
    """(N, D) to their mean, (D,), length 1."""
    total = prints.sum(axis=0)
    return np.asarray(total / max(1e-9, float(np.linalg.norm(total))), np.float32)


def _to_mean(prints: Floats, kept: NDArray[np.bool_]) -> Floats:
    """Cosines of each to the sum of the kept ones without itself."""
    sums = prints[kept].sum(axis=0)[None] - prints * kept[:, None]
    lengths = np.linalg.norm(sums, axis=1)
    cosines = np.sum(prints * sums, axis=1) / np.maximum(lengths, 1e-9)
    return np.where(lengths > _NOTHING, cosines, 1.0).astype(np.float32)

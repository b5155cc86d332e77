"""Whether recordings are of one person, by embeddings of their speakers (ECAPA-TDNN)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LEAST_ALIKE: Final = 0.45
"""Cosine of a recording to the mean of the person's others."""
LEAST_ALIKE_HALVES: Final = 0.2
"""Cosine of the two halves of a recording, of 2 s or more each."""
LEAST_HALF_S: Final = 2.0
_NEAR: Final = 0.35
"""Cosine of two recordings of a few seconds each of one person."""
_ROUNDS: Final = 10


def to_the_others(prints: Floats, least: float = LEAST_ALIKE) -> tuple[Floats, NDArray[np.bool_]]:
    """Each recording beside the person whom most of them are of. Pure.

    The person is the recordings around the one that has most neighbours; of people with as many
    recordings, who came first. Then whoever is too far from the mean of the others goes out.

    Args:
        prints: (N, D) float32, embeddings of length 1.
        least: cosine to the mean of the others below which a recording is somebody else's.

    Returns:
        (N,) float32, cosines to the mean of the person's other recordings (1 where there is none),
        and (N,) bool: of that person.
    """
    count = len(prints)
    if count == 0:
        return np.zeros(0, np.float32), np.zeros(0, bool)
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


def mean_print(prints: Floats) -> Floats:
    """(N, D) to their mean, (D,), length 1."""
    total = prints.sum(axis=0)
    return np.asarray(total / max(1e-9, float(np.linalg.norm(total))), np.float32)


def _to_mean(prints: Floats, kept: NDArray[np.bool_]) -> Floats:
    """Cosines of each to the sum of the kept ones without itself."""
    sums = prints[kept].sum(axis=0)[None] - prints * kept[:, None]
    lengths = np.linalg.norm(sums, axis=1)
    cosines = np.sum(prints * sums, axis=1) / np.maximum(lengths, 1e-9)
    return np.where(lengths > 1e-6, cosines, 1.0).astype(np.float32)

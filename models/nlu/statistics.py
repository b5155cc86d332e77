"""Intervals and curves of an evaluation."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A share of n with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f}, n = {self.n})"


def wilson(right: int, n: int) -> Share:
    """Wilson's interval of a proportion."""
    if n == 0:
        return Share(value=math.nan, low=0.0, high=1.0, n=0)
    z = 1.959964
    p = right / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Share(value=p, low=max(0.0, middle - half), high=min(1.0, middle + half), n=n)


def bootstrap(values: NDArray[np.float64], seed: int = 7) -> Share:
    """The mean of values, one a sentence, resampled by sentence."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(2000)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Share(value=float(values.mean()), low=float(low), high=float(high), n=len(values))


def auroc(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """The chance that a score from inside is above one from outside; ties count half."""
    both = np.concatenate([inside, outside])
    _, inverse, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    n, m = len(inside), len(outside)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))

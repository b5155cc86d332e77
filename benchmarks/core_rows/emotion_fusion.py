"""Voice and text as one feeling, beside the same formula in numpy."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.core_rows.duel import Duel
from engines._core import fuse_emotions

BASE: Final = (0.6, 0.4)
ROWS: Final = np.array([(0.7, 0.3), BASE, BASE, BASE, (0.55, 0.45), (0.4, 0.6), (0.65, 0.35), BASE])
RULE: Final[dict[str, Any]] = {
    "rows": ROWS,
    "base": BASE,
    "document_base": BASE,
    "sure_above": 0.75,
    "sure_factor": 1.2,
}


def duels() -> list[Duel]:
    """One call, and the calls of a slot at once."""
    return [_duel(calls) for calls in (1, 100)]


def _duel(calls: int) -> Duel:
    rng = np.random.default_rng(0)
    voice, text = rng.dirichlet(np.ones(8), (2, calls))
    confidence = rng.uniform(size=(calls, 2))
    trust = np.ones((calls, 2))
    present = np.ones((calls, 2), np.uint8)

    def ours() -> object:
        return fuse_emotions(voice, text, confidence, trust, present, **RULE)

    def check() -> None:
        found = fuse_emotions(voice, text, confidence, trust, present, **RULE)
        for got, expected in zip(found, by_numpy(voice, text, confidence, trust), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-9)

    return Duel(
        key="emotion_fusion",
        what=f"emotion fusion, {calls} call{'s' if calls > 1 else ''}",
        peer=f"numpy {np.__version__}",
        ours=ours,
        theirs=lambda: by_numpy(voice, text, confidence, trust),
        check=check,
    )


def by_numpy(
    voice: NDArray[np.float64],
    text: NDArray[np.float64],
    confidence: NDArray[np.float64],
    trust: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(N, 8) fused, (N, 2) weights of the emotion with most, (N,) its confidence."""
    sure = np.where(confidence > 0.75, 1.2, 1.0)
    weights = ROWS[None] * sure[:, None, :]
    weights /= weights.sum(axis=2, keepdims=True)
    parts = weights * np.stack([voice, text], axis=2)
    total = parts.sum(axis=(1, 2))
    scores = parts.sum(axis=2) / total[:, None]
    rows, best = np.arange(len(voice)), scores.argmax(axis=1)
    return scores, weights[rows, best], (parts[rows, best] * trust).sum(axis=1) / total

"""The next token beside numpy, for information."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.core_rows.duel import Duel
from engines._core import sampling_probabilities
from engines.dialog.sampling import Sampling

SIZES: Final = ((1, 21_128), (16, 21_128), (1, 200_000))
RULE: Final = Sampling()


def duels() -> list[Duel]:
    """Top-k 50 and top-p 0.9 after a repetition penalty."""
    return [_duel(batch, vocabulary) for batch, vocabulary in SIZES]


def _duel(batch: int, vocabulary: int) -> Duel:
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=3, size=(batch, vocabulary)).astype(np.float32)
    history = rng.integers(0, vocabulary, (batch, 20)).astype(np.int32)

    def check() -> None:
        ours = sampling_probabilities(
            logits,
            history=history,
            temperature=RULE.temperature,
            top_k=RULE.top_k,
            top_p=RULE.top_p,
            repetition_penalty=RULE.repetition_penalty,
        )
        np.testing.assert_allclose(ours, numpy_probabilities(logits, history), atol=1e-5)

    uniform = np.random.default_rng(1).random
    return Duel(
        key="sampling_numpy",
        what=f"next token, {batch} × {vocabulary} logits",
        peer=f"numpy {np.__version__}",
        ours=partial(RULE.draw, logits, seed=1, step=1, history=history),
        theirs=lambda: [
            int(row.cumsum().searchsorted(uniform()))
            for row in numpy_probabilities(logits, history)
        ],
        check=check,
    )


def numpy_probabilities(
    logits: NDArray[np.float32], history: NDArray[np.int32]
) -> NDArray[np.float32]:
    """(B, V): the same rule by partition, and a sort of what is left."""
    scores = logits.copy()
    rows = np.arange(len(scores))[:, None]
    said = scores[rows, history]
    penalty = np.float32(RULE.repetition_penalty)
    scores[rows, history] = np.where(said < 0, said * penalty, said / penalty)
    scores /= np.float32(RULE.temperature)
    shares = np.zeros_like(scores)
    for row, out in zip(scores, shares, strict=True):
        least = np.partition(row, -RULE.top_k)[-RULE.top_k]
        left = np.flatnonzero(row >= least)
        left = left[np.argsort(-row[left], kind="stable")]
        powers = np.exp(row[left] - row[left[0]])
        powers /= powers.sum()
        kept = powers.cumsum() - powers < RULE.top_p
        out[left[kept]] = powers[kept] / powers[kept].sum()
    return shares

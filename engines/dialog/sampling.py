"""How a generator's next token is drawn, and what a finished hypothesis is worth."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines._core import length_penalty, sample


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """The document's values are the defaults."""

    temperature: float = 0.8
    """0: the most likely token."""
    top_k: int = 50
    """0: all."""
    top_p: float = 0.9
    """1: all."""
    repetition_penalty: float = 1.2
    """1: none."""
    length_penalty: float = 1.0
    """0: none; larger prefers longer hypotheses."""

    def draw(
        self,
        logits: NDArray[np.float32],
        *,
        seed: int,
        step: int,
        calls: NDArray[np.int64] | None = None,
        history: NDArray[np.int32] | None = None,
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The next token of each row and ln of its probability: ``engines._core.sample``.

        Args:
            logits: (B, V).
            seed: of the release or the test.
            step: how many tokens were drawn before.
            calls: (B,), a number of each row's own: what it draws does not depend on the others.
            history: (B, L), said before; -1 for none.
        """
        return sample(
            logits,
            seed=seed,
            step=step,
            calls=calls,
            history=history,
            temperature=self.temperature,
            top_k=self.top_k,
            top_p=self.top_p,
            repetition_penalty=self.repetition_penalty,
        )

    def worth(self, log_probability: float, length: int) -> float:
        """Of a hypothesis of ``length`` tokens, by which it is compared with others (GNMT)."""
        return log_probability / length_penalty(length, self.length_penalty)

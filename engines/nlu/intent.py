"""The intent of a sentence from its vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.nlu.head import Head
from engines.nlu.labels import INTENTS, OUT_OF_SCOPE
from engines.nlu.understanding import IntentScore


class IntentClassifier:
    """Fifteen calibrated probabilities; what is like nothing known is out of scope.

    Args:
        path: ``nlu_intent/intent.npz``.
    """

    def __init__(self, path: Path) -> None:
        self._head = Head(path, INTENTS)

    def classify(self, vector: NDArray[np.float32]) -> tuple[IntentScore, ...]:
        """(512,) float32 to all intents, best first; the probabilities sum to 1.

        Out of scope is a class of its own. It also wins where no class reaches the head's
        threshold: it then takes what the best one leaves, and the others share the best's.
        """
        posterior = dict(zip(INTENTS, self._head.posterior(vector).tolist(), strict=True))
        best = max(posterior.values())
        if best < self._head.threshold:
            known = 1.0 - posterior[OUT_OF_SCOPE]
            posterior = {name: p * best / known for name, p in posterior.items()}
            posterior[OUT_OF_SCOPE] = 1.0 - best
        ranked = sorted(posterior.items(), key=lambda pair: -pair[1])
        return tuple(IntentScore(intent=name, probability=p) for name, p in ranked)

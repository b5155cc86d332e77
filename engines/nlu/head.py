"""A classifier over a sentence vector: Linear, ReLU, Linear, soft-max; its weights in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from engines.errors import WeightsUnusable

Floats = NDArray[np.float32]
_PARTS: Final = ("w1", "b1", "w2", "b2", "temperature", "threshold")


class Head:
    """``posterior(vector) -> (C,) float32`` summing to 1, calibrated by a temperature.

    Attributes:
        labels: the C classes, in the order of the posterior.
        threshold: a probability; what it means is the user's affair.

    Raises:
        WeightsUnusable: the file is missing, broken, of another shape or of other labels.
    """

    def __init__(self, path: Path, labels: tuple[str, ...]) -> None:
        try:
            with np.load(path, allow_pickle=False) as stored:
                self.labels = tuple(str(label) for label in stored["labels"])
                parts = [stored[part].astype(np.float32) for part in _PARTS]
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise WeightsUnusable(f"{path} is not a classifier: {error}") from error
        self._w1, self._b1, self._w2, self._b2, temperature, threshold = parts
        self._temperature = float(temperature)
        self.threshold = float(threshold)
        hidden = self._w1.shape[-1]
        if self.labels != labels:
            raise WeightsUnusable(f"{path} was trained for other labels: {self.labels}.")
        if self._w2.shape != (hidden, len(labels)) or self._b1.shape != (hidden,):
            raise WeightsUnusable(f"{path} holds arrays that do not fit together.")

    def posterior(self, vector: Floats) -> Floats:
        """(512,) float32 to (C,) float32."""
        hidden = np.maximum(vector @ self._w1 + self._b1, 0)
        logits = (hidden @ self._w2 + self._b2) / self._temperature
        odds = np.exp(logits - logits.max())
        return np.asarray(odds / odds.sum(), dtype=np.float32)

"""Sentences to vectors as the running engine reads them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.nlu.script import ScriptFolder
from engines.nlu.use import SentenceEncoder


class Reader:
    """Script folded, then encoded."""

    def __init__(self, encoder: SentenceEncoder, script: ScriptFolder) -> None:
        self._encoder = encoder
        self._script = script

    def vectors(self, texts: list[str]) -> NDArray[np.float32]:
        """(N, 512) float32."""
        return self._encoder.encode([self._script.fold(text) for text in texts])

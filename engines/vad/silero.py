"""Silero VAD on 8 kHz telephone audio: one batched run over all calls, each with its own state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.backend import onnxruntime
from engines.backend.base import Engine
from engines.errors import BadTensor

RATE_HZ: Final = 8000
WINDOW: Final = 256
"""Samples of one window: 32 ms."""
CONTEXT: Final = 32
"""Samples of the window before, which the network sees again."""
HIDDEN: Final = 128

Floats = NDArray[np.float32]


class SileroVad(Engine):
    """``run(inputs, state)``: the probability of voice in the next window of many calls.

    The calls' states are kept by whoever runs it: ``engines._core.FrontEnd`` for those of a slot.

    Args:
        path: ``vad_silero/silero_vad.onnx``.

    Raises:
        WeightsUnusable: the file is missing, broken or of another network.
    """

    name = "vad_silero"

    def __init__(self, path: Path) -> None:
        self._session = onnxruntime.open_session(
            path, threads=1, inputs=("input", "state", "sr"), outputs=("output", "stateN")
        )
        self._weights_bytes = path.stat().st_size
        self._rate = np.array(RATE_HZ, np.int64)

    def run(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Voice in the next window of N calls.

        Args:
            inputs: (N, 288) float32, -1..1, 8 kHz: the last 32 samples of the window before (zeros
                before the first), then the window.
            state: (2, N, 128) float32, what the network remembers of each; zeros at first.

        Returns:
            (N,) float32, the probabilities, and (2, N, 128), what it remembers now.

        Raises:
            BadTensor: shape, dtype or values are not as stated.
        """
        calls = len(inputs)
        _check("inputs", inputs, (calls, CONTEXT + WINDOW))
        _check("state", state, (2, calls, HIDDEN))
        if calls == 0:
            return np.zeros(0, np.float32), state
        output, moved = self._session.run(None, {"input": inputs, "state": state, "sr": self._rate})
        return output[:, 0], moved

    def listen(self, audio: Floats) -> Iterator[float]:
        """The probability of voice in each full window of a recording, one after the other.

        Args:
            audio: (T,) float32, -1..1, 8 kHz.

        Raises:
            BadTensor: as ``run``.
        """
        inputs = np.zeros((1, CONTEXT + WINDOW), np.float32)
        state = np.zeros((2, 1, HIDDEN), np.float32)
        for start in range(0, len(audio) - WINDOW + 1, WINDOW):
            inputs[0, :CONTEXT] = inputs[0, -CONTEXT:]
            inputs[0, CONTEXT:] = audio[start : start + WINDOW]
            found, state = self.run(inputs, state)
            yield float(found[0])

    def warm_up(self) -> None:
        """One run, so that the first call does not pay for allocations."""
        for _ in self.listen(np.zeros(WINDOW, np.float32)):
            pass

    def memory_bytes(self) -> int:
        """The file, its parsed graph and the session's own copy."""
        return self._weights_bytes * 3

    def close(self) -> None:
        """Free the network; the engine cannot run after it."""
        del self._session


def _check(name: str, tensor: Floats, shape: tuple[int, ...]) -> None:
    if tensor.shape != shape or tensor.dtype != np.float32:
        raise BadTensor(f"{name} is {tensor.dtype} {tensor.shape}, not float32 {shape}.")
    if not np.isfinite(tensor).all():
        raise BadTensor(f"{name} holds a value that is no finite number.")

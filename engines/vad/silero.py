"""Silero VAD on 8 kHz telephone audio: one batched run over all calls, each with its own state."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.backend import onnxruntime
from engines.backend.base import Engine
from engines.errors import BadTensor

RATE_HZ: Final = 8000
WINDOW: Final = 256
"""Samples of one window: 32 ms."""
_CONTEXT: Final = 32  # samples of the window before that the network sees again
_HIDDEN: Final = 128

Floats = NDArray[np.float32]


class VadState(msgspec.Struct, kw_only=True):
    """What the network remembers of one call; ``SileroVad.run`` moves it on in place."""

    recurrent: Floats
    """(2, 128) float32."""
    context: Floats
    """(32,) float32: the end of the last window."""


class SileroVad(Engine):
    """``run(states, windows) -> (N,) float32``, the probability of voice in each window.

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

    def new_state(self) -> VadState:
        """The state of a call of which nothing was heard yet."""
        return VadState(
            recurrent=np.zeros((2, _HIDDEN), np.float32), context=np.zeros(_CONTEXT, np.float32)
        )

    def run(self, states: Sequence[VadState], windows: Floats) -> Floats:
        """Voice in the next window of N calls.

        Args:
            states: one for each call, moved on in place; no call twice.
            windows: (N, 256) float32, -1..1, 8 kHz.

        Raises:
            BadTensor: shape, dtype or values are not as stated; no state has moved.
        """
        calls = len(states)
        if windows.shape != (calls, WINDOW) or windows.dtype != np.float32:
            raise BadTensor(
                f"windows are {windows.dtype} {windows.shape}, not float32 {(calls, WINDOW)}."
            )
        if calls == 0:
            return np.zeros(0, np.float32)
        if not np.isfinite(windows).all():
            raise BadTensor("a window holds a value that is no finite number.")
        contexts = np.stack([state.context for state in states])
        recurrent = np.stack([state.recurrent for state in states], axis=1)
        output, moved = self._session.run(
            None,
            {
                "input": np.concatenate([contexts, windows], axis=1),
                "state": recurrent,
                "sr": self._rate,
            },
        )
        for number, state in enumerate(states):
            state.recurrent = moved[:, number]
            state.context = windows[number, -_CONTEXT:].copy()
        probabilities: Floats = output[:, 0]
        return probabilities

    def warm_up(self) -> None:
        """One run, so that the first call does not pay for allocations."""
        self.run([self.new_state()], np.zeros((1, WINDOW), np.float32))

    def memory_bytes(self) -> int:
        """The file, its parsed graph and the session's own copy."""
        return self._weights_bytes * 3

    def close(self) -> None:
        """Free the network; the engine cannot run after it."""
        del self._session

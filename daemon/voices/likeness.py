"""Whose voice recordings are: the child of the training environment that embeds them."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.voices.errors import LikenessFailed
from daemon.voices.training import training_python, training_weights

WIDTH: Final = 192
"""Of an ECAPA embedding."""
_ANSWER_S: Final = 180.0
"""The first answer waits for torch to load."""
_END_S: Final = 5.0
_KEPT_LINES: Final = 8
_NICE: Final = 19


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """A WAV file, or a part of it: one request."""

    file: str
    start_s: float = 0.0
    seconds: float | None = None
    """None: to the end."""
    band_hz: int = 8_000
    """4000: it is heard as a telephone carries it, so that it can be compared with calls."""


class _Answer(msgspec.Struct, frozen=True):
    embedding: tuple[float, ...] = ()
    error: str = ""


class Likeness:
    """Embeds recordings. Use it with ``with``, which ends the child. One thread at a time.

    Args:
        state: the state folder, with the weights of the profile ``voice``.
        judge: the network; ``ge2e`` is never optimised.

    Raises:
        TrainingMissing: there is no training environment, or no weights for it.
    """

    def __init__(self, state: Path, judge: Literal["ecapa", "ge2e"] = "ecapa") -> None:
        weights = training_weights(state).resolve()
        self._command = (
            *(str(training_python()), "-I", "-m", "models.tts.embed_clips"),
            f"--weights={weights}",
            f"--judge={judge}",
        )
        self._child: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)

    def __enter__(self) -> Likeness:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def embed(self, clips: Sequence[Clip | Path]) -> NDArray[np.float32]:
        """(N, D) float32, a row of length 1 for each; D is 192 for ECAPA.

        Raises:
            LikenessFailed: a clip cannot be embedded, or the child has ended or hangs.
        """
        if not clips:
            return np.zeros((0, WIDTH), np.float32)
        return np.stack([self._embed_one(clip) for clip in clips])

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(OSError):
            if child.stdin is not None:
                child.stdin.close()
        try:
            child.wait(_END_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _embed_one(self, clip: Clip | Path) -> NDArray[np.float32]:
        if isinstance(clip, Path):
            clip = Clip(file=str(clip))
        child = self._child or self._start()
        try:
            if child.stdin is None:
                raise BrokenPipeError
            child.stdin.write(msgspec.json.encode(clip) + b"\n")
            child.stdin.flush()
            line = self._lines.get(timeout=_ANSWER_S)
        except OSError:
            line = None
        except queue.Empty:
            child.kill()
            line = None
        if line is None:
            self.close()
            said = " | ".join(self._said)[-400:] or "no message"
            raise LikenessFailed(f"The program that compares voices has ended: {said}.")
        return _row(line, clip)

    def _start(self) -> subprocess.Popen[bytes]:
        one_core = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        try:
            child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, **one_core},
                start_new_session=True,
            )
        except OSError as reason:
            raise LikenessFailed(f"{self._command[0]} cannot be run: {reason.strerror}.") from None
        with contextlib.suppress(OSError):  # calls come first
            os.setpriority(os.PRIO_PROCESS, child.pid, _NICE)
        self._lines = queue.Queue()
        for gather in (_gather_answers, _gather_errors):
            into = self._lines if gather is _gather_answers else self._said
            threading.Thread(target=gather, args=(child, into), daemon=True).start()
        self._child = child
        return child


def _gather_answers(child: subprocess.Popen[bytes], lines: queue.Queue[bytes | None]) -> None:
    with contextlib.suppress(ValueError):
        for line in child.stdout or ():
            lines.put(line)
    lines.put(None)


def _gather_errors(child: subprocess.Popen[bytes], said: deque[str]) -> None:
    with contextlib.suppress(ValueError):
        for line in child.stderr or ():
            said.append(line.decode(errors="replace").rstrip())


def _row(line: bytes, clip: Clip) -> NDArray[np.float32]:
    try:
        answer = msgspec.json.decode(line, type=_Answer)
    except (ValueError, msgspec.MsgspecError) as reason:
        raise LikenessFailed(f"No answer about {clip.file}: {str(reason)[:100]}.") from None
    if answer.error:
        raise LikenessFailed(answer.error)
    row = np.array(answer.embedding, np.float32)
    length = float(np.linalg.norm(row)) if row.size else 0.0
    if not np.isfinite(length) or length < 0.5:
        raise LikenessFailed(f"{clip.file} has no embedding.")
    return np.asarray(row / length, np.float32)

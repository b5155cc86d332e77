"""Running what makes and judges voices as a child: its progress, its errors, pausing, stopping."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import stat
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Final

import msgspec

from daemon.voices.errors import FitFailed

_POLL_S: Final = 0.04
_END_S: Final = 60.0
_KEPT_LINES: Final = 12


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the child's standard output."""

    phase: str = ""
    step: int = 0
    of: int = 0
    loss: float | None = None
    error: str = ""
    """Code of what ended it; ``message`` says it in words."""
    message: str = ""


class Interrupted(Exception):
    """The job was told to stop; what was done so far stands on disk."""


def run(
    command: Sequence[str],
    *,
    stop: threading.Event,
    paused: Callable[[int], bool],
    on_progress: Callable[[Progress], None],
    log: Path,
) -> None:
    """Run ``command`` to its end, standing still while ``paused`` says so.

    Args:
        command: program and arguments; never a shell.
        stop: set by a signal handler; the child then writes down how far it is, and ends.
        paused: asked 25 times a second with the child's number; it is stopped as long as it is
            true.
        on_progress: told each line.
        log: takes the child's standard error.

    Raises:
        FitFailed: it failed; its own reason, or its last lines.
        Interrupted: ``stop`` was set.
        OSError: it cannot be started.
    """
    one_core = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with _log(log) as errors:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="replace",
            env={**os.environ, **one_core},
            start_new_session=True,
        )
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=_gather, args=(child, lines), daemon=True)
    reader.start()
    failed, standing = Progress(), False
    try:
        while child.poll() is None or reader.is_alive() or not lines.empty():
            if stop.is_set():
                raise Interrupted
            still = paused(child.pid)
            if still != standing:
                _signal(child, signal.SIGSTOP if still else signal.SIGCONT)
                standing = still
            with contextlib.suppress(queue.Empty, msgspec.MsgspecError):
                told = msgspec.json.decode(lines.get(timeout=_POLL_S), type=Progress)
                failed = told if told.error else failed
                on_progress(told)
    finally:
        _end(child, standing)
    if child.returncode:
        raise FitFailed(failed.message or _last_words(log, child.returncode))


def _log(path: Path) -> IO[bytes]:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags, 0o640)
    except OSError as reason:
        raise FitFailed(f"{path} cannot be written: {reason.strerror}.") from reason
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FitFailed(f"{path} is no ordinary file.")
    return open(descriptor, "ab")


def _gather(child: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    for line in child.stdout or ():
        lines.put(line)


def _signal(child: subprocess.Popen[str], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _end(child: subprocess.Popen[str], standing: bool) -> None:
    """Nothing of it is left when this returns."""
    if child.poll() is None:
        _signal(child, signal.SIGTERM)
        if standing:
            _signal(child, signal.SIGCONT)
        try:
            child.wait(_END_S)
        except subprocess.TimeoutExpired:
            _signal(child, signal.SIGKILL)
            child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _last_words(log: Path, status: int) -> str:
    with contextlib.suppress(OSError):
        tail = deque(log.read_text(errors="replace").splitlines(), maxlen=_KEPT_LINES)
        words = " | ".join(line.strip() for line in tail if line.strip())
        return f"It ended with status {status}: {words[-600:] or 'without a word'}."
    return f"It ended with status {status}."

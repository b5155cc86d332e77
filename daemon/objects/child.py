"""Running a registry client as a child process that can be watched and stopped."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from daemon.objects.errors import ClientMissing, DiskFull, FetchFailed

_POLL_S: Final = 0.2
_KEPT_LINES: Final = 12


class Stopped(Exception):
    """The pull was interrupted; the child is gone."""


def run(
    command: Sequence[str],
    *,
    stop: threading.Event,
    on_line: Callable[[str], None] | None = None,
    on_poll: Callable[[], None] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run a client to its end.

    Args:
        command: program and arguments; never a shell.
        stop: set by another thread to end the child.
        on_line: called with each line of output (standard error included).
        on_poll: called about five times a second.
        cwd: folder to run in.

    Raises:
        ClientMissing: no such program.
        DiskFull: the client said so.
        FetchFailed: it failed; its last lines are quoted.
        Stopped: ``stop`` was set.
    """
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=cwd,
            # A group of its own: Ctrl-C reaches us alone, and we end it.
            start_new_session=True,
        )
    except OSError as error:
        raise ClientMissing(f"{command[0]} cannot be run: {error.strerror}.") from error
    tail: deque[str] = deque(maxlen=_KEPT_LINES)

    def gather() -> None:
        for line in child.stdout or ():
            tail.append(line.rstrip())
            if on_line is not None:
                on_line(line.rstrip())

    reader = threading.Thread(target=gather, name="client-output", daemon=True)
    reader.start()
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_POLL_S)
                break
            if stop.is_set():
                raise Stopped
            if on_poll is not None:
                on_poll()
    finally:
        if child.poll() is None:
            _end(child)
        reader.join(timeout=5)
        if child.stdout is not None:
            child.stdout.close()
    if child.returncode != 0:
        _raise_failure(command, child.returncode, list(tail))


def _end(child: subprocess.Popen[str]) -> None:
    for signal in (15, 9):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(3)
            return


def _raise_failure(command: Sequence[str], code: int, tail: list[str]) -> None:
    said = " | ".join(line for line in tail if line)[-600:]
    if "No space left on device" in said or "ENOSPC" in said:
        raise DiskFull(f"{Path(command[0]).name} found no room on the disk.")
    raise FetchFailed(f"{Path(command[0]).name} ended with {code}: {said or 'no message'}.")

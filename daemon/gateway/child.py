"""The worker as a child of ``kefud --standalone``: started, started again, ended with it."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from typing import Final

from daemon.errors import BadSettings
from daemon.gateway import priority
from daemon.journal import line
from daemon.settings import WorkerSettings

END_S: Final = 5.0
STEADY_S: Final = 30.0
"""A worker that lived so long starts the waits between starts afresh."""
_PR_SET_PDEATHSIG: Final = 1

_log = logging.getLogger("kefud.child")


class WorkerChild:
    """Keeps one worker process running."""

    def __init__(self, command: Sequence[str], settings: WorkerSettings) -> None:
        """Start it at once. Raises BadSettings: there is no such program."""
        self._command = list(command)
        self._settings = settings
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._wait_ms = settings.restart_first_ms
        self._restart_at: float | None = None
        self._started_at = 0.0
        self._killed = False
        self._process = self._start()

    def watch(self, deaf_ms: float, *, wanted: bool) -> None:
        """Start it again where it has ended, later each time it ends early; end one that hangs.

        Args:
            deaf_ms: how long a worker whose connection stands has not answered; 0: it answers.
            wanted: one that has ended is started again.
        """
        now = time.monotonic()
        if self._restart_at is not None:
            if now >= self._restart_at:
                self._restart_at = None
                self._process = self._start()
            return
        status = self._process.poll()
        if status is None:
            if deaf_ms > self._settings.hung_ms and not self._killed:
                self._killed = True
                _log.error(line("worker_hung", pid=self._process.pid, deaf_ms=deaf_ms))
                self._process.kill()
            return
        if not wanted:
            return
        if now - self._started_at > STEADY_S:
            self._wait_ms = self._settings.restart_first_ms
        _log.error(line("worker_ended", status=status, restart_ms=self._wait_ms))
        self._restart_at = now + self._wait_ms / 1000
        self._wait_ms = min(2 * self._wait_ms, self._settings.restart_most_ms)

    def end(self) -> None:
        """Ask it to end, and make it end after 5 s."""
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            _log.error(line("worker_killed", pid=self._process.pid))
            self._process.kill()
            self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        self._started_at = time.monotonic()
        self._killed = False
        try:
            process = subprocess.Popen(self._command, preexec_fn=self._prepare)
        except OSError as reason:
            raise BadSettings(
                f"worker.command {self._command[0]!r} cannot be started: {reason.strerror}."
            ) from reason
        _log.info(line("worker_started", pid=process.pid))
        return process

    def _prepare(self) -> None:
        """In the child: end with the gateway even when it is killed; let the line go first."""
        self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)  # at once; SIGTERM is for its calls
        priority.descend(self._settings.nice)
        os.setpgid(0, 0)  # Ctrl-C reaches the gateway alone, which ends the worker in order

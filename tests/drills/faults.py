"""A worker that dies or hangs in a stage of its own choosing, once."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Final, Literal

Stage = Literal["", "listening", "hearing", "thinking", "synthesis", "speaking"]
STAGES: Final[tuple[Stage, ...]] = ("listening", "hearing", "thinking", "synthesis", "speaking")


class Fault:
    """``enter(stage)`` sends this process a signal the first time that ``stage`` is entered.

    Args:
        stage: where; empty: nowhere.
        number: of the signal, SIGKILL or SIGSTOP.
        flag: a file that is written with the instant (seconds, monotonic) just before; while it
            is there nothing happens, so that the worker that comes next lives.
    """

    def __init__(self, stage: Stage, number: int, flag: Path) -> None:
        self._stage = stage
        self._signal = number
        self._flag = flag

    def enter(self, stage: Stage) -> None:
        """The stage has begun."""
        if stage != self._stage or self._flag.exists():
            return
        self._flag.write_text(repr(time.monotonic()))
        os.kill(os.getpid(), self._signal)


def fault_of(text: str, flag: Path) -> Fault:
    """``hearing:SIGKILL``; empty for none."""
    stage, _, name = text.partition(":")
    for known in STAGES:
        if known == stage:
            return Fault(known, signal.Signals[name], flag)
    return Fault("", signal.SIGKILL, flag)

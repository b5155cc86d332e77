"""Real-time priority, so that a frame leaves on time while the worker uses every core."""

from __future__ import annotations

import logging
import os
from typing import Final

from daemon.journal import line

PRIORITY: Final = 1
"""The lowest of the real-time class: above every ordinary process, below the system's own."""

_log = logging.getLogger("kefud")


def rise() -> bool:
    """Ask for it; False where the system does not allow it.

    Threads that are started afterwards have it too: ZeroMQ's, and the records' (which holds the
    interpreter's lock now and then, so that the line would wait for it). So have child processes:
    they give it back with ``descend``.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
    except OSError as reason:
        _log.warning(line("no_real_time", reason=reason.strerror))
        return False
    return True


def descend(nice: int) -> None:
    """An ordinary process again, and so much nicer than others."""
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.nice(nice)

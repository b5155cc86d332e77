"""Work that takes only what calls leave over: one core, idle priority."""

from __future__ import annotations

import contextlib
import os
from typing import Final

_NICEST: Final = 19


def become_idle() -> int:
    """Put this process, and the children that it starts, behind everything else on the machine.

    Idle scheduling gives way to every other process at once; one core, the last of those that are
    allowed, so that the line keeps the others' caches. Returns that core's number. What the system
    refuses is left out: the work is then nice, no more.
    """
    core = max(os.sched_getaffinity(0))
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {core})
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICEST)
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    return core

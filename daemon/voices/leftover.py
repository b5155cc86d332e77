"""Whether processors have time left over for idle work: what others use of them, at the moment.

Idle priority alone does not keep work out of a call's way: it runs on the core beside the one that
answers, and takes a part of the caches, the memory's bandwidth and, where two cores are threads of
one, of its arithmetic. So on a small machine the work stands still while an answer is computed; on
a large one while others use all cores but one and a half.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

_OVER_S: Final = 0.1
"""What is used is measured over so long, ten ticks of the kernel's clock."""
_STAYS_S: Final = 0.15
"""Stands still for so long at least: between two parts of an answer are shorter gaps."""
_OWN_CORES: Final = 1.5
"""The work's own core, and half of one that stays free for whoever comes."""
_LEAST_CORES: Final = 0.25


class Leftover:
    """``leftover.none(pid)``: nothing is left for this child now. Ask it many times a second.

    Args:
        cores: numbers of those that this work and the calls share: ask before ``become_idle``,
            which keeps one.
        proc: where the kernel tells it.
        clock: in seconds.
    """

    def __init__(
        self,
        cores: set[int],
        proc: Path = Path("/proc"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lines = {f"cpu{core}" for core in cores}
        self._proc, self._clock = proc, clock
        self._most_cores = max(_LEAST_CORES, len(cores) - _OWN_CORES)
        self._tick_s = 1.0 / os.sysconf("SC_CLK_TCK")
        self._at = self._used_s = 0.0
        self._until = -1.0

    def none(self, pid: int) -> bool:
        """Whether others use so much that this child has to stand still.

        Where the kernel does not tell (another system, a child that has just ended) it may run:
        it is at idle priority.
        """
        now = self._clock()
        if now - self._at >= _OVER_S:
            try:
                used_s = self._cores_s() - self._child_s(pid)
            except (OSError, ValueError, IndexError):
                return False
            cores = (used_s - self._used_s) / (now - self._at)
            known = self._at > 0.0
            self._at, self._used_s = now, used_s
            if known and cores > self._most_cores:
                self._until = now + _STAYS_S
        return now < self._until

    def _cores_s(self) -> float:
        """Seconds of processor time of everything on the cores since the start: ``proc(5)``."""
        ticks = 0
        for line in (self._proc / "stat").read_text().splitlines():
            name, *fields = line.split(maxsplit=8)
            if name in self._lines:
                user, nice, system, _, _, irq, soft_irq = map(int, fields[:7])
                ticks += user + nice + system + irq + soft_irq
        return ticks * self._tick_s

    def _child_s(self, pid: int) -> float:
        """Of the child, its threads among it: ``proc(5)``, pid/stat, after the name in brackets."""
        after_name = (self._proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) * self._tick_s

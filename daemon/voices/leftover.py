"""Whether processors have time left over for idle work: what others use of them, at the moment.

Idle priority alone does not keep work out of a call's way: it runs on the core beside the one that
answers, and takes a part of the caches, the memory's bandwidth and, where two cores are threads of
one, of its arithmetic. So on a small machine the work stands still while an answer is computed; on
a large one while others use all cores but one and a half.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from daemon import processor_time

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
        proc: Path = processor_time.PROC,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cores = {f"cpu{core}" for core in cores}
        self._proc, self._clock = proc, clock
        self._most_cores = max(_LEAST_CORES, len(cores) - _OWN_CORES)
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
                own_s = processor_time.process(pid, self._proc).worked_s
                worked = processor_time.cores(self._proc).items()
            except (OSError, ValueError, IndexError):
                return False
            used_s = sum(core.worked_s for name, core in worked if name in self._cores) - own_s
            cores = (used_s - self._used_s) / (now - self._at)
            known = self._at > 0.0
            self._at, self._used_s = now, used_s
            if known and cores > self._most_cores:
                self._until = now + _STAYS_S
        return now < self._until

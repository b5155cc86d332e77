"""The 20 ms clock: ticks lie on an absolute grid, so that lateness never adds up to drift."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

TICK_S: Final = 0.020


class TickClock:
    """Counts the ticks that are due. A late tick is made up for, not skipped."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Start the grid at ``now()``, in seconds."""
        self._now = now
        self._start = now()
        self._counted = 0

    def due(self) -> int:
        """Ticks that fell due since the last call; 0 where none did."""
        reached = int((self._now() - self._start) / TICK_S)
        due = reached - self._counted
        self._counted = reached
        return due

    def remaining_s(self) -> float:
        """Seconds until the next tick; 0 where one is due."""
        return max(0.0, self._start + (self._counted + 1) * TICK_S - self._now())

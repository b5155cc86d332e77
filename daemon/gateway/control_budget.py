"""How many DTMF, MARK, PLAY … of one call are heeded: a flood of them would deafen the worker."""

from __future__ import annotations

from typing import Final

AT_ONCE: Final = 64.0
A_SECOND: Final = 50.0


class ControlBudget:
    """A bucket that fills with time."""

    def __init__(self, now: float) -> None:
        """``now``: seconds, monotonic, here and below."""
        self._left = AT_ONCE
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more is heeded."""
        self._left = min(AT_ONCE, self._left + (now - self._at) * A_SECOND)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

"""When the gateway ends: behind its last call, after ``drain_s``, or at once."""

from __future__ import annotations

from typing import Final, Literal

Step = Literal["serve", "drain", "close", "end"]
"""Go on; take no new call; close the calls that are left; leave the loop."""

CLOSE_S: Final = 1.0
"""How long CLOSED waits at the end for the records of its call."""


class Ending:
    """What was asked by signals, and what follows from it. Times: monotonic, in seconds."""

    def __init__(self, drain_s: float) -> None:
        self._drain_s = drain_s
        self._asked: Literal["", "drain", "now"] = ""
        self._drain_until: float | None = None
        self._close_until: float | None = None

    def ask(self) -> None:
        """Let the calls end, and end; asked a second time: at once. May be a signal handler."""
        self._asked = "now" if self._asked else "drain"

    def ask_now(self) -> None:
        """Close the calls, and end. May be a signal handler."""
        self._asked = "now"

    def step(self, now: float, calls: int) -> Step:
        """What to do at this tick, ``calls`` being live."""
        if not self._asked:
            return "serve"
        if self._asked == "drain":
            if self._drain_until is None:
                self._drain_until = now + self._drain_s
            if calls and now < self._drain_until:
                return "drain"
        if self._close_until is None:
            self._close_until = now + CLOSE_S
        return "close" if calls and now < self._close_until else "end"

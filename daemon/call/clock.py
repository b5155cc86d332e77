"""The call's clock as the worker knows it: what the gateway last said, and the time since."""

from __future__ import annotations

import time
from typing import Final

from daemon import slot
from kefu.records import Stage

MOST_STEP_MS: Final = 200.0
"""A longer time between two FRAMEs is one in which the line stood still."""


class CallClock:
    """Milliseconds since OPENED; runs between ticks with the worker's own monotonic clock."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._told_ms = 0.0
        self._told_at = time.monotonic()
        self._sample_zero_ms = 0.0
        self.line_ms = 0.0
        """How long the line has been live: it stands still during HOLD, and while the client's
        connection is broken."""

    def on_frame(self, frame: slot.CallFrame, next_sample: int) -> None:
        """The gateway's clock in this tick, and the number of the next caller sample."""
        self.line_ms += min(max(0.0, frame.now_ms - self._told_ms), MOST_STEP_MS)
        self._told_ms = frame.now_ms
        self._told_at = time.monotonic()
        if frame.pcm:
            self._sample_zero_ms = frame.now_ms - next_sample * 1000 / self._rate_hz

    def now_ms(self) -> float:
        """The call's clock at this instant."""
        return self._told_ms + (time.monotonic() - self._told_at) * 1000

    def at_sample(self, sample: int) -> float:
        """When the caller's sample of that number arrived."""
        return self._sample_zero_ms + sample * 1000 / self._rate_hz


class StageTimer:
    """``with StageTimer(clock) as timer: ...; timer.stage()``: one module's part in a turn."""

    def __init__(self, clock: CallClock) -> None:
        self._clock = clock
        self.fallback = ""
        self._started_ms = 0.0
        self._ended_ms = 0.0

    def __enter__(self) -> StageTimer:
        self._started_ms = self._clock.now_ms()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended_ms = self._clock.now_ms()

    def stage(self) -> Stage:
        """What was timed, for the ledger."""
        return Stage(
            started_ms=round(self._started_ms, 1),
            took_ms=round(self._ended_ms - self._started_ms, 1),
            fallback=self.fallback,
        )

"""What the worker tells systemd: its state in words, and that its engines answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from daemon import slot
from daemon.notify import Notifier
from daemon.worker.call_table import CallTable
from daemon.worker.health import VOICE_S, Progress, decide, must_speak, proves
from kefu.errors import KefuError

log = logging.getLogger(__name__)

LOOKED_S: Final = 0.25
MOST_NOTED: Final = 64

Sing = Callable[[bool], Awaitable[object]]
"""Runs a canary, which speaks where the argument is true; raises KefuError."""


class House(msgspec.Struct, frozen=True, kw_only=True):
    """What ``status_text`` puts into words."""

    calls: int
    capacity: int
    release: str
    draining: bool = False
    failed: str = ""
    """Why the last canary failed; empty: it did not."""


class Announcer:
    """Watches over one worker from READY to its end.

    Args:
        notifier: the canary runs only where it has a watchdog.
        hello: the release, and how many calls fit.
        calls: those that are served.
        sing: the canary.
        working: whether a stage works for a caller now.
        failures: stages that did not answer since the start.
        voice_at: when the voice last finished a clause.
    """

    def __init__(
        self,
        notifier: Notifier,
        hello: slot.Hello,
        calls: CallTable,
        sing: Sing,
        working: Callable[[], bool],
        failures: Callable[[], int] = lambda: 0,
        voice_at: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notifier = notifier
        self._hello = hello
        self._calls = calls
        self._sing = sing
        self._working = working
        self._failures = failures
        self._voice_at = voice_at
        self._noted: deque[tuple[str, int]] = deque(maxlen=MOST_NOTED)
        self._failures_proved = 0
        """Before the last proof: since then all stages must answer, or a canary must speak."""
        self._proved_at = self._canary_ended_at = time.monotonic()
        self._singing: asyncio.Task[None] | None = None
        self._sung = 0
        self._failed = ""
        self.stopping = False
        """SIGTERM has come."""

    def note(self, message: slot.Message) -> None:
        """Something that goes to the gateway: a turn in it may prove the engines."""
        turn = message.turn if isinstance(message, slot.Event) else None
        if turn is None or (turn.call, turn.number) in self._noted:
            return  # a record that is settled later comes again: no engine has worked for that
        self._noted.append((turn.call, turn.number))
        now = time.monotonic()
        sound = self._failures() == self._failures_proved and now - self._voice_at() < VOICE_S
        if sound and proves(turn):
            self._proved_at = now
            self._failed = ""

    def stop(self) -> None:
        """The worker ends behind its last call."""
        self.stopping = True
        self._notifier.stopping()
        self._tell()

    async def run(self) -> None:
        """From the proof that made the worker ready until cancelled."""
        self._notifier.ready()
        try:
            while True:
                self._tell()
                self._watch(time.monotonic())
                await asyncio.sleep(LOOKED_S)
        finally:
            if self._singing is not None:
                self._singing.cancel()

    def _tell(self) -> None:
        self._notifier.status(
            status_text(
                House(
                    calls=len(self._calls),
                    capacity=self._hello.capacity,
                    release=self._hello.release,
                    draining=self._calls.draining,
                    failed=self._failed,
                )
            )
        )
        if self.stopping:
            self._notifier.extend_timeout()

    def _watch(self, now: float) -> None:
        if self._notifier.watchdog_s is None:
            return
        progress = Progress(
            proved_at=self._proved_at,
            canary_ended_at=self._canary_ended_at,
            canary_runs=self._singing is not None,
            working=self._working(),
        )
        decision = decide(progress, now)
        if decision.feed:
            self._notifier.watchdog()
        if decision.canary:
            self._singing = asyncio.create_task(self._prove())

    async def _prove(self) -> None:
        failures = self._failures()
        silent_s = time.monotonic() - self._voice_at()
        speak = must_speak(self._sung, silent_s) or failures != self._failures_proved
        began, cpu = time.monotonic(), time.process_time()
        try:
            await self._sing(speak)
        except KefuError as error:
            self._failed = error.message
            log.error("canary failed code=%s reason=%r", error.code, error.message)
        except Exception as error:
            self._failed = type(error).__name__
            log.exception("canary failed")
        else:
            self._sung += 1
            self._failures_proved = failures
            self._proved_at = time.monotonic()
            self._failed = ""
            log.debug(
                "canary answered took_ms=%.0f cpu_ms=%.0f spoke=%s",
                (time.monotonic() - began) * 1000,
                (time.process_time() - cpu) * 1000,
                speak,
            )
        finally:
            self._canary_ended_at = time.monotonic()
            self._singing = None


def status_text(house: House) -> str:
    """``Serving: 3 of 8 calls, release lite-1``."""
    if house.draining:
        calls = "1 call" if house.calls == 1 else f"{house.calls} calls"
        text = f"Draining: {calls} left, release {house.release}"
    else:
        text = f"Serving: {house.calls} of {house.capacity} calls, release {house.release}"
    return f"{text}; canary failed: {house.failed}" if house.failed else text

"""What the gateway tells systemd: its state in words, that its clock ticks, that it ends."""

from __future__ import annotations

from typing import Final

import msgspec

from daemon.gateway.ending import Step
from daemon.gateway.switchboard import Switchboard
from daemon.gateway.worker_link import State
from daemon.notify import Notifier

LOOKED_S: Final = 0.5
"""So often the state is put into words: more often nobody reads it."""
EXTENDED_S: Final = 1.0
"""So often it asks for more time while it drains."""


class House(msgspec.Struct, frozen=True, kw_only=True):
    """What ``status_text`` puts into words."""

    calls: int
    most_calls: int
    draining: bool
    slot: str
    release: str
    worker: State
    worker_draining: bool = False


class Announcer:
    """Told at each tick; says what has changed."""

    def __init__(self, switchboard: Switchboard, notifier: Notifier) -> None:
        self._switchboard = switchboard
        self._notifier = notifier
        self._looked_at = float("-inf")
        self._extended_at: float | None = None

    def ready(self) -> None:
        """Both sockets are bound."""
        self._notifier.ready()

    def tick(self, now: float) -> None:
        """A tick in which every line moved: the clock is alive."""
        self._notifier.watchdog()
        if now - self._looked_at >= LOOKED_S:
            self._looked_at = now
            self._notifier.status(status_text(self._house(now)))

    def ending(self, step: Step, now: float) -> None:
        """The gateway was asked to end: say so once, and ask for time while calls live."""
        if step == "serve":
            return
        if self._extended_at is None:
            self._notifier.stopping()
        if self._extended_at is None or now - self._extended_at >= EXTENDED_S:
            self._extended_at = now
            self._notifier.extend_timeout()

    def _house(self, now: float) -> House:
        switchboard = self._switchboard
        hello = switchboard.worker.hello
        return House(
            calls=len(switchboard.calls),
            most_calls=switchboard.most_calls(now),
            draining=switchboard.draining,
            slot=hello.slot if hello is not None else "",
            release=hello.release if hello is not None else "",
            worker=switchboard.worker.state(now),
            worker_draining=switchboard.worker.draining,
        )


def status_text(house: House) -> str:
    """``Open: 3 of 8 calls, release lite, worker blue ready``."""
    if house.draining:
        left = _counted(house.calls)
        return f"Draining: {left} left, new ones are refused, {_worker(house)}"
    if house.most_calls:
        of = f"{house.calls} of {house.most_calls} calls"
        return f"Open: {of}, release {house.release}, {_worker(house)}"
    return f"No new calls: {_counted(house.calls)} open, {_worker(house)}"


def _worker(house: House) -> str:
    if house.worker == "absent":
        return "waiting for a worker"
    name = f"worker {house.slot}"
    if house.worker == "dead":
        return f"{name} is gone"
    if house.worker == "deaf":
        return f"{name} does not answer, callers hear the hold prompt"
    return f"{name} is ending" if house.worker_draining else f"{name} ready"


def _counted(calls: int) -> str:
    return "1 call" if calls == 1 else f"{calls} calls"

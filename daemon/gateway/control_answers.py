"""What the gateway answers at its control socket."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from daemon.control import (
    Answer,
    Calls,
    CallsRequest,
    CallState,
    Draining,
    DrainRequest,
    LiveCall,
    Measured,
    Request,
    Status,
    StatusRequest,
)
from daemon.errors import MeasureDiffers
from daemon.gateway.calls import Call
from daemon.gateway.recent_waits import RecentWaits
from daemon.gateway.switchboard import Switchboard
from daemon.journal import line
from daemon.release.capacity import stored_capacity

_REFUSED: Final = "refused_"

_log = logging.getLogger("kefud.control")


class ControlAnswers:
    """Looks at the switchboard, and carries out DRAIN and MEASURE.

    Args:
        switchboard: whose calls they are.
        waits: of the last turns.
        capacity: ``capacity.json`` of the gateway's state folder.
        clock: monotonic, in seconds.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        waits: RecentWaits,
        capacity: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._switchboard = switchboard
        self._waits = waits
        self._capacity = capacity
        self._clock = clock
        self._started = clock()

    def __call__(self, request: Request) -> Answer:
        """Answer at once. Raises MeasureDiffers."""
        now = self._clock()
        if isinstance(request, StatusRequest):
            return self._status(now)
        if isinstance(request, CallsRequest):
            return Calls(calls=tuple(self._live(call, now) for call in self._switchboard.calls))
        if isinstance(request, DrainRequest):
            self._switchboard.drain()
            return Draining(calls=len(self._switchboard.calls))
        return self._measured(request.max_calls, now)

    def read_capacity(self) -> None:
        """Take up what is stored for the worker's release; at each HELLO that is accepted."""
        hello = self._switchboard.worker.hello
        stored = None if hello is None else stored_capacity(self._capacity, hello.release)
        self._switchboard.measured_calls = stored

    def _status(self, now: float) -> Status:
        switchboard = self._switchboard
        hello = switchboard.worker.hello
        limit = self._switchboard.limit(now)
        calls = len(switchboard.calls)
        return Status(
            state="draining" if switchboard.draining else "serving" if limit.calls else "no_worker",
            calls=calls,
            free=0 if switchboard.draining else max(0, limit.calls - calls),
            max_calls=limit.calls,
            max_calls_from=limit.source,
            slot=hello.slot if hello is not None else "",
            release=hello.release if hello is not None else "",
            worker="drained" if switchboard.drained(now) else switchboard.worker.state(now),
            uptime_s=round(now - self._started, 1),
            refusals={
                name.removeprefix(_REFUSED): count
                for name, count in sorted(switchboard.counters.items())
                if name.startswith(_REFUSED)
            },
            events_not_stored=switchboard.counters["events_not_stored"],
            faults=switchboard.counters["faults"],
            stages_failed=switchboard.worker.stages_failed,
            recordings=sum(call.recording is not None for call in switchboard.calls),
            waits=self._waits.summary(),
        )

    def _live(self, call: Call, now: float) -> LiveCall:
        return LiveCall(
            call=call.id.hex(),
            scenario=call.scenario,
            language=call.language,
            since=call.opened_wall.isoformat(timespec="seconds"),
            age_s=round(call.now_ms(now) / 1000, 1),
            turns=call.turns,
            state=self._state(call),
            action=call.action,
            release=call.release,
        )

    def _state(self, call: Call) -> CallState:
        if call.closing is not None:
            return "closing"
        if self._switchboard.door.gone(call.peer):
            return "detached"
        if call.transferring:
            return "transferring"
        return "held" if call.held else "live"

    def _measured(self, sent: int, now: float) -> Measured:
        self.read_capacity()
        stored = self._switchboard.measured_calls
        if stored != sent:
            found = "none" if stored is None else str(stored)
            raise MeasureDiffers(
                f"{sent} calls were measured, but {self._capacity} has {found} for this release "
                "and machine."
            )
        limit = self._switchboard.limit(now)
        _log.info(line("measured", max_calls=limit.calls, source=limit.source))
        return Measured(max_calls=limit.calls, max_calls_from=limit.source)

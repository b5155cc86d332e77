"""Watches the worker: the hold prompt while it is away, its calls given to the one that comes.

docs/slot-protocol.md, "When a worker does not answer".
"""

from __future__ import annotations

import logging
from typing import Any, Final

from daemon import slot
from daemon.gateway.calls import Call
from daemon.gateway.switchboard import Switchboard
from daemon.gateway.transfers import Transfers
from daemon.journal import line

MOST_FAULTS: Final = 1
"""Inside one call: after so many it goes on from its snapshot, then a human takes over."""
NOTHING_KNOWN: Final[dict[str, Any]] = {"target": "", "summary": "", "slots": {}}

_log = logging.getLogger("kefud.worker")


class WorkerWatch:
    """What becomes of the calls when their worker is deaf, dead, back, or another one."""

    def __init__(self, switchboard: Switchboard, transfers: Transfers) -> None:
        """``transfers``: for callers whose worker stays away."""
        self._switchboard = switchboard
        self._transfers = transfers
        self._lost_since: float | None = None
        self._told_to_end = False
        self._drained = False
        self._asked_about: set[bytes] = set()
        """Calls that the worker should name in its answer to CALLS."""

    def tick(self, now: float) -> None:
        """Once a tick: has the worker gone, or come back? Is there a call that it must be given?"""
        state = self._switchboard.worker.state(now)
        if state == "serving":
            if self._lost_since is not None:
                self._is_back(now)
            self._give_calls(now)
            if self._switchboard.draining and not self._switchboard.calls:
                self._end_worker(now)
            return
        if state == "absent":
            return
        if self._switchboard.drained(now):
            if not self._drained:
                self._drained = True
                _log.info(line("worker_drained"))
            return
        if self._lost_since is None:
            self._is_lost(state, now)
        for call in self._switchboard.calls:
            self._hold(call, now)
        if state == "dead":
            for call in self._switchboard.calls:
                call.at_worker = False
        if (now - (self._lost_since or now)) * 1000 > self._switchboard.settings.worker.lost_ms:
            for call in self._switchboard.calls:
                self._give_up(call, now)

    def arrived(self, hello: slot.Hello, now: float) -> None:
        """Another worker process: it knows none of the calls, and will go on with them.

        Or the same one, found by a gateway that was started again: what it holds is nobody's.
        """
        _log.info(
            line(
                "worker_ready",
                slot=hello.slot,
                release=hello.release,
                software=hello.software,
                capacity=hello.capacity,
            )
        )
        self._lost_since = None
        self._told_to_end = False
        self._drained = False
        for call in self._switchboard.calls:
            call.at_worker = False
        self._asked_about = set()
        self._switchboard.worker.send(slot.Calls(), now)

    def holding(self, held: tuple[bytes, ...], now: float) -> None:
        """The worker's list: what it has lost of ours is a fault of that call; an orphan ends."""
        for orphan in set(held) - {call.id for call in self._switchboard.calls}:
            _log.warning(line("orphan_closed", call=orphan))
            self._switchboard.worker.send(slot.Close(call=orphan, cause="shutdown"), now)
        missing, self._asked_about = self._asked_about - set(held), set()
        for call in self._switchboard.calls:
            if call.id in missing:
                self.fault(call, now)

    def fault(self, call: Call, now: float) -> None:
        """The worker gave up one call: once it goes on from its snapshot, then to a human."""
        call.at_worker = False
        call.faults += 1
        if not self._may_go_on(call):
            self._give_up(call, now)

    def _give_calls(self, now: float) -> None:
        hello = self._switchboard.worker.hello
        for call in self._switchboard.calls:
            if call.at_worker or call.transferring or call.closing is not None:
                continue
            if hello is not None and call.release == hello.release and self._may_go_on(call):
                self._reopen(call, now)
            else:
                self._give_up(call, now)

    def _reopen(self, call: Call, now: float) -> None:
        """Hand a call to the worker that serves now, with what the one before it left."""
        call.speech.stop_hold()
        call.cut = None
        call.at_worker = self._switchboard.worker.send(
            slot.Open(
                call=call.id,
                client=call.asked,
                snapshot=call.snapshot,
                resumed=True,
                next_utterance=call.speech.next_utterance,
                caller_next=call.hearing.begin_anew(),
                held=call.held,
            ),
            now,
        )
        if not call.at_worker:
            return  # its queue is full: at the next tick again
        while call.waiting:
            message = call.waiting.popleft()
            # An open cut is of an utterance that nobody remembers, a hold is told in OPEN.
            if not isinstance(message, slot.CutDone | slot.Hold | slot.Resume):
                self._switchboard.worker.send(message, now)
        self._switchboard.counters["calls_reopened"] += 1
        _log.warning(line("reopened", call=call.id, snapshot_bytes=len(call.snapshot)))

    def _may_go_on(self, call: Call) -> bool:
        return not call.faults or (call.faults <= MOST_FAULTS and bool(call.snapshot))

    def _is_lost(self, state: str, now: float) -> None:
        self._lost_since = now
        self._switchboard.counters[f"worker_{state}"] += 1
        _log.error(line("worker_lost", state=state, calls=len(self._switchboard.calls)))

    def _is_back(self, now: float) -> None:
        _log.warning(line("worker_back", after_s=now - (self._lost_since or now)))
        self._lost_since = None
        for call in self._switchboard.calls:
            call.speech.stop_hold()
        self._asked_about = {call.id for call in self._switchboard.calls if call.at_worker}
        self._switchboard.worker.send(slot.Calls(), now)

    def _end_worker(self, now: float) -> None:
        if not self._told_to_end:
            self._told_to_end = True
            self._switchboard.worker.send(slot.Drain(), now)

    def _give_up(self, call: Call, now: float) -> None:
        """Nobody can go on with the call here: a human."""
        if call.closing is not None or call.transferring:
            return
        if call.handed_over:  # neither a worker nor a human
            self._switchboard.end(call, "worker_lost", now)
            return
        call.handed_over = True
        handover = {**NOTHING_KNOWN, **call.handover, "reason": "worker_lost"}
        self._transfers.begin(call, handover, now, None)

    def _hold(self, call: Call, now: float) -> None:
        if call.held or call.transferring or call.speech.holding:
            return
        hello = self._switchboard.worker.hello
        prompts = hello.hold_prompts if hello is not None else ()
        fitting = {
            prompt.language: prompt.pcm
            for prompt in prompts
            if prompt.rate_hz == call.asked.rate_hz and prompt.pcm and len(prompt.pcm) % 2 == 0
        }
        if not fitting:
            return
        music = fitting.pop("", b"")
        spoken = fitting.get(call.language) or next(iter(fitting.values()), b"")
        cut = call.speech.start_hold(spoken + music)
        if cut is not None:
            heard = call.speech.heard
            samples = heard[1] if heard is not None and heard[0] == cut else 0
            done = slot.CutDone(call=call.id, utterance=cut, heard=samples)
            self._switchboard.tell_worker(call, done, now)

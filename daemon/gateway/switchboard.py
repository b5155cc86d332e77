"""The live calls between door, worker and records: opening them, telling of them, ending them."""

from __future__ import annotations

import logging
import os
from collections import Counter

import msgspec

from daemon import slot
from daemon.gateway.admission import House, admit
from daemon.gateway.call_limit import CallLimit, call_limit
from daemon.gateway.calls import Call, CallTable, Ended
from daemon.gateway.playout import SentFrame
from daemon.gateway.recent_waits import RecentWaits
from daemon.gateway.router import Router
from daemon.gateway.worker_link import WorkerLink
from daemon.journal import line
from daemon.recording.recorder import Recorder
from daemon.records.writer import RecordWriter
from daemon.settings import Settings
from kefu.errors import BadCallId, CallExists, KefuError, NoWorker, Refused
from kefu.protocol import (
    NO_CALL,
    Q850,
    AgentAudio,
    Cause,
    Closed,
    Error,
    Event,
    Header,
    Open,
    Opened,
    Pong,
    pack,
)
from kefu.records import CallSummary, Turn

_log = logging.getLogger("kefud.calls")


class Switchboard:
    """What both sides' messages and the clock act upon."""

    def __init__(
        self,
        door: Router,
        worker: WorkerLink,
        records: RecordWriter,
        recorder: Recorder,
        settings: Settings,
        counters: Counter[str],
    ) -> None:
        """All parts are open; the switchboard closes none of them."""
        self.calls = CallTable(records.recorded)
        self.door = door
        self.worker = worker
        self.counters = counters
        self.settings = settings
        self.measured_calls: int | None = None
        """How many calls fit by measurement; None: not measured."""
        self.draining = False
        self.waits = RecentWaits()
        self.recorder = recorder
        self._records = records
        self._tickets: dict[int, Call] = {}

    def drained(self, now: float) -> bool:
        """The last call has ended, and the worker with it: nothing is left but to stop."""
        return self.draining and not self.calls and self.worker.state(now) == "dead"

    # To the client

    def tell(self, call: Call, type: bytes, header: Header, now: float) -> None:
        """Send a message of the call to its client."""
        self.door.send(call.peer, pack(type, call.id, header), now)

    def send_audio(self, call: Call, frame: SentFrame, now: float) -> None:
        """Send a frame of our voice."""
        header = AgentAudio(first_sample=frame.first_sample)
        self.door.send(call.peer, pack(b"AUDIO", call.id, header, frame.payload), now)

    def refuse(self, peer: bytes, call: bytes, error: KefuError, now: float, answers: str) -> None:
        """Answer ERROR to a message of the type ``answers``."""
        header = Error(
            code=error.code,
            message=str(error),
            retry_after_ms=error.retry_after_ms if isinstance(error, Refused) else 0,
            answers=answers,
        )
        self.door.answer(peer, pack(b"ERROR", call, header), now)
        self.counters[f"refused_{error.code}"] += 1

    def pong(self, peer: bytes, call: bytes, nonce: int, now: float) -> None:
        """Answer PING."""
        self.door.answer(peer, pack(b"PONG", call, self._pong(nonce, now)), now)

    def ask_for(self, call: Call, now: float) -> None:
        """Send a PONG that nobody asked for, to find out whether the client is there."""
        self.door.offer(call.peer, pack(b"PONG", NO_CALL, self._pong(0, now)), now)

    def _pong(self, nonce: int, now: float) -> Pong:
        most = self.most_calls(now)
        return Pong(
            nonce=nonce,
            state="draining" if self.draining else "serving" if most else "no_worker",
            calls=len(self.calls),
            free=0 if self.draining else max(0, most - len(self.calls)),
        )

    def event(self, call: Call, event: Event, now: float, ticket: int | None = None) -> None:
        """Send an event after those before it, and after the record of ``ticket``."""
        deadline = now + self.settings.records.commit_timeout_ms / 1000
        call.events.add(event, ticket, deadline)
        self.release(call, now)

    def release(self, call: Call, now: float) -> None:
        """Send the events that may go out; a call that is closing ends behind the last of them."""
        for event in call.events.ready(now):
            if event.stored is False:
                self.counters["events_not_stored"] += 1
            self.tell(call, b"EVENT", event, now)
        if call.closing is not None and not call.events and self.calls.get(call.id) is call:
            self._finish(call, call.closing, now)

    # To the worker

    def tell_worker(self, call: Call, message: slot.Message, now: float) -> None:
        """Send a message of the call; it waits for a worker that does not hold the call yet."""
        send = self.worker.send
        if not (send(message, now) if call.at_worker else call.wait_for_worker(message)):
            self.counters["client_messages_dropped"] += 1

    # The life of a call

    def open(self, peer: bytes, call_id: bytes, asked: Open, now: float) -> None:
        """Take a call. Raises what ``admit`` raises, BadCallId, CallExists."""
        if call_id == NO_CALL:
            raise BadCallId("OPEN needs a call id that is not zero.")
        if self.calls.used(call_id):
            raise CallExists("This call id was used before.")
        gateway = self.settings.gateway
        house = House(
            calls=len(self.calls),
            most_calls=self.most_calls(now),
            draining=self.draining,
            busy_retry_ms=gateway.busy_retry_ms,
            no_worker_retry_ms=gateway.no_worker_retry_ms,
            scenarios=self.worker.hello.scenarios if self.worker.hello else (),
        )
        admit(asked, house)
        hello = self.worker.hello
        if hello is None:
            raise AssertionError("a call was admitted without a worker")
        call = Call(call_id, peer, asked, hello.release, now)
        call.line.set_comfort_noise(gateway.comfort_noise_dbfs)
        if not self.worker.send(slot.Open(call=call_id, client=asked), now):
            raise NoWorker("The worker is behind.", retry_after_ms=gateway.no_worker_retry_ms)
        self.calls.add(call)
        self.tell_opened(call, call.line.agent_next, now)
        self.record_summary(call, now)
        _log.info(
            line(
                "opened",
                call=call_id,
                codec=asked.codec,
                rate_hz=asked.rate_hz,
                frame_ms=asked.frame_ms,
                release=hello.release,
            )
        )

    def tell_opened(self, call: Call, agent_next: int, now: float) -> None:
        """Send OPENED: where both numberings go on."""
        opened = Opened(
            token=call.token,
            slot=self.worker.hello.slot if self.worker.hello is not None else "",
            release=call.release,
            caller_next=call.line.caller_next,
            agent_next=agent_next,
            controls=call.controls,
            state="held" if call.held else "transferring" if call.transferring else "live",
        )
        self.tell(call, b"OPENED", opened, now)

    def end(self, call: Call, cause: Cause, now: float, *, by_worker: bool = False) -> None:
        """End a call: CLOSED follows the events that still wait for their record."""
        if call.closing is not None:
            return
        call.closing = cause
        if not by_worker:
            self.worker.send(slot.Close(call=call.id, cause=cause), now)
        if call.recording is not None:
            call.recorded_as = call.recording.end()
            call.recording = None
        self.release(call, now)

    def drain(self) -> None:
        """Take no new call from now on; those that are open go on to their end."""
        if not self.draining:
            self.draining = True
            _log.warning(line("draining", calls=len(self.calls)))

    def end_all(self, cause: Cause, now: float) -> None:
        """End every call."""
        for call in self.calls:
            self.end(call, cause, now)

    # Records

    def record(self, call: Call, turn: Turn) -> int:
        """Hand a turn to the records; returns its ticket."""
        call.note_turn(turn)
        self.waits.note(turn)
        return self._ticket(call, turn)

    def record_summary(self, call: Call, now: float) -> int:
        """Write the call's row as it stands; returns its ticket."""
        return self._ticket(call, call.summary(now, ""))

    def record_late(self, turn: Turn, ended: Ended) -> None:
        """A turn of a call that has ended: its reply was settled by the hang-up."""
        self._records.submit(turn)
        if turn.number >= ended.summary.turns:
            ended.summary = msgspec.structs.replace(ended.summary, turns=turn.number + 1)
            self._records.submit(ended.summary)

    def settle_records(self, now: float) -> None:
        """Let out the events whose records are committed."""
        for done in self._records.finished():
            call = self._tickets.pop(done.ticket, None)
            if call is not None:
                call.events.settle(done.ticket, done.stored)
                self.release(call, now)

    def most_calls(self, now: float) -> int:
        """How many calls are served at once; 0 while no worker answers, or it is ending."""
        return self.limit(now).calls

    def limit(self, now: float) -> CallLimit:
        """The same, and on whose word."""
        hello = self.worker.hello
        if hello is None or self.worker.state(now) != "serving" or self.worker.draining:
            return CallLimit(calls=0, source="")
        setting, cores = self.settings.gateway.max_calls, len(os.sched_getaffinity(0))
        return call_limit(setting, self.measured_calls, cores, hello.capacity)

    def _ticket(self, call: Call, record: Turn | CallSummary) -> int:
        ticket = self._records.submit(record)
        self._tickets[ticket] = call
        return ticket

    def _finish(self, call: Call, cause: Cause, now: float) -> None:
        summary = call.summary(now, cause)
        closed = Closed(cause=cause, q850=Q850[cause])
        self.calls.end(call, summary, closed)
        self._records.submit(summary)
        self.tell(call, b"CLOSED", closed, now)
        _log.info(
            line(
                "closed",
                call=call.id,
                cause=cause,
                turns=call.turns,
                duration_ms=summary.duration_ms,
            )
        )

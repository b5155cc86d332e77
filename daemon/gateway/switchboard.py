"""The live calls between door, worker and records: opening, playing, cutting, ending them."""

from __future__ import annotations

import logging
import os
import secrets
from collections import Counter

import msgspec

from daemon import slot
from daemon.gateway.admission import House, admit, most_calls
from daemon.gateway.calls import Call, CallTable, PendingCut
from daemon.gateway.log import line
from daemon.gateway.media import judge
from daemon.gateway.router import Router
from daemon.gateway.worker_link import WorkerLink
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
    Flush,
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
        settings: Settings,
        counters: Counter[str],
    ) -> None:
        """All parts are open; the switchboard closes none of them."""
        self.calls = CallTable(records.recorded)
        self.worker = worker
        self.counters = counters
        self.settings = settings
        self._door = door
        self._records = records
        self._tickets: dict[int, Call] = {}
        self._lost_since: float | None = None

    # To the client

    def tell(self, call: Call, type: bytes, header: Header, now: float) -> None:
        """Send a message of the call to its client."""
        self._door.send(call.peer, pack(type, call.id, header), now)

    def refuse(self, peer: bytes, call: bytes, error: KefuError, now: float) -> None:
        """Answer ERROR."""
        retry_after_ms = error.retry_after_ms if isinstance(error, Refused) else 0
        header = Error(code=error.code, message=str(error), retry_after_ms=retry_after_ms)
        self._door.answer(peer, pack(b"ERROR", call, header), now)
        self.counters[f"refused_{error.code}"] += 1

    def pong(self, peer: bytes, call: bytes, nonce: int, now: float) -> None:
        """Answer PING."""
        most = self._most_calls(now)
        header = Pong(
            nonce=nonce,
            state="serving" if most else "no_worker",
            calls=len(self.calls),
            free=max(0, most - len(self.calls)),
        )
        self._door.answer(peer, pack(b"PONG", call, header), now)

    def event(self, call: Call, event: Event, now: float, ticket: int | None = None) -> None:
        """Send an event after those before it, and after the record of ``ticket``."""
        deadline = now + self.settings.records.commit_timeout_ms / 1000
        call.events.add(event, ticket, deadline)
        self._release(call, now)

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
            most_calls=self._most_calls(now),
            busy_retry_ms=gateway.busy_retry_ms,
            no_worker_retry_ms=gateway.no_worker_retry_ms,
            scenarios=self.worker.hello.scenarios if self.worker.hello else (),
        )
        admit(asked, house)
        hello = self.worker.hello
        if hello is None:
            raise AssertionError("a call was admitted without a worker")
        call = Call(call_id, peer, asked, hello.release, now)
        if not self.worker.send(slot.Open(call=call_id, client=asked), now):
            raise NoWorker("The worker is behind.", retry_after_ms=gateway.no_worker_retry_ms)
        self.calls.add(call)
        opened = Opened(
            token=secrets.token_urlsafe(16),
            slot=hello.slot,
            release=hello.release,
            caller_next=call.line.caller_next,
            agent_next=call.line.agent_next,
        )
        self.tell(call, b"OPENED", opened, now)
        self._records.submit(call.summary(now, ""))
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

    def end(self, call: Call, cause: Cause, now: float, *, by_worker: bool = False) -> None:
        """End a call: CLOSED follows the events that still wait for their record."""
        if call.closing is not None:
            return
        call.closing = cause
        if not by_worker:
            self.worker.send(slot.Close(call=call.id, cause=cause), now)
        self._release(call, now)

    def end_all(self, cause: Cause, now: float) -> None:
        """End every call."""
        for call in self.calls:
            self.end(call, cause, now)

    def record(self, call: Call, turn: Turn) -> int:
        """Hand a turn to the records; returns its ticket."""
        call.note_turn(turn)
        ticket = self._records.submit(turn)
        self._tickets[ticket] = call
        return ticket

    def record_late(self, turn: Turn, summary: CallSummary) -> None:
        """A turn of a call that has ended: its reply was settled by the hang-up."""
        self._records.submit(turn)
        if turn.number >= summary.turns:
            summary = msgspec.structs.replace(summary, turns=turn.number + 1)
            self.calls.end(bytes.fromhex(summary.call), summary)
            self._records.submit(summary)

    # Cutting an utterance

    def cut(self, call: Call, utterance: int, now: float) -> None:
        """Fade an utterance; ask the client to drop what it holds of it."""
        if call.cut is not None:
            self._settle_cut(call, call.cut, call.cut.taken, now)
        call.speech.cut(utterance)
        next_sample = call.line.agent_next
        deadline = now + self.settings.gateway.flushed_timeout_ms / 1000
        pending = PendingCut(utterance, call.taken, next_sample, deadline)
        if call.line.untaken == 0:
            self._settle_cut(call, pending, next_sample, now)
            return
        call.cut = pending
        self.tell(call, b"FLUSH", Flush(next_sample=next_sample), now)

    def flushed(self, call: Call, first_dropped: int, now: float) -> None:
        """The client dropped its queue."""
        if call.cut is None:
            self.counters["flushed_uncalled"] += 1
            return
        first_dropped = min(first_dropped, call.cut.next_sample)
        pending = call.cut
        self._settle_cut(call, pending, first_dropped, now)
        call.take(pending.next_sample)

    # The clock

    def tick(self, ticks: int, now: float) -> None:
        """Play what is due, judge the timers, and tell the worker of every line."""
        self._door.flush(now)
        self._watch_worker(now)
        frames: list[tuple[Call, slot.CallFrame]] = []
        for call in self.calls:
            try:
                self._tick_call(call, ticks, now)
                if call.closing is None and not self._door.gone(call.peer):
                    frames.append((call, self._frame(call, now)))
            except Exception:  # a fault in one call must not end the others
                self.counters["faults"] += 1
                _log.exception(line("call_failed", call=call.id))
                self.end(call, "worker_lost", now)
        if not self.worker.send_frame(tuple(frame for _, frame in frames), now):
            for call, frame in frames:
                call.hearing.give_back(frame.lost + len(frame.pcm) // 2)

    def _tick_call(self, call: Call, ticks: int, now: float) -> None:
        self._judge(call, now)
        if call.cut is not None and now >= call.cut.deadline:
            self.counters["flush_unanswered"] += 1
            self._settle_cut(call, call.cut, call.cut.taken, now)
        call.speech.feed_hold()
        for _ in range(ticks):
            self._play(call, now)
        self._release(call, now)

    def settle_records(self, now: float) -> None:
        """Let out the events whose records are committed."""
        for done in self._records.finished():
            call = self._tickets.pop(done.ticket, None)
            if call is not None:
                call.events.settle(done.ticket, done.stored)
                self._release(call, now)

    def worker_arrived(self, hello: slot.Hello, now: float) -> None:
        """A worker said HELLO. It knows none of the calls that its predecessor held."""
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
        self.end_all("worker_lost", now)

    def _most_calls(self, now: float) -> int:
        if self.worker.hello is None or self.worker.state(now) != "serving":
            return 0
        setting = self.settings.gateway.max_calls
        return most_calls(setting, os.cpu_count() or 1, self.worker.hello.capacity)

    def _watch_worker(self, now: float) -> None:
        state = self.worker.state(now)
        if state in ("serving", "absent"):
            if self._lost_since is not None:
                _log.warning(line("worker_back", after_s=now - self._lost_since))
                self._lost_since = None
                for call in self.calls:
                    call.speech.stop_hold()
            return
        if self._lost_since is None:
            self._lost_since = now
            self.counters[f"worker_{state}"] += 1
            _log.error(line("worker_lost", state=state, calls=len(self.calls)))
            for call in self.calls:
                self._hold(call, now)
        elif (now - self._lost_since) * 1000 > self.settings.worker.lost_ms:
            self.end_all("worker_lost", now)

    def _hold(self, call: Call, now: float) -> None:
        hello = self.worker.hello
        prompts = hello.hold_prompts if hello is not None else ()
        fitting = [
            prompt
            for prompt in prompts
            if prompt.rate_hz == call.asked.rate_hz and prompt.pcm and len(prompt.pcm) % 2 == 0
        ]
        if not fitting:
            return
        same = [prompt for prompt in fitting if prompt.language == call.language]
        cut = call.speech.start_hold((same or fitting)[0].pcm)
        if cut is not None:
            heard = call.speech.heard
            samples = heard[1] if heard is not None and heard[0] == cut else 0
            self.worker.send(slot.CutDone(call=call.id, utterance=cut, heard=samples), now)

    def _settle_cut(self, call: Call, cut: PendingCut, first_dropped: int, now: float) -> None:
        call.cut = None
        heard = call.speech.settle(cut.utterance, first_dropped)
        self.worker.send(slot.CutDone(call=call.id, utterance=cut.utterance, heard=heard), now)

    def _judge(self, call: Call, now: float) -> None:
        media = call.media(now, self._door.gone_s(call.peer, now))
        verdict = judge(media, self.settings.gateway)
        if verdict == "stalled":
            call.note_stalled()
            data = {"idle_ms": round(media.idle_ms)}
            self.event(call, Event(kind="media.stalled", data=data), now)
        elif verdict:
            self.end(call, verdict, now)

    def _play(self, call: Call, now: float) -> None:
        if self._door.blocked(call.peer):
            return
        first_sample = call.line.agent_next
        payload = call.line.frame()
        if payload is not None:
            header = AgentAudio(first_sample=first_sample)
            self._door.send(call.peer, pack(b"AUDIO", call.id, header, payload), now)

    def _frame(self, call: Call, now: float) -> slot.CallFrame:
        stretch = call.hearing.take()
        return slot.CallFrame(
            call=call.id,
            now_ms=round(call.now_ms(now), 2),
            first_sample=stretch.first_sample,
            pcm=stretch.pcm,
            lost=stretch.lost,
            idle_ms=0 if stretch.pcm else round(call.idle_ms(now)),
            playing=call.speech.playing,
            heard=call.speech.heard,
            level_dbfs=round(call.line.level_dbfs, 1),
        )

    def _release(self, call: Call, now: float) -> None:
        for event in call.events.ready(now):
            if event.stored is False:
                self.counters["events_not_stored"] += 1
            self.tell(call, b"EVENT", event, now)
        if call.closing is not None and not call.events and self.calls.get(call.id) is call:
            self._finish(call, call.closing, now)

    def _finish(self, call: Call, cause: Cause, now: float) -> None:
        summary = call.summary(now, cause)
        self.calls.end(call.id, summary)
        self._records.submit(summary)
        self.tell(call, b"CLOSED", Closed(cause=cause, q850=Q850[cause]), now)
        _log.info(
            line(
                "closed",
                call=call.id,
                cause=cause,
                turns=call.turns,
                duration_ms=summary.duration_ms,
            )
        )

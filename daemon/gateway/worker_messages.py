"""What the worker may say, and what the gateway does about it."""

from __future__ import annotations

import logging
from typing import Final

from daemon import slot
from daemon.gateway.calls import Call
from daemon.gateway.desk import Desk
from daemon.journal import line
from kefu.protocol import Cause, Event

RECORD_ONLY: Final = "record."
WORKER_CAUSES: Final[dict[str, Cause]] = {
    "normal": "normal",
    "completed": "completed",
    "abandoned": "completed",
    "transferred": "transferred",
    "draining": "draining",
    "protocol_error": "protocol_error",
}
OfACall = slot.Say | slot.Cut | slot.Duck | slot.Rise | slot.Snapshot | slot.Event | slot.Close
OF_A_CALL: Final = (
    slot.Say,
    slot.Cut,
    slot.Duck,
    slot.Rise,
    slot.Snapshot,
    slot.Event,
    slot.Close,
)
OUTCOMES: Final = frozenset({"completed", "transferred", "abandoned"})

_log = logging.getLogger("kefud.worker")


class WorkerMessages:
    """Carries out what the worker of the slot asks for."""

    def __init__(self, desk: Desk) -> None:
        """``desk``: what the messages act upon."""
        self._desk = desk
        self._switchboard = desk.switchboard

    def handle(self, message: slot.Message, now: float) -> None:
        """One message, already parsed."""
        if isinstance(message, slot.Hello):
            self._desk.watch.arrived(message, now)
        elif isinstance(message, slot.Holding):
            self._desk.watch.holding(message.calls, now)
        elif isinstance(message, OF_A_CALL):
            call = self._switchboard.calls.get(message.call)
            if call is not None:
                self._of_call(call, message, now)
            elif isinstance(message, slot.Event):
                self._late(message)

    def _of_call(self, call: Call, message: OfACall, now: float) -> None:
        if isinstance(message, slot.Say):
            if call.held or call.transferring:
                return  # said before HOLD was read, or by a worker that was deaf meanwhile
            refused = call.speech.say(message.utterance, message.offset, message.pcm, message.last)
            if refused:
                self._switchboard.counters[f"say_{refused}"] += 1
        elif isinstance(message, slot.Cut):
            self._desk.cuts.cut(call, message.utterance, now)
        elif isinstance(message, slot.Duck):
            call.speech.duck(message.utterance)
        elif isinstance(message, slot.Rise):
            call.speech.rise(message.utterance)
        elif isinstance(message, slot.Snapshot):
            call.snapshot = message.data
            call.handover = message.handover
        elif isinstance(message, slot.Event):
            self._event(call, message, now)
        else:
            self._close(call, message.cause, now)

    def _event(self, call: Call, message: slot.Event, now: float) -> None:
        ticket = None
        if message.turn is not None:
            if message.turn.call != call.id.hex():
                self._switchboard.counters["turns_of_other_calls"] += 1
                return
            ticket = self._switchboard.record(call, message.turn)
        if message.kind == "transfer":
            self._desk.transfers.begin(call, message.data, now, ticket)
        elif message.kind == "record.audio":
            self._record_audio(call, now, on=message.data.get("on") is True)
        elif not message.kind.startswith(RECORD_ONLY):
            event = Event(kind=message.kind, data=message.data)
            self._switchboard.event(call, event, now, ticket)

    def _record_audio(self, call: Call, now: float, *, on: bool) -> None:
        """The scenario wants the call's audio kept, or a private step begins."""
        if call.recording is None:
            if on:
                call.recording = self._switchboard.recorder.begin(call.id.hex(), call.asked.rate_hz)
                call.recorded_from_ms = round(call.now_ms(now), 1)
        elif on:
            call.recording.resume()
        else:
            call.recording.pause()

    def _close(self, call: Call, cause: str, now: float) -> None:
        if cause == "worker_lost":
            self._desk.watch.fault(call, now)
            return
        if cause in OUTCOMES:
            call.outcome = cause
        self._switchboard.end(call, WORKER_CAUSES.get(cause, "normal"), now, by_worker=True)

    def _late(self, message: slot.Event) -> None:
        """The call has ended; its record may still be completed."""
        ended = self._switchboard.calls.ended(message.call)
        turn = message.turn
        if ended is not None and turn is not None and turn.call == ended.summary.call:
            self._switchboard.record_late(turn, ended)
            return
        _log.debug(line("event_of_no_call", call=message.call, kind=message.kind))

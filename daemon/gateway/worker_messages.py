"""What the worker may say, and what the gateway does about it."""

from __future__ import annotations

import logging
from typing import Final

from daemon import slot
from daemon.gateway.calls import Call
from daemon.gateway.log import line
from daemon.gateway.switchboard import Switchboard
from kefu.protocol import Cause, Event

RECORD_ONLY: Final = "record."
WORKER_CAUSES: Final[dict[str, Cause]] = {
    "normal": "normal",
    "completed": "completed",
    "abandoned": "completed",
    "transferred": "transferred",
    "worker_lost": "worker_lost",
    "protocol_error": "protocol_error",
}
OUTCOMES: Final = frozenset({"completed", "transferred", "abandoned"})

_log = logging.getLogger("kefud.worker")


class WorkerMessages:
    """Carries out what the worker of the slot asks for."""

    def __init__(self, switchboard: Switchboard) -> None:
        """``switchboard``: what the messages act upon."""
        self._switchboard = switchboard

    def handle(self, message: slot.Message, now: float) -> None:
        """One message, already parsed."""
        if isinstance(message, slot.Hello):
            self._switchboard.worker_arrived(message, now)
        elif isinstance(message, slot.Say | slot.Cut | slot.Event | slot.Close):
            call = self._switchboard.calls.get(message.call)
            if call is not None:
                self._of_call(call, message, now)
            elif isinstance(message, slot.Event):
                self._late(message)

    def _of_call(
        self, call: Call, message: slot.Say | slot.Cut | slot.Event | slot.Close, now: float
    ) -> None:
        if isinstance(message, slot.Say):
            refused = call.speech.say(message.utterance, message.offset, message.pcm, message.last)
            if refused:
                self._switchboard.counters[f"say_{refused}"] += 1
        elif isinstance(message, slot.Cut):
            self._switchboard.cut(call, message.utterance, now)
        elif isinstance(message, slot.Event):
            self._event(call, message, now)
        else:
            if message.cause in OUTCOMES:
                call.outcome = message.cause
            cause = WORKER_CAUSES.get(message.cause, "normal")
            self._switchboard.end(call, cause, now, by_worker=True)

    def _event(self, call: Call, message: slot.Event, now: float) -> None:
        ticket = None
        if message.turn is not None:
            if message.turn.call != call.id.hex():
                self._switchboard.counters["turns_of_other_calls"] += 1
                return
            ticket = self._switchboard.record(call, message.turn)
        if not message.kind.startswith(RECORD_ONLY):
            event = Event(kind=message.kind, data=message.data)
            self._switchboard.event(call, event, now, ticket)

    def _late(self, message: slot.Event) -> None:
        """The call has ended; its record may still be completed."""
        summary = self._switchboard.calls.ended(message.call)
        turn = message.turn
        if summary is not None and turn is not None and turn.call == summary.call:
            self._switchboard.record_late(turn, summary)
            return
        _log.debug(line("event_of_no_call", call=message.call, kind=message.kind))

"""Cutting an utterance: the line fades, the client drops its queue, the worker learns the rest."""

from __future__ import annotations

from daemon import slot
from daemon.gateway.calls import Call, PendingCut
from daemon.gateway.switchboard import Switchboard
from kefu.protocol import Flush


class Cuts:
    """The handshake CUT, FLUSH, FLUSHED, CUT_DONE."""

    def __init__(self, switchboard: Switchboard) -> None:
        """``switchboard``: whose calls they are."""
        self._switchboard = switchboard

    def cut(self, call: Call, utterance: int, now: float) -> None:
        """Fade an utterance; ask the client to drop what it holds of it."""
        if call.cut is not None:
            self._settle(call, call.cut, call.cut.taken, now)
        call.speech.cut(utterance)
        next_sample = call.line.agent_next
        deadline = now + self._switchboard.settings.gateway.flushed_timeout_ms / 1000
        pending = PendingCut(utterance, call.taken, next_sample, deadline)
        if call.line.untaken == 0:
            self._settle(call, pending, next_sample, now)
            return
        call.cut = pending
        self._switchboard.tell(call, b"FLUSH", Flush(next_sample=next_sample), now)

    def flushed(self, call: Call, first_dropped: int, now: float) -> None:
        """The client dropped its queue."""
        pending = call.cut
        if pending is None:
            self._switchboard.counters["flushed_uncalled"] += 1
            return
        self._settle(call, pending, min(first_dropped, pending.next_sample), now)
        call.take(pending.next_sample)

    def expire(self, call: Call, now: float) -> None:
        """Without FLUSHED the client's last ``taken`` counts."""
        if call.cut is not None and now >= call.cut.deadline:
            self._switchboard.counters["flush_unanswered"] += 1
            self._settle(call, call.cut, call.cut.taken, now)

    def _settle(self, call: Call, cut: PendingCut, first_dropped: int, now: float) -> None:
        call.cut = None
        heard = call.speech.settle(cut.utterance, first_dropped)
        done = slot.CutDone(call=call.id, utterance=cut.utterance, heard=heard)
        self._switchboard.tell_worker(call, done, now)

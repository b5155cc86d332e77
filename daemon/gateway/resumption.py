"""Resuming a call after a dropped connection: what either side may have missed comes again."""

from __future__ import annotations

import logging
import secrets
from typing import Final

from daemon.gateway.calls import Call, Ended
from daemon.gateway.switchboard import Switchboard
from daemon.journal import line
from kefu.errors import CallExists, UnknownCall
from kefu.protocol import Open, pack

LOGGED_RESUMES: Final = 10
"""Of one call; a storm of them must not fill the log."""

_log = logging.getLogger("kefud.calls")


class Resumption:
    """OPEN with a token: the newest connection has the call."""

    def __init__(self, switchboard: Switchboard) -> None:
        """``switchboard``: whose calls they are."""
        self._switchboard = switchboard

    def resume(self, peer: bytes, call_id: bytes, asked: Open, now: float) -> None:
        """Go on with the call. Raises UnknownCall, CallExists: the token is not this call's."""
        call = self._switchboard.calls.get(call_id)
        ended = self._switchboard.calls.ended(call_id)
        if call is not None and _same(asked.token, call.token):
            self._go_on(call, peer, asked, now)
        elif call is None and ended is not None and _same(asked.token, ended.token):
            self._tell_end(ended, peer, call_id, asked, now)
        elif call is not None or ended is not None:
            raise CallExists("The token is not that of this call.")
        else:  # nor does one know it that the records know from before the gateway's start
            raise UnknownCall(f"There is no call {call_id.hex()}.")

    def _go_on(self, call: Call, peer: bytes, asked: Open, now: float) -> None:
        if peer != call.peer:
            call.former_peers.append(call.peer)
            call.peer = peer
        call.resumed(now, self._switchboard.settings.gateway.client_gone_ms)
        # A hold has cut what was being said: nothing of it is heard any more.
        lost = [] if call.held else call.playout.since(asked.taken)
        agent_next = lost[0].first_sample if lost else call.line.agent_next
        self._switchboard.tell_opened(call, agent_next, now)
        for frame in lost:
            self._switchboard.send_audio(call, frame, now)
        for event in call.events.since(asked.next_event):
            self._switchboard.tell(call, b"EVENT", event, now)
        self._switchboard.counters["calls_resumed"] += 1
        call.resumes += 1
        log = _log.warning if call.resumes <= LOGGED_RESUMES else _log.debug
        log(line("resumed", call=call.id, agent_next=agent_next, frames=len(lost)))

    def _tell_end(self, ended: Ended, peer: bytes, call_id: bytes, asked: Open, now: float) -> None:
        for event in ended.events:
            if event.number >= asked.next_event:
                self._switchboard.door.answer(peer, pack(b"EVENT", call_id, event), now)
        self._switchboard.door.answer(peer, pack(b"CLOSED", call_id, ended.closed), now)


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())

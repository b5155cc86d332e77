"""The gateway's end of the slot protocol: which worker serves, and whether it still answers."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import Literal

import zmq

from daemon import slot
from daemon.gateway.clock import TICK_S
from daemon.gateway.router import Router
from daemon.journal import line
from daemon.settings import WorkerSettings
from kefu.errors import ProtocolError

State = Literal["absent", "serving", "deaf", "dead"]

_log = logging.getLogger("kefud.worker")


class WorkerLink:
    """One slot: the worker that last said HELLO."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        path: Path,
        settings: WorkerSettings,
        counters: Counter[str],
    ) -> None:
        """Bind ``slot.sock``. Raises SocketInUse, BadSocketPath."""
        self._router = Router(
            context,
            path,
            limit_bytes=slot.MAX_PART_BYTES,
            send_messages=slot.SEND_MESSAGES,
            most_parts=slot.PARTS,
            counters=counters,
            # TICK tells more; and a worker that was stopped for long keeps its calls when it wakes.
            heartbeats=False,
            # Only the service itself: who speaks here speaks for the agent.
            mode=0o600,
        )
        self.socket = self._router.socket
        self._settings = settings
        self._counters = counters
        self._peer = b""
        self._answered_at = 0.0
        self._seq = 0
        self._answered_seq = 0
        self.hello: slot.Hello | None = None
        self.stages_failed = 0
        """Of its engines, since it started, as the worker counts."""
        self.draining = False
        """The worker said that it takes no new call, and ends behind its last one."""

    def state(self, now: float) -> State:
        """``absent`` before any HELLO, ``dead`` with a broken connection, ``deaf`` without TICK."""
        if self.hello is None:
            return "absent"
        if self._router.gone(self._peer):
            return "dead"
        # A worker that answers, but to FRAMEs of long ago, hears as little as one that is stopped.
        behind_ms = (self._seq - self._answered_seq) * TICK_S * 1000
        silent_ms = (now - self._answered_at) * 1000
        if max(behind_ms, silent_ms) > self._settings.deaf_ms:
            return "deaf"
        return "serving"

    def deaf_ms(self, now: float) -> float:
        """How long a worker whose connection stands has not answered; 0 where it is not deaf."""
        return (now - self._answered_at) * 1000 if self.state(now) == "deaf" else 0.0

    def receive(self, now: float) -> slot.Message | None:
        """The next message of the worker; None where there is none.

        A HELLO is returned once it is accepted. What is malformed, or comes from a process that
        is not the slot's worker, is counted and dropped.
        """
        while True:
            received = self._router.receive()
            if received is None:
                return None
            peer, parts = received
            message = self._parse(parts)
            if message is None:
                continue
            if isinstance(message, slot.Hello):
                if self._accept(peer, message, now):
                    return message
            elif peer != self._peer:
                self._counters["slot_strangers"] += 1
            elif isinstance(message, slot.Tick):
                self._answered_at = now
                self._answered_seq = max(self._answered_seq, min(message.seq, self._seq))
                self.draining = message.draining
                self.stages_failed = message.failed
            else:
                return message

    def send(self, message: slot.Message, now: float) -> bool:
        """Send to the worker, or queue it until the worker takes it; False: one too many.

        What ends or settles something comes once in a call and is never dropped; an OPEN, and what
        a client may say as often as it likes, is.
        """
        always = not isinstance(message, (slot.Open, *slot.CLIENT_SAYS))
        return self._router.send(self._peer, slot.pack(message), now, always=always)

    def send_frame(self, calls: tuple[slot.CallFrame, ...], now: float) -> bool:
        """The tick of all calls; False where the worker does not take it."""
        self._router.flush(now)
        if self.hello is None:
            return False
        self._seq += 1
        return self._router.offer(
            self._peer, slot.pack(slot.Frame(seq=self._seq, calls=calls)), now
        )

    def close(self, linger_ms: int) -> None:
        """Unbind."""
        self._router.close(linger_ms)

    def _accept(self, peer: bytes, hello: slot.Hello, now: float) -> bool:
        if peer == self._peer:
            self._answered_at = now
            return False
        if self.state(now) == "serving":
            self._counters["slot_second_hellos"] += 1
            _log.warning(line("second_worker_ignored", slot=hello.slot, release=hello.release))
            return False
        self._peer = peer
        self._answered_at = now
        self._answered_seq = self._seq
        self.hello = hello
        self.stages_failed = 0
        self.draining = False
        return True

    def _parse(self, parts: list[bytes]) -> slot.Message | None:
        try:
            return slot.parse_for_gateway(parts)
        except ProtocolError as reason:
            self._counters["slot_bad_messages"] += 1
            _log.warning(line("bad_slot_message", reason=str(reason)))
        return None

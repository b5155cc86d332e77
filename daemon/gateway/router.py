"""A bound ROUTER that never blocks: what cannot be sent now waits in a short queue per peer."""

from __future__ import annotations

from collections import Counter, deque
from pathlib import Path
from typing import Final

import zmq

from daemon.gateway import socket_file

HEARTBEAT_MS: Final = 1_000
HEARTBEAT_TIMEOUT_MS: Final = 5_000
QUEUE_MESSAGES: Final = 64
MOST_QUEUES: Final = 256
"""Peers without a call for which something may wait."""
FORGET_S: Final = 15.0
"""How long messages are kept for a peer whose connection is broken."""
REMEMBERED_GONE: Final = 1_024
PARTS_AT_ONCE: Final = 256
"""Of one message; the rest is read later, so that a message of a million parts delays no tick."""
# Plain numbers, and frames in place of RCVMORE: a third of the time that pyzmq's own
# send_multipart and recv_multipart take.
_NOW: Final = int(zmq.NOBLOCK)
_NOW_AND_MORE: Final = int(zmq.NOBLOCK | zmq.SNDMORE)


class Router:
    """Receives whole messages and sends with NOBLOCK only.

    A peer whose pipe is full, or whose connection is broken, has a queue of at most 64 messages
    that ``flush`` tries again; what does not fit is dropped and counted.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        path: Path,
        *,
        limit_bytes: int,
        send_messages: int,
        most_parts: int,
        counters: Counter[str],
        heartbeats: bool,
        mode: int,
    ) -> None:
        """Bind. Raises SocketInUse, BadSocketPath."""
        self.path = path
        self._most_parts = most_parts
        self._counters = counters
        self._queues: dict[bytes, deque[list[bytes]]] = {}
        self._gone_since: dict[bytes, float] = {}
        self._half_read: tuple[bytes, list[bytes]] | None = None
        self.socket = context.socket(zmq.ROUTER)
        self.socket.set(zmq.ROUTER_MANDATORY, 1)
        self.socket.set(zmq.MAXMSGSIZE, limit_bytes)
        self.socket.set(zmq.SNDHWM, send_messages)
        # A peer that dies while its input is stopped by a full queue aborts this whole process
        # (libzmq 4.3.5, stream_engine_base.cpp: "!_io_error"): its input is never stopped.
        self.socket.set(zmq.RCVHWM, 0)
        if heartbeats:
            self.socket.set(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
            self.socket.set(zmq.HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS)
            self.socket.set(zmq.HEARTBEAT_TTL, HEARTBEAT_TIMEOUT_MS)
        self.socket.set(zmq.LINGER, 0)
        try:
            socket_file.bind(self.socket, path, mode)
        except Exception:
            self.socket.close()
            raise

    def receive(self) -> tuple[bytes, list[bytes]] | None:
        """(peer, parts) of the next message; None where none is whole yet.

        Of a message with too many parts, one more than allowed are returned: enough to refuse it.
        """
        if self._half_read is None:
            try:
                frame = self.socket.recv(_NOW, copy=False)
            except zmq.Again:
                return None
            self._half_read = (frame.bytes, [])
        peer, parts = self._half_read
        for _ in range(PARTS_AT_ONCE):
            frame = self.socket.recv(copy=False)
            if len(parts) <= self._most_parts:
                parts.append(frame.bytes)
            if not frame.more:
                self._half_read = None
                return peer, parts
        return None

    def answer(self, peer: bytes, parts: list[bytes], now: float) -> None:
        """Send to a peer that may hold no call: nothing is kept for one whose connection is gone.

        Else connections that come, ask and vanish would leave a queue each.
        """
        if peer in self._queues or peer in self._gone_since:
            self.send(peer, parts, now)
            return
        if not self._try(peer, parts, now):
            gone = self._gone_since.pop(peer, None) is not None
            if not gone and len(self._queues) < MOST_QUEUES:
                self._queues[peer] = deque([parts])
            else:
                self._counters["answers_dropped"] += 1

    def send(self, peer: bytes, parts: list[bytes], now: float, *, always: bool = False) -> bool:
        """Send or queue; False where the peer's queue is full and the message is dropped.

        ``always``: it is queued even then; for what comes once in a call.
        """
        queue = self._queues.get(peer)
        if not queue and self._try(peer, parts, now):
            return True
        if queue is None:
            queue = self._queues[peer] = deque()
        if len(queue) >= QUEUE_MESSAGES and not always:
            self._counters["messages_dropped"] += 1
            return False
        queue.append(parts)
        return True

    def offer(self, peer: bytes, parts: list[bytes], now: float) -> bool:
        """Send what is worth nothing later: False where it could not be sent now."""
        return peer not in self._queues and self._try(peer, parts, now)

    def blocked(self, peer: bytes) -> bool:
        """Something waits for this peer: nothing that can wait should be added."""
        return peer in self._queues

    def gone(self, peer: bytes) -> bool:
        """The peer's connection was found broken at the last attempt."""
        return peer in self._gone_since

    def gone_s(self, peer: bytes, now: float) -> float:
        """For how long the peer's connection has been found broken; 0 while it stands."""
        return now - self._gone_since.get(peer, now)

    def flush(self, now: float) -> None:
        """Try again what waits."""
        for peer, queue in list(self._queues.items()):
            while queue and self._try(peer, queue[0], now):
                queue.popleft()
            if not queue or self.gone_s(peer, now) > FORGET_S:
                del self._queues[peer]

    def close(self, linger_ms: int) -> None:
        """Unbind and remove the file; what is already sent has ``linger_ms`` to leave."""
        self.socket.close(linger_ms)
        self.path.unlink(missing_ok=True)

    def _forget_one(self) -> None:
        """The longest gone for which nothing waits: one with a queue is judged by its time."""
        idle = (peer for peer in self._gone_since if peer not in self._queues)
        self._gone_since.pop(next(idle, next(iter(self._gone_since))))

    def _try(self, peer: bytes, parts: list[bytes], now: float) -> bool:
        try:
            # Only the first part can fail: then nothing of the message has been sent.
            self.socket.send(peer, _NOW_AND_MORE)
            for part in parts[:-1]:
                self.socket.send(part, _NOW_AND_MORE)
            self.socket.send(parts[-1], _NOW)
        except zmq.Again:
            self._gone_since.pop(peer, None)
            return False
        except zmq.ZMQError as reason:
            if reason.errno != zmq.EHOSTUNREACH:
                raise
            self._gone_since.setdefault(peer, now)
            if len(self._gone_since) > REMEMBERED_GONE:
                self._forget_one()
            return False
        self._gone_since.pop(peer, None)
        return True

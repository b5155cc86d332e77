"""One socket to a gateway, under a name of its own, that is given up when its connection breaks."""

from __future__ import annotations

import time
import uuid
from typing import Final, Literal

import zmq
from zmq.utils.monitor import recv_monitor_message

from kefu.errors import GatewayUnreachable

HEARTBEAT_MS: Final = 1_000
HEARTBEAT_TIMEOUT_MS: Final = 5_000
HANDSHAKE_MS: Final = 3_000
RETRY_MS: Final = 50

Change = Literal["up", "down"]


class Link:
    """Sends and receives without waiting. Belongs to one thread, but for its making.

    The gateway knows a client by its routing id. Each link has a new one, so that what an old
    connection still has on its way cannot be mistaken for this one's.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], address: str, number: int) -> None:
        """Begin to connect. Raises GatewayUnreachable where ``address`` is none."""
        self.number = number
        self.up = False
        """The gateway has answered the handshake."""
        self.heard_at = time.monotonic()
        self.socket = context.socket(zmq.DEALER)
        self.socket.set(zmq.ROUTING_ID, b"k" + uuid.uuid4().bytes)
        # Not IMMEDIATE: with it libzmq 4.3 takes the pipe away while a message is being read from
        # it when the connection breaks, and aborts the process (fq.cpp, "!_more").
        # libzmq 4.3.5 aborts the process where a peer dies while input is stopped by a full queue.
        self.socket.set(zmq.RCVHWM, 0)
        self.socket.set(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
        self.socket.set(zmq.HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS)
        self.socket.set(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
        self.socket.set(zmq.RECONNECT_IVL, RETRY_MS)
        events = zmq.Event.HANDSHAKE_SUCCEEDED | zmq.Event.DISCONNECTED
        self.monitor = self.socket.get_monitor_socket(int(events))
        try:
            self.socket.connect(address)
        except zmq.ZMQError as reason:
            self.close(0)
            raise GatewayUnreachable(f"{address}: {reason.strerror}.") from reason

    def change(self) -> Change | None:
        """What became of the connection since the last call; None: nothing new.

        A connection that breaks during the handshake is tried again and is no change.
        """
        while self.monitor.poll(0):
            event = recv_monitor_message(self.monitor)["event"]
            if event == zmq.Event.HANDSHAKE_SUCCEEDED and not self.up:
                self.up = True
                self.heard_at = time.monotonic()
                return "up"
            if event == zmq.Event.DISCONNECTED and self.up:
                self.up = False
                return "down"
        return None

    def send(self, parts: list[bytes]) -> bool:
        """Send a message; False where there is no room for it now."""
        try:
            self.socket.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def receive(self) -> list[bytes] | None:
        """The next message; None where none is there."""
        try:
            parts = self.socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None
        self.heard_at = time.monotonic()
        return parts

    def close(self, linger_ms: int) -> None:
        """Give the connection up; what is already sent has ``linger_ms`` to leave. Safe twice."""
        if self.socket.closed:
            return
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(linger_ms)

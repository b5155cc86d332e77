"""One connection to a gateway: a thread that owns the socket and hands messages to their calls."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import zmq

from kefu.errors import GatewayUnreachable, KefuError, MessageTooLarge, ProtocolError
from kefu.protocol import MAX_PART_BYTES, NO_CALL, Message, Ping, pack, parse_from_gateway

SEND_TIMEOUT_MS: Final = 1_000
LINGER_MS: Final = 500
HEARTBEAT_MS: Final = 1_000
HEARTBEAT_TIMEOUT_MS: Final = 5_000
ASK_AFTER_S: Final = 2.0
"""Nothing heard for so long while a call is open: ask with PING."""
LOST_AFTER_S: Final = 6.0

Receiver = Callable[[Message | KefuError], None]
"""Called in the connection's thread with a message of the call, or with the error that ended it."""


class Connection:
    """Sends and receives whole messages for any number of calls. Safe to use from any thread."""

    def __init__(self, address: str) -> None:
        """``address``: a ZeroMQ address. Raises GatewayUnreachable where no socket file is."""
        self.address = address
        if address.startswith("ipc://") and not os.path.exists(address[len("ipc://") :]):
            raise GatewayUnreachable(f"There is no socket at {address}.")
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        # A name of our own: after a dropped connection the gateway still knows our calls.
        self._socket.set(zmq.ROUTING_ID, b"k" + uuid.uuid4().bytes)
        self._socket.set(zmq.IMMEDIATE, 1)
        self._socket.set(zmq.SNDTIMEO, SEND_TIMEOUT_MS)
        self._socket.set(zmq.LINGER, LINGER_MS)
        self._socket.set(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
        self._socket.set(zmq.HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS)
        self._socket.set(zmq.RECONNECT_IVL, 50)
        self._socket.set(zmq.RECONNECT_IVL_MAX, 1_000)
        try:
            self._socket.connect(address)
        except zmq.ZMQError as reason:
            self._socket.close(0)
            self._context.term()
            raise GatewayUnreachable(f"{address}: {reason.strerror}.") from reason
        self._outbox: deque[list[bytes]] = deque()
        self._receivers: dict[bytes, Receiver] = {}
        self._lock = threading.Lock()
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._closing = False
        self._heard_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="kefu", daemon=True)
        self._thread.start()

    def attach(self, call: bytes, receiver: Receiver) -> None:
        """Hand the messages of a call to ``receiver`` from now on."""
        with self._lock:
            if not self._receivers:
                self._heard_at = time.monotonic()
            self._receivers[call] = receiver

    def detach(self, call: bytes) -> None:
        """The call is over."""
        with self._lock:
            self._receivers.pop(call, None)

    def send(self, parts: list[bytes]) -> None:
        """Queue a message. Raises MessageTooLarge, GatewayUnreachable after ``close``."""
        for part in parts:
            if len(part) > MAX_PART_BYTES:
                raise MessageTooLarge(
                    f"A part of {len(part)} bytes; at most {MAX_PART_BYTES} are allowed."
                )
        if self._closing:
            raise GatewayUnreachable("This client is closed.", mend="Make another kefu.Client.")
        self._outbox.append(parts)
        self._wake_up()

    def close(self) -> None:
        """Send what is queued, then end the thread; safe to call twice."""
        if self._closing:
            return
        self._closing = True
        self._wake_up()
        self._thread.join()
        self._wake.close()
        self._waker.close()

    def _wake_up(self) -> None:
        with suppress(BlockingIOError):  # enough wake-ups are under way
            self._waker.send(b"\0")

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._wake.fileno(), zmq.POLLIN)
        while not self._closing:
            poller.poll(1_000)
            self._drain_wake()
            self._send_all()
            self._receive_all()
            self._watch()
        self._send_all()
        self._lose("The client was closed.")
        self._socket.close()
        self._context.term()

    def _drain_wake(self) -> None:
        with suppress(BlockingIOError):
            while self._wake.recv(4_096):
                pass

    def _send_all(self) -> None:
        while self._outbox:
            parts = self._outbox.popleft()
            try:
                self._socket.send_multipart(parts)
            except zmq.Again:
                self._outbox.clear()
                self._lose(f"Nobody takes messages at {self.address}.")

    def _receive_all(self) -> None:
        while True:
            try:
                parts = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self._heard_at = time.monotonic()
            try:
                message = parse_from_gateway(parts)
            except ProtocolError as error:
                self._lose(f"{self.address} does not speak kefu/1: {error.message}")
                return
            with self._lock:
                receiver = self._receivers.get(message.call)
            if receiver is not None:
                receiver(message)

    def _watch(self) -> None:
        with self._lock:
            waiting = bool(self._receivers)
        silent_s = time.monotonic() - self._heard_at
        if waiting and silent_s > LOST_AFTER_S:
            self._lose(f"{self.address} has been silent for {silent_s:.0f} s.")
        elif waiting and silent_s > ASK_AFTER_S:
            self._outbox.append(pack(b"PING", NO_CALL, Ping(nonce=0)))

    def _lose(self, what: str) -> None:
        with self._lock:
            receivers = list(self._receivers.values())
            self._receivers.clear()
        for receiver in receivers:
            receiver(GatewayUnreachable(what))

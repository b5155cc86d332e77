"""One connection to a gateway: a thread that owns the link and hands messages to their calls."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Final

import zmq

from kefu.errors import GatewayUnreachable, KefuError, MessageTooLarge, ProtocolError, error_of
from kefu.link import Link
from kefu.news import Linked, News, Receiver, Unlinked
from kefu.protocol import (
    MAX_PART_BYTES,
    NO_CALL,
    Closed,
    Error,
    Message,
    Move,
    Opened,
    Ping,
    Pong,
    pack,
    parse_from_gateway,
)

LINGER_MS: Final = 500
ASK_AFTER_S: Final = 2.0
"""Nothing heard for so long while a call is open: ask with PING."""
LOST_AFTER_S: Final = 6.0
"""Nothing heard for so long although asked: the link counts as broken."""
RECONNECT_FOR_S: Final = 10.0
"""For so long a call is tried to be resumed; the gateway keeps it as long."""
PAUSE_S: Final = 0.02
"""Between a broken link and the next, so that a gateway that drops all of them is not flooded."""
LOOK_MS: Final = 250


class Connection:
    """Sends and receives whole messages for any number of calls. Safe to use from any thread.

    When the link breaks, another is made; each call is told, and asks the gateway to go on.
    """

    def __init__(
        self, address: str, on_move: Callable[[Connection, Move], None] | None = None
    ) -> None:
        """Begin to connect. Raises GatewayUnreachable where no socket file is.

        Args:
            address: a ZeroMQ address.
            on_move: told MOVE, in the connection's thread.
        """
        self.address = address
        self._on_move = on_move
        if address.startswith("ipc://") and not os.path.exists(address[len("ipc://") :]):
            raise GatewayUnreachable(f"There is no socket at ipc://{os.path.abspath(address[6:])}.")
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        try:
            self._link = Link(self._context, address, 0)
        except GatewayUnreachable:
            self._context.term()
            raise
        self._outbox: deque[tuple[int, list[bytes]]] = deque()
        """(link, message): a link that is no more takes its messages with it."""
        self._receivers: dict[bytes, Receiver] = {}
        self._give_up_at: dict[bytes, float] = {}
        """Calls whose link broke and that are not resumed yet."""
        self._lock = threading.Lock()
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._closing = False
        self._retiring = False
        self._thread = threading.Thread(target=self._run, name="kefu", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Nothing can be sent any more."""
        return not self._thread.is_alive()

    def attach(self, call: bytes, receiver: Receiver) -> int:
        """Hand the messages of a call to ``receiver``; returns the number of the link."""
        with self._lock:
            if not self._receivers:
                self._link.heard_at = time.monotonic()
            self._receivers[call] = receiver
            return self._link.number

    def detach(self, call: bytes) -> None:
        """Hand on nothing more of a call."""
        with self._lock:
            self._forget(call)
            if not self._link.up:  # a stale OPEN would open a ghost call later
                self._outbox = deque(kept for kept in self._outbox if kept[1][2] != call)
        self._wake_up()

    def send(self, parts: list[bytes], link: int) -> None:
        """Queue a message for a link. Raises MessageTooLarge, GatewayUnreachable."""
        for part in parts:
            if len(part) > MAX_PART_BYTES:
                raise MessageTooLarge(
                    f"A part of {len(part)} bytes; at most {MAX_PART_BYTES} are allowed."
                )
        if self._closing or self.ended:
            raise GatewayUnreachable("This client is closed.", mend="Make another kefu.Client.")
        with self._lock:
            self._outbox.append((link, parts))
        self._wake_up()

    def ping(self) -> Future[Pong]:
        """Ask how the gateway is. The future may be cancelled; it raises GatewayUnreachable."""
        asked = uuid.uuid4().bytes
        answer: Future[Pong] = Future()
        message = pack(b"PING", asked, Ping(nonce=1))

        def receive(news: News) -> None:
            if isinstance(news, Linked):
                with suppress(GatewayUnreachable):
                    self.send(message, news.number)
            elif isinstance(news, KefuError):
                if answer.set_running_or_notify_cancel():
                    answer.set_exception(news)
            elif isinstance(news, Message) and isinstance(news.header, Pong | Error):
                self.detach(asked)
                if not answer.set_running_or_notify_cancel():
                    return
                if isinstance(news.header, Pong):
                    answer.set_result(news.header)
                else:
                    header = news.header
                    answer.set_exception(
                        error_of(header.code, header.message, header.retry_after_ms)
                    )

        link = self.attach(asked, receive)
        answer.add_done_callback(lambda _: self.detach(asked))
        self.send(message, link)
        return answer

    def retire(self) -> None:
        """End when the last call is detached."""
        self._retiring = True
        self._wake_up()

    def close(self) -> None:
        """Send what is queued, then end the thread; safe to call twice, not from its own thread."""
        self._closing = True
        self._wake_up()
        self._thread.join()

    def _wake_up(self) -> None:
        with suppress(BlockingIOError, OSError):  # enough wake-ups are under way, or all is over
            self._waker.send(b"\0")

    def _run(self) -> None:
        try:
            while not self._over():
                if self._wait():
                    self._follow_link()
                self._send_all()
                self._receive_all()
                self._watch()
            self._send_all()
        finally:
            self._closing = True
            self._lose("The client was closed.")
            self._link.close(LINGER_MS)
            self._context.term()
            self._wake.close()
            self._waker.close()

    def _over(self) -> bool:
        with self._lock:
            return self._closing or (self._retiring and not self._receivers)

    def _wait(self) -> bool:
        """Wait for anything; returns whether something became of the link."""
        poller = zmq.Poller()
        blocked = self._link.up and bool(self._outbox)
        poller.register(self._link.socket, zmq.POLLIN | (zmq.POLLOUT if blocked else 0))
        poller.register(self._link.monitor, zmq.POLLIN)
        poller.register(self._wake.fileno(), zmq.POLLIN)
        ready = dict(poller.poll(LOOK_MS))
        with suppress(BlockingIOError):
            while self._wake.recv(4_096):
                pass
        return self._link.monitor in ready

    def _follow_link(self) -> None:
        while (change := self._link.change()) is not None:
            if change == "up":
                self._tell_all(Linked(self._link.number))
            else:
                self._renew_link()

    def _renew_link(self) -> None:
        """Give the broken link up and begin to connect another."""
        self._receive_all()
        self._link.close(0)
        give_up_at = time.monotonic() + RECONNECT_FOR_S
        time.sleep(PAUSE_S)
        link = Link(self._context, self.address, self._link.number + 1)
        with self._lock:
            self._link = link
            receivers = list(self._receivers.items())
            for call, _ in receivers:
                self._give_up_at.setdefault(call, give_up_at)
        for _, receiver in receivers:
            receiver(Unlinked())

    def _send_all(self) -> None:
        while self._link.up:
            with self._lock:
                if not self._outbox:
                    return
                link, parts = self._outbox[0]
                if link == self._link.number and not self._link.send(parts):
                    return
                self._outbox.popleft()

    def _receive_all(self) -> None:
        while (parts := self._link.receive()) is not None:
            try:
                message = parse_from_gateway(parts)
            except ProtocolError as error:
                self._lose(f"{self.address} does not speak kefu/1: {error.message}")
                continue
            if isinstance(message.header, Move):
                if self._on_move is not None:
                    self._on_move(self, message.header)
                continue
            with self._lock:
                receiver = self._receivers.get(message.call)
                if isinstance(message.header, Opened | Error):
                    self._give_up_at.pop(message.call, None)
                elif isinstance(message.header, Closed):
                    self._forget(message.call)
            if receiver is not None:
                receiver(message)

    def _watch(self) -> None:
        now = time.monotonic()
        with self._lock:
            late = [call for call, give_up_at in self._give_up_at.items() if now >= give_up_at]
            receivers = [self._receivers[call] for call in late if call in self._receivers]
            for call in late:
                self._forget(call)
            waiting = bool(self._receivers)
        for receiver in receivers:
            receiver(
                GatewayUnreachable(
                    f"The connection broke; {self.address} did not take the call up again "
                    f"within {RECONNECT_FOR_S:g} s."
                )
            )
        if not waiting or not self._link.up:
            return
        silent_s = now - self._link.heard_at
        if silent_s > LOST_AFTER_S:
            self._renew_link()
        elif silent_s > ASK_AFTER_S:
            with self._lock:
                self._outbox.append((self._link.number, pack(b"PING", NO_CALL, Ping(nonce=0))))

    def _forget(self, call: bytes) -> None:
        """With the lock held."""
        self._receivers.pop(call, None)
        self._give_up_at.pop(call, None)

    def _tell_all(self, news: News) -> None:
        with self._lock:
            receivers = list(self._receivers.values())
        for receiver in receivers:
            receiver(news)

    def _lose(self, what: str) -> None:
        with self._lock:
            receivers = list(self._receivers.values())
            self._receivers.clear()
            self._give_up_at.clear()
        for receiver in receivers:
            receiver(GatewayUnreachable(what))

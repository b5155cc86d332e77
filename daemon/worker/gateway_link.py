"""The worker's end of the slot protocol: hello, ticks, and what goes back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import zmq
import zmq.asyncio

from daemon import slot
from daemon.worker.call_table import CallTable
from daemon.worker.errors import HelloTooLong
from kefu.errors import KefuError

log = logging.getLogger(__name__)

HELLO_EVERY_S: Final = 1.0
"""While no FRAME comes (the gateway is not there yet, or was restarted) HELLO is said again."""
GATEWAY_GONE_S: Final = 5.0
MOST_AT_ONCE: Final = 500
"""Messages before something is decided: more than can wait, so that only a flood meets it."""
WAIT_MS: Final = 1000
"""So often it is looked whether there is still somebody to serve."""


class GatewayLink:
    """DEALER to the gateway's ROUTER; owns the socket. ``send`` never blocks."""

    def __init__(
        self, path: Path, hello: slot.Hello, failed: Callable[[], int] = lambda: 0
    ) -> None:
        """Connect; ``failed`` counts what the engines did not answer. Raises HelloTooLong."""
        length = len(slot.pack(hello)[1])
        if length > slot.MAX_PART_BYTES:
            raise HelloTooLong(f"HELLO has {length} bytes, more than {slot.MAX_PART_BYTES}.")
        self._hello = hello
        self._failed = failed
        self._context = zmq.asyncio.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.set(zmq.LINGER, 200)
        self._socket.set(zmq.SNDHWM, slot.SEND_MESSAGES)
        self._socket.connect(f"ipc://{path}")
        self._heard_at = 0.0
        self._waiting: set[asyncio.Future[zmq.MessageTracker | None]] = set()

    def send(self, message: slot.Message) -> None:
        """Queue a message; order is kept."""
        sending = asyncio.ensure_future(self._socket.send_multipart(slot.pack(message)))
        if not sending.done():
            self._waiting.add(sending)
            sending.add_done_callback(self._waiting.discard)

    async def serve(self, calls: CallTable) -> None:
        """Answer the gateway until cancelled, or while draining until the last call has ended."""
        saying_hello = asyncio.create_task(self._say_hello(calls))
        try:
            while not (calls.draining and not len(calls)):
                await self._socket.poll(WAIT_MS)
                # Behind or not: all that came is taken in first, then the newest state decides.
                for _ in range(MOST_AT_ONCE):
                    if not await self._socket.poll(0):
                        break
                    self._handle(calls, await self._socket.recv_multipart())
                calls.decide()
            log.info("drained")
        finally:
            saying_hello.cancel()
            calls.close_all()
            self._context.destroy(linger=200)

    def _handle(self, calls: CallTable, parts: list[bytes]) -> None:
        received_at = time.monotonic()
        message = _decode(parts)
        if message is None:
            return
        if isinstance(message, slot.Frame):
            self._heard_at = received_at
            calls.frame(message)
            free = 0 if calls.draining else max(0, self._hello.capacity - len(calls))
            behind_ms = (time.monotonic() - received_at) * 1000
            self.send(
                slot.Tick(
                    seq=message.seq,
                    behind_ms=round(behind_ms, 2),
                    free=free,
                    failed=self._failed(),
                    draining=calls.draining,
                )
            )
        elif isinstance(message, slot.Open):
            calls.open(message)
        elif isinstance(message, slot.Close):
            calls.close(message)
        elif isinstance(message, slot.Calls):
            self.send(calls.holding())
        elif isinstance(message, slot.Drain):
            calls.drain()
        else:
            calls.deliver(message)

    async def _say_hello(self, calls: CallTable) -> None:
        while True:
            silent_s = time.monotonic() - self._heard_at
            if silent_s > HELLO_EVERY_S:
                if len(calls) and silent_s > GATEWAY_GONE_S:
                    log.warning("gateway silent for_s=%.1f calls_dropped=%d", silent_s, len(calls))
                    calls.close_all()
                if not self._waiting and not calls.draining:
                    self.send(self._hello)
            await asyncio.sleep(HELLO_EVERY_S)


def _decode(parts: list[bytes]) -> slot.Message | None:
    """A message of the gateway; None (and a log line) where it is not one."""
    try:
        return slot.parse_for_worker(parts)
    except KefuError as error:
        log.warning("slot message refused code=%s %s", error.code, error)
        return None

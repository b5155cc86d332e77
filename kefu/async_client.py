"""The client for asyncio: the same calls, awaited."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

from kefu.call_state import AgentFrame, CallState, asking
from kefu.client import DEFAULT_ADDRESS
from kefu.connection import Connection
from kefu.errors import GatewayUnreachable, KefuError
from kefu.protocol import Close, Closed, Codec, Event, Message, Opened, pack


class AsyncClient:
    """A connection to a gateway, used from one event loop."""

    def __init__(self, address: str = DEFAULT_ADDRESS, *, timeout_s: float = 5.0) -> None:
        """Connect. ``timeout_s`` bounds every wait for an answer. Raises GatewayUnreachable."""
        self._connection = Connection(address)
        self._timeout_s = timeout_s

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def call(
        self,
        *,
        codec: Codec = "ulaw",
        rate_hz: int = 8000,
        frame_ms: int = 20,
        on_audio: Callable[[AgentFrame], None] | None = None,
        on_flush: Callable[[int], int] | None = None,
        **header: Any,
    ) -> AsyncCall:
        """Open a call and wait until it is served; arguments and errors as ``Client.call``."""
        asked = asking(codec, rate_hz, frame_ms, header)
        state = CallState(uuid.uuid4().bytes, asked, on_audio, on_flush)
        call = AsyncCall(self._connection, state, self._timeout_s)
        await call.wait_opened()
        return call

    async def close(self) -> None:
        """End the connection; calls that are still open end with it."""
        await asyncio.to_thread(self._connection.close)


class AsyncCall:
    """One call, used from the event loop in which it was opened."""

    def __init__(self, connection: Connection, state: CallState, timeout_s: float) -> None:
        """Made by ``AsyncClient.call``."""
        self._connection = connection
        self._state = state
        self._timeout_s = timeout_s
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        connection.attach(state.id, self._receive)
        connection.send(pack(b"OPEN", state.id, state.asked))

    async def __aenter__(self) -> AsyncCall:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def id(self) -> bytes:
        """16 bytes; ``id.hex()`` is what ``kefuctl calls show`` takes."""
        return self._state.id

    @property
    def opened(self) -> Opened:
        """What OPENED said: slot, release, token."""
        if self._state.opened is None:
            raise AssertionError("the call was handed out before it was opened")
        return self._state.opened

    @property
    def closed(self) -> Closed | None:
        """What CLOSED said; None while the call lives."""
        return self._state.closed

    @property
    def next_sample(self) -> int:
        """The number that the next sample sent will have."""
        return self._state.next_sample

    @property
    def frame_bytes(self) -> int:
        """Length of the payloads that ``send`` takes."""
        return self._state.frame_bytes

    def send(self, payload: bytes) -> int:
        """Send one coded frame, without waiting; returns and raises as ``Call.send``."""
        first_sample = self._state.next_sample
        self._connection.send(self._state.audio(payload))
        return first_sample

    async def read(self, timeout_s: float | None = None) -> AgentFrame | None:
        """The next frame of the agent's voice; as ``Call.read``."""
        await self._wait(lambda: bool(self._state.frames), timeout_s)
        return self._state.take()

    async def frames(self) -> AsyncIterator[AgentFrame]:
        """Every frame of the agent's voice until the call ends."""
        while (frame := await self.read()) is not None:
            yield frame

    async def next_event(self, timeout_s: float | None = None) -> Event | None:
        """The next event; as ``Call.next_event``."""
        await self._wait(lambda: bool(self._state.events), timeout_s)
        if self._state.events:
            return self._state.events.popleft()
        if self._state.error is not None:
            raise self._state.error
        return None

    async def events(self) -> AsyncIterator[Event]:
        """Every event until the call ends."""
        while (event := await self.next_event()) is not None:
            yield event

    async def close(self, cause: str = "normal") -> Closed | None:
        """Hang up and wait for CLOSED; None where the gateway did not answer in time."""
        if not self._state.ended:
            self._connection.send(pack(b"CLOSE", self._state.id, Close(cause=cause)))
        closed = await self.wait_closed(self._timeout_s)
        self._connection.detach(self._state.id)
        return closed

    async def wait_closed(self, timeout_s: float | None = None) -> Closed | None:
        """Wait until the other side ends the call; None where it did not, or was lost."""
        await self._wait(lambda: self._state.ended, timeout_s)
        return self._state.closed

    async def wait_opened(self) -> None:
        """Wait for OPENED. Raises GatewayUnreachable, Refused, ProtocolError."""
        await self._wait(lambda: self._state.opened is not None, self._timeout_s)
        if self._state.error is None and self._state.opened is not None:
            return
        self._connection.detach(self._state.id)
        raise self._state.error or GatewayUnreachable(
            f"{self._connection.address} did not answer for {self._timeout_s:g} s."
        )

    async def _wait(self, ready: Callable[[], bool], timeout_s: float | None) -> None:
        async def change() -> None:
            while not (ready() or self._state.ended):
                self._changed.clear()
                await self._changed.wait()

        try:
            await asyncio.wait_for(change(), timeout_s)
        except asyncio.TimeoutError:
            return

    def _receive(self, message: Message | KefuError) -> None:
        """In the connection's thread."""
        try:
            self._loop.call_soon_threadsafe(self._accept, message)
        except RuntimeError:  # the loop is closed: nobody waits for the call any more
            self._connection.detach(self._state.id)

    def _accept(self, message: Message | KefuError) -> None:
        for answer in self._state.accept(message):
            self._connection.send(answer)
        self._changed.set()

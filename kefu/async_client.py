"""The client for asyncio: the same calls, awaited."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

from kefu.agent_voice import AgentFrame
from kefu.call_handle import CallHandle
from kefu.call_state import CallState
from kefu.client import DEFAULT_ADDRESS
from kefu.connections import Connections
from kefu.errors import GatewayUnreachable
from kefu.news import News
from kefu.protocol import Closed, Codec, Event, Pong


class AsyncClient:
    """A connection to a gateway, used from one event loop; breaks and moves as in ``Client``."""

    def __init__(self, address: str = DEFAULT_ADDRESS, *, timeout_s: float = 5.0) -> None:
        """Connect. ``timeout_s`` bounds every wait for an answer. Raises GatewayUnreachable."""
        self._connections = Connections(address)
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
        state = CallState.new(
            uuid.uuid4().bytes, codec, rate_hz, frame_ms, on_audio, on_flush, header
        )
        call = AsyncCall(self._connections, state, self._timeout_s)
        await call.wait_opened()
        return call

    async def ping(self) -> Pong:
        """Ask how the gateway is. Raises GatewayUnreachable."""
        connection = self._connections.newest()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(connection.ping()), self._timeout_s)
        except asyncio.TimeoutError as reason:
            raise GatewayUnreachable(
                f"{connection.address} did not answer for {self._timeout_s:g} s."
            ) from reason

    async def close(self) -> None:
        """End the connection; calls that are still open end with it."""
        await asyncio.to_thread(self._connections.close)


class AsyncCall(CallHandle):
    """One call, used from the event loop in which it was opened."""

    def __init__(self, connections: Connections, state: CallState, timeout_s: float) -> None:
        """Made by ``AsyncClient.call``."""
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        super().__init__(connections, state, timeout_s)

    async def __aenter__(self) -> AsyncCall:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def read(self, timeout_s: float | None = None) -> AgentFrame | None:
        """The next frame of the agent's voice; as ``Call.read``."""
        await self._wait(lambda: bool(self._state.agent.frames), timeout_s)
        return self._state.agent.take()

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
        """Every event until the call ends, each once and in order."""
        while (event := await self.next_event()) is not None:
            yield event

    async def close(self, cause: str = "normal") -> Closed | None:
        """Hang up and wait for CLOSED; as ``Call.close``."""
        self._hang_up(cause)
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
        self._check_opened()

    async def _wait(self, ready: Callable[[], bool], timeout_s: float | None) -> None:
        async def change() -> None:
            while not (ready() or self._state.ended):
                self._woken.clear()
                await self._woken.wait()

        try:
            await asyncio.wait_for(change(), timeout_s)
        except asyncio.TimeoutError:
            return

    def _receive(self, news: News) -> None:
        try:
            self._loop.call_soon_threadsafe(self._take_in, news)
        except RuntimeError:  # the loop is closed: nobody waits for the call any more
            self._connection.detach(self._state.id)

    def _take_in(self, news: News) -> None:
        self._accept(news)
        self._woken.set()

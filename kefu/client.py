"""The client for programs with threads: place a call in ten lines."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as TimedOut
from pathlib import Path
from typing import Any, Final

from kefu.agent_voice import AgentFrame
from kefu.call_handle import CallHandle
from kefu.call_state import CallState
from kefu.connections import Connections
from kefu.errors import GatewayUnreachable, NoAudio
from kefu.news import News
from kefu.protocol import Closed, Codec, Event, Pong

DEFAULT_ADDRESS: Final = "ipc:///run/kefu/kefu.sock"


class Client:
    """A connection to a gateway, for any number of calls at once.

    A connection that breaks is made again, and its calls go on: for at most 10 s they stand
    still. Where the gateway asks for it, new calls go on a new connection.
    """

    def __init__(self, address: str = DEFAULT_ADDRESS, *, timeout_s: float = 5.0) -> None:
        """Connect. ``timeout_s`` bounds every wait for an answer. Raises GatewayUnreachable."""
        self._connections = Connections(address)
        self._timeout_s = timeout_s

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(
        self,
        *,
        codec: Codec = "ulaw",
        rate_hz: int = 8000,
        frame_ms: int = 20,
        on_audio: Callable[[AgentFrame], None] | None = None,
        on_flush: Callable[[int], int] | None = None,
        **header: Any,
    ) -> Call:
        """Open a call and wait until it is served.

        Args:
            codec: of both directions.
            rate_hz: 8000 for G.711; 8000, 16000 or 24000 for slin.
            frame_ms: duration of the frames that ``send`` will be given, 10 to 60.
            on_audio: given each frame of the agent's voice when it comes, in the client's own
                thread; the frame then counts as played. Without it, ``read`` them.
            on_flush: told to drop what is not yet played; answers the first sample dropped.
            header: further fields of OPEN: ``called``, ``caller``, ``language``, ``scenario`` …

        Raises GatewayUnreachable, also where the connection breaks before the call is open, and
        what the gateway refuses with: Busy, NoWorker, BadRate …
        """
        state = CallState.new(
            uuid.uuid4().bytes, codec, rate_hz, frame_ms, on_audio, on_flush, header
        )
        call = Call(self._connections, state, self._timeout_s)
        call.wait_opened()
        return call

    def ping(self) -> Pong:
        """Ask how the gateway is. Raises GatewayUnreachable."""
        connection = self._connections.newest()
        answer = connection.ping()
        try:
            return answer.result(self._timeout_s)
        except TimedOut as reason:
            raise GatewayUnreachable(
                f"{connection.address} did not answer for {self._timeout_s:g} s."
            ) from reason
        finally:
            answer.cancel()

    def close(self) -> None:
        """End the connection; calls that are still open end with it."""
        self._connections.close()


class Call(CallHandle):
    """One call. Every method may be used from any thread; ``with`` closes it at the end."""

    def __enter__(self) -> Call:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send_file(self, path: Path | str) -> int:
        """Send a file of raw coded audio in real time; returns its first sample's number.

        The last frame is filled up with silence. Raises NoAudio for an empty file, and as ``send``.
        """
        first_sample = self.next_sample
        size, frame_s = self._state.frame_bytes, self._state.asked.frame_ms / 1000
        due = time.monotonic()
        with open(path, "rb") as file:
            payload = file.read(size)
            if not payload:
                raise NoAudio(f"{path} is empty.")
            while payload:
                self.send(self._state.padded(payload))
                due += frame_s
                time.sleep(max(0.0, due - time.monotonic()))
                payload = file.read(size)
        return first_sample

    def send_silence(self, duration_ms: int) -> None:
        """Send silence in real time."""
        due = time.monotonic()
        for _ in range(duration_ms // self._state.asked.frame_ms):
            self.send(self._state.silence)
            due += self._state.asked.frame_ms / 1000
            time.sleep(max(0.0, due - time.monotonic()))

    def read(self, timeout_s: float | None = None) -> AgentFrame | None:
        """The next frame of the agent's voice, which counts as played from now on.

        None at the call's end, or where none came within ``timeout_s``.
        """
        with self._changed:
            self._wait(lambda: bool(self._state.agent.frames), timeout_s)
            return self._state.agent.take()

    def frames(self) -> Iterator[AgentFrame]:
        """Every frame of the agent's voice until the call ends."""
        while (frame := self.read()) is not None:
            yield frame

    def next_event(self, timeout_s: float | None = None) -> Event | None:
        """The next event; None at the call's end, or where none came within ``timeout_s``.

        Raises GatewayUnreachable where the connection broke and the call could not be resumed,
        and whatever else ended the call without CLOSED.
        """
        with self._changed:
            self._wait(lambda: bool(self._state.events), timeout_s)
            if self._state.events:
                return self._state.events.popleft()
            if self._state.error is not None:
                raise self._state.error
            return None

    def events(self) -> Iterator[Event]:
        """Every event until the call ends, each once and in order. Raises as ``next_event``."""
        while (event := self.next_event()) is not None:
            yield event

    def close(self, cause: str = "normal") -> Closed | None:
        """Hang up and wait for CLOSED; None where the gateway did not answer in time.

        While the connection is broken this waits for the next one, but no longer than any answer.
        """
        self._hang_up(cause)
        closed = self.wait_closed(self._timeout_s)
        self._connection.detach(self._state.id)
        return closed

    def wait_closed(self, timeout_s: float | None = None) -> Closed | None:
        """Wait until the other side ends the call; None where it did not, or was lost."""
        with self._changed:
            self._wait(lambda: self._state.ended, timeout_s)
            return self._state.closed

    def wait_opened(self) -> None:
        """Wait for OPENED. Raises GatewayUnreachable, Refused, ProtocolError."""
        with self._changed:
            self._wait(lambda: self._state.opened is not None, self._timeout_s)
        self._check_opened()

    def _wait(self, ready: Callable[[], bool], timeout_s: float | None) -> None:
        self._changed.wait_for(lambda: ready() or self._state.ended, timeout_s)

    def _receive(self, news: News) -> None:
        self._accept(news)

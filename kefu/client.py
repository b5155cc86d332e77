"""The client for programs with threads: place a call in ten lines."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from kefu.call_state import AgentFrame, CallState, asking
from kefu.connection import Connection
from kefu.errors import GatewayUnreachable, KefuError, NoAudio
from kefu.protocol import (
    Close,
    Closed,
    Codec,
    Event,
    Message,
    Opened,
    Ping,
    Pong,
    pack,
)

DEFAULT_ADDRESS: Final = "ipc:///run/kefu/kefu.sock"


class Client:
    """A connection to a gateway, for any number of calls at once."""

    def __init__(self, address: str = DEFAULT_ADDRESS, *, timeout_s: float = 5.0) -> None:
        """Connect. ``timeout_s`` bounds every wait for an answer. Raises GatewayUnreachable."""
        self._connection = Connection(address)
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

        Raises GatewayUnreachable, and what the gateway refuses with: Busy, NoWorker, BadRate …
        """
        asked = asking(codec, rate_hz, frame_ms, header)
        state = CallState(uuid.uuid4().bytes, asked, on_audio, on_flush)
        call = Call(self._connection, state, self._timeout_s)
        call.wait_opened()
        return call

    def ping(self) -> Pong:
        """Ask how the gateway is. Raises GatewayUnreachable."""
        pongs: list[Pong | KefuError] = []
        answered = threading.Event()

        def receive(message: Message | KefuError) -> None:
            if isinstance(message, KefuError):
                pongs.append(message)
            elif isinstance(message.header, Pong):
                pongs.append(message.header)
            answered.set()

        asked = uuid.uuid4().bytes
        self._connection.attach(asked, receive)
        try:
            self._connection.send(pack(b"PING", asked, Ping(nonce=1)))
            answered.wait(self._timeout_s)
        finally:
            self._connection.detach(asked)
        if not pongs:
            raise GatewayUnreachable(
                f"{self._connection.address} did not answer for {self._timeout_s:g} s."
            )
        if isinstance(pongs[0], KefuError):
            raise pongs[0]
        return pongs[0]

    def close(self) -> None:
        """End the connection; calls that are still open end with it."""
        self._connection.close()


class Call:
    """One call. Every method may be used from any thread; ``with`` closes it at the end."""

    def __init__(self, connection: Connection, state: CallState, timeout_s: float) -> None:
        """Made by ``Client.call``."""
        self._connection = connection
        self._state = state
        self._timeout_s = timeout_s
        self._changed = threading.Condition()
        connection.attach(state.id, self._receive)
        connection.send(pack(b"OPEN", state.id, state.asked))

    def __enter__(self) -> Call:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
        """Send one coded frame; returns the number of its first sample.

        Raises BadFrame, CallEnded, GatewayUnreachable, and what the gateway refused since.
        """
        with self._changed:
            first_sample = self._state.next_sample
            self._connection.send(self._state.audio(payload))
        return first_sample

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
            self._wait(lambda: bool(self._state.frames), timeout_s)
            return self._state.take()

    def frames(self) -> Iterator[AgentFrame]:
        """Every frame of the agent's voice until the call ends."""
        while (frame := self.read()) is not None:
            yield frame

    def next_event(self, timeout_s: float | None = None) -> Event | None:
        """The next event; None at the call's end, or where none came within ``timeout_s``.

        Raises GatewayUnreachable where the connection was lost.
        """
        with self._changed:
            self._wait(lambda: bool(self._state.events), timeout_s)
            if self._state.events:
                return self._state.events.popleft()
            if self._state.error is not None:
                raise self._state.error
            return None

    def events(self) -> Iterator[Event]:
        """Every event until the call ends. Raises as ``next_event``."""
        while (event := self.next_event()) is not None:
            yield event

    def close(self, cause: str = "normal") -> Closed | None:
        """Hang up and wait for CLOSED; None where the gateway did not answer in time."""
        with self._changed:
            if not self._state.ended:
                self._connection.send(pack(b"CLOSE", self._state.id, Close(cause=cause)))
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
            if self._state.error is not None:
                self._connection.detach(self._state.id)
                raise self._state.error
            if self._state.opened is not None:
                return
        self._connection.detach(self._state.id)
        raise GatewayUnreachable(
            f"{self._connection.address} did not answer for {self._timeout_s:g} s."
        )

    def _wait(self, ready: Callable[[], bool], timeout_s: float | None) -> None:
        self._changed.wait_for(lambda: ready() or self._state.ended, timeout_s)

    def _receive(self, message: Message | KefuError) -> None:
        with self._changed:
            answers = self._state.accept(message)
            for answer in answers:
                self._connection.send(answer)
            self._changed.notify_all()

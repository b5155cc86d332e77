"""What a client keeps of one call: sample numbers both ways, agent audio not yet taken, events."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec

from kefu.errors import (
    PROTOCOL_ERRORS,
    REFUSALS,
    BadFrame,
    BadHeader,
    CallEnded,
    HookFailed,
    KefuError,
    Refused,
)
from kefu.protocol import (
    BYTES_PER_SAMPLE,
    AgentAudio,
    Audio,
    Close,
    Closed,
    Codec,
    Error,
    Event,
    Flush,
    Flushed,
    Header,
    Message,
    Open,
    Opened,
    frame_bytes,
    pack,
)

SILENCE: Final = {"ulaw": b"\xff", "alaw": b"\xd5", "slin": b"\0"}
ENDING_CODES: Final = frozenset({"unknown_call", "not_your_call"})


class AgentFrame(msgspec.Struct, frozen=True):
    """20 ms of the agent's voice as it came."""

    first_sample: int
    payload: bytes
    """Coded as OPEN asked."""
    arrived: float
    """``time.monotonic()`` at this client, in seconds."""


class CallState:
    """Numbers, queues and the end of one call; knows no socket and no thread.

    ``on_audio`` is given each frame when it comes, and the frame then counts as taken; without
    it frames queue until ``take``. ``on_flush`` is told the number that follows a cut and
    answers the first sample that was not played.
    """

    def __init__(
        self,
        call: bytes,
        asked: Open,
        on_audio: Callable[[AgentFrame], None] | None,
        on_flush: Callable[[int], int] | None,
    ) -> None:
        """``asked``: the header of OPEN."""
        self.id = call
        self.asked = asked
        self.opened: Opened | None = None
        self.closed: Closed | None = None
        self.error: KefuError | None = None
        """What ended the call without CLOSED."""
        self.refusal: Refused | None = None
        """What the gateway refused since the last ``audio``."""
        self.next_sample = 0
        self.taken = 0
        self.frames: deque[AgentFrame] = deque()
        self.events: deque[Event] = deque()
        self.frame_bytes = frame_bytes(asked.codec, asked.rate_hz, asked.frame_ms)
        self._on_audio = on_audio
        self._on_flush = on_flush

    @property
    def ended(self) -> bool:
        """CLOSED came, or an error ended the call."""
        return self.closed is not None or self.error is not None

    @property
    def silence(self) -> bytes:
        """One frame of silence, coded."""
        return SILENCE[self.asked.codec] * self.frame_bytes

    def padded(self, payload: bytes) -> bytes:
        """``payload``, at most one frame, filled up with silence."""
        return payload + self.silence[len(payload) :]

    def audio(self, payload: bytes) -> list[bytes]:
        """The AUDIO message of one frame. Raises BadFrame, CallEnded, and what was refused."""
        if self.error is not None:
            raise self.error
        if self.closed is not None:
            raise CallEnded(f"The call was closed: {self.closed.cause}.")
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal
        if len(payload) != self.frame_bytes:
            raise BadFrame(
                f"A frame of {self.asked.frame_ms} ms has {self.frame_bytes} bytes, "
                f"this one {len(payload)}."
            )
        header = Audio(first_sample=self.next_sample, taken=self.taken)
        self.next_sample += len(payload) // BYTES_PER_SAMPLE[self.asked.codec]
        return pack(b"AUDIO", self.id, header, payload)

    def take(self) -> AgentFrame | None:
        """The oldest frame that waits; it counts as played from now on."""
        if not self.frames:
            return None
        frame = self.frames.popleft()
        self._mark_taken(frame)
        return frame

    def accept(self, message: Message | KefuError) -> list[list[bytes]]:
        """Take in what came; returns the messages to answer with."""
        if self.ended:
            return []
        if isinstance(message, KefuError):
            self.error = message
            return []
        try:
            return self._accept(message.header, message.payload)
        except Exception as reason:  # of the application's: it must not end the other calls
            self.error = HookFailed(f"The application failed: {reason!r}.")
            self.error.__cause__ = reason
            return [pack(b"CLOSE", self.id, Close())]

    def _accept(self, header: Header, payload: bytes) -> list[list[bytes]]:
        if isinstance(header, AgentAudio):
            self._accept_audio(AgentFrame(header.first_sample, payload, time.monotonic()))
        elif isinstance(header, Event):
            self.events.append(header)
        elif isinstance(header, Flush):
            return [pack(b"FLUSHED", self.id, Flushed(first_dropped=self._flush(header)))]
        elif isinstance(header, Opened):
            self.opened = header
            self.next_sample = header.caller_next
            self.taken = header.agent_next
        elif isinstance(header, Closed):
            self.closed = header
        elif isinstance(header, Error):
            self._accept_error(error_from(header))
        return []

    def _accept_audio(self, frame: AgentFrame) -> None:
        if self._on_audio is None:
            self.frames.append(frame)
            return
        self._on_audio(frame)
        self._mark_taken(frame)

    def _accept_error(self, error: KefuError) -> None:
        if self.opened is None or error.code in ENDING_CODES:
            self.error = error
        elif isinstance(error, Refused):
            self.refusal = error
        else:
            self.error = error

    def _flush(self, flush: Flush) -> int:
        first_dropped = self.taken
        self.frames.clear()
        if self._on_flush is not None:
            first_dropped = min(first_dropped, self._on_flush(flush.next_sample))
        self.taken = max(self.taken, flush.next_sample)
        return first_dropped

    def _mark_taken(self, frame: AgentFrame) -> None:
        samples = len(frame.payload) // BYTES_PER_SAMPLE[self.asked.codec]
        self.taken = max(self.taken, frame.first_sample + samples)


def asking(codec: Codec, rate_hz: int, frame_ms: int, header: dict[str, Any]) -> Open:
    """The header of OPEN, checked as the gateway will. Raises BadHeader, TypeError."""
    asked = Open(codec=codec, rate_hz=rate_hz, frame_ms=frame_ms, **header)
    try:
        return msgspec.convert(msgspec.to_builtins(asked), Open)
    except msgspec.ValidationError as reason:
        raise BadHeader(f"OPEN cannot be sent: {reason}.") from reason


def error_from(header: Error) -> KefuError:
    """The typed error of an ERROR message."""
    refusal = REFUSALS.get(header.code)
    if refusal is not None:
        return refusal(header.message, mend=" ", retry_after_ms=header.retry_after_ms)
    protocol_error = PROTOCOL_ERRORS.get(header.code)
    if protocol_error is not None:
        return protocol_error(header.message, mend=" ")
    return Refused(f"{header.code}: {header.message}", retry_after_ms=header.retry_after_ms)

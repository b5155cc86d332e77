"""What a client keeps of one call: numbers, queues, and what may have to be sent again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from kefu.asked import asking, checked
from kefu.caller_ring import CallerFrame, CallerRing
from kefu.control_log import Control, ControlLog
from kefu.errors import (
    BadFrame,
    CallEnded,
    GatewayUnreachable,
    HookFailed,
    KefuError,
    ProtocolError,
    Refused,
    error_of,
)
from kefu.news import Linked, News, Unlinked
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
    Hold,
    Open,
    Opened,
    Resume,
    frame_bytes,
    pack,
)

SILENCE: Final = {"ulaw": b"\xff", "alaw": b"\xd5", "slin": b"\0"}
ENDING_CODES: Final = frozenset({"unknown_call", "not_your_call"})
MOST: Final = 2**53
"""Of any number that a gateway may say."""

Parts = list[bytes]
Answer = TypeVar("Answer")


class AgentFrame(msgspec.Struct, frozen=True):
    """20 ms of the agent's voice as it came."""

    first_sample: int
    payload: bytes
    """Coded as OPEN asked."""
    arrived: float
    """``time.monotonic()`` at this client, in seconds."""


class CallState:
    """Numbers, queues and the end of one call; knows no socket and no thread.

    What has to be sent is returned as messages for ``link``. While no link stands, or the gateway
    has not yet said where the call goes on, nothing is returned: it is kept and comes with OPENED.
    """

    def __init__(
        self,
        call: bytes,
        asked: Open,
        on_audio: Callable[[AgentFrame], None] | None = None,
        on_flush: Callable[[int], int] | None = None,
    ) -> None:
        """State of a call before OPEN.

        Args:
            call: its id.
            asked: the header of OPEN.
            on_audio: given each frame when it comes, which then counts as taken; without it
                frames queue until ``take``.
            on_flush: told the number that follows a cut; answers the first sample not played.
        """
        self.id = call
        self.asked = asked
        self.link = 0
        """Number of the link for which messages are meant."""
        self.opened: Opened | None = None
        self.closed: Closed | None = None
        self.error: KefuError | None = None
        """What ended the call without CLOSED."""
        self.refusal: Refused | None = None
        """What the gateway refused since the last ``audio``."""
        self.held = False
        """The caller hears the PBX's music."""
        self.next_sample = 0
        self.taken = 0
        self.frames: deque[AgentFrame] = deque()
        self.events: deque[Event] = deque()
        self.frame_bytes = frame_bytes(asked.codec, asked.rate_hz, asked.frame_ms)
        self._attached = False
        self._received = 0
        self._next_event = 0
        self._ring = CallerRing(asked.rate_hz)
        self._controls = ControlLog()
        self._closing: Close | None = None
        self._flushed_at: tuple[int, Flushed] | None = None
        self._sample_bytes = BYTES_PER_SAMPLE[asked.codec]
        self._on_audio = on_audio
        self._on_flush = on_flush

    @classmethod
    def new(
        cls,
        call: bytes,
        codec: Codec,
        rate_hz: int,
        frame_ms: int,
        on_audio: Callable[[AgentFrame], None] | None,
        on_flush: Callable[[int], int] | None,
        header: dict[str, Any],
    ) -> CallState:
        """From what ``Client.call`` was given. Raises BadHeader, TypeError."""
        return cls(call, asking(codec, rate_hz, frame_ms, header), on_audio, on_flush)

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

    def check(self) -> None:
        """Raises what ended the call, or CallEnded, where it is over."""
        if self.error is not None:
            raise self.error
        if self.closed is not None:
            raise CallEnded(f"The call was closed: {self.closed.cause}.")

    # From the application

    def audio(self, payload: bytes) -> list[Parts]:
        """One frame of the caller; while held it is dropped and uses no number.

        Raises BadFrame, what ``check`` raises, and what the gateway refused since the last.
        """
        self.check()
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal
        if len(payload) != self.frame_bytes:
            raise BadFrame(
                f"A frame of {self.asked.frame_ms} ms has {self.frame_bytes} bytes, "
                f"this one {len(payload)}."
            )
        if self.held:
            return []
        frame = CallerFrame(self.next_sample, len(payload) // self._sample_bytes, payload)
        self.next_sample += frame.samples
        self._ring.add(frame)
        return [self._audio(frame)] if self._attached else []

    def control(self, *headers: Header) -> list[Parts]:
        """DTMF, MARK, PLAY, TRANSFERRED; all or, with BadHeader, none. Raises as ``check``."""
        self.check()
        messages = [
            pack(type(header).__name__.upper().encode(), self.id, checked(header))
            for header in headers
        ]
        for message in messages:
            self._controls.add(Control(self.next_sample, message))
        return messages if self._attached else []

    def hold(self) -> list[Parts]:
        """HOLD; nothing where the call is held. Raises as ``check``."""
        messages = [] if self.held else self.control(Hold())
        self.held = True
        return messages

    def resume(self) -> list[Parts]:
        """RESUME; nothing where the call is not held. Raises as ``check``."""
        messages = self.control(Resume()) if self.held else []
        self.held = False
        return messages

    def close(self, cause: str) -> list[Parts]:
        """CLOSE, as soon as the gateway can be told."""
        if self.ended:
            return []
        self._closing = checked(Close(cause=cause))
        return [pack(b"CLOSE", self.id, self._closing)] if self._attached else []

    def take(self) -> AgentFrame | None:
        """The oldest frame that waits; it counts as played from now on."""
        if not self.frames:
            return None
        frame = self.frames.popleft()
        self._mark_taken(frame)
        return frame

    # From the connection

    def accept(self, news: News) -> list[Parts]:
        """Take in what came; returns the messages to answer with. Raises nothing."""
        if self.ended:
            return []
        if isinstance(news, KefuError):
            self.error = news
            return []
        if isinstance(news, Unlinked):
            self._unlink()
            return []
        if isinstance(news, Linked):
            return self._resume(news.number)
        try:
            return self._accept(news.header, news.payload)
        except (HookFailed, ProtocolError) as reason:  # it must not end the other calls
            self.error = reason
            return [pack(b"CLOSE", self.id, Close())]

    def _unlink(self) -> None:
        self._attached = False
        if self.opened is None:
            self.error = GatewayUnreachable("The connection broke before the call was opened.")

    def _resume(self, link: int) -> list[Parts]:
        if self.opened is None or self._attached:
            return []
        self.link = link
        asked = msgspec.structs.replace(
            self.asked,
            token=self.opened.token,
            taken=self._received,
            next_event=self._next_event,
        )
        return [pack(b"OPEN", self.id, asked)]

    def _accept(self, header: Header, payload: bytes) -> list[Parts]:
        if isinstance(header, AgentAudio):
            self._accept_audio(header.first_sample, payload)
        elif isinstance(header, Event):
            self._accept_event(header)
        elif isinstance(header, Flush):
            return [pack(b"FLUSHED", self.id, self._flush(header))]
        elif isinstance(header, Opened):
            return self._accept_opened(header)
        elif isinstance(header, Closed):
            self.closed = header
        elif isinstance(header, Error):
            return self._accept_error(header)
        return []

    def _accept_opened(self, opened: Opened) -> list[Parts]:
        if self._attached:
            raise ProtocolError("OPENED came without being asked for.")
        _check_number("OPENED.agent_next", opened.agent_next)
        if self.opened is None:
            _check_number("OPENED.caller_next", opened.caller_next)
            self.next_sample = opened.caller_next
            self.taken = self._received = opened.agent_next
        else:
            _check_number("OPENED.caller_next", opened.caller_next, self.next_sample)
        controls = self._controls.beyond(opened.controls)
        self.opened = opened
        self._attached = True
        return self._missed(opened.caller_next, controls)

    def _missed(self, caller_next: int, controls: list[Control]) -> list[Parts]:
        """What the gateway lacks, in the order in which it was said."""
        missed = [(control.at_sample, control.parts) for control in controls]
        missed += [
            (frame.first_sample, self._audio(frame)) for frame in self._ring.since(caller_next)
        ]
        missed.sort(key=lambda item: item[0])  # stable: a control stays before its sample
        messages = [parts for _, parts in missed]
        if self._closing is not None:
            messages.append(pack(b"CLOSE", self.id, self._closing))
        return messages

    def _accept_audio(self, first_sample: int, payload: bytes) -> None:
        _check_number("AUDIO.first_sample", first_sample)
        if len(payload) % self._sample_bytes:
            raise ProtocolError(f"AUDIO of {len(payload)} bytes is no whole number of samples.")
        end = first_sample + len(payload) // self._sample_bytes
        if not self._attached or end <= self._received:
            return  # it comes again, or came before the link broke
        came_before = max(0, self._received - first_sample)
        self._received = end
        payload = payload[came_before * self._sample_bytes :]
        frame = AgentFrame(first_sample + came_before, payload, time.monotonic())
        if self._on_audio is None:
            self.frames.append(frame)
            return
        _hook(self._on_audio, frame)
        self._mark_taken(frame)

    def _accept_event(self, event: Event) -> None:
        _check_number("EVENT.number", event.number)
        if event.number < self._next_event:
            return  # came before the link broke
        self._next_event = event.number + 1
        self.events.append(event)

    def _accept_error(self, header: Error) -> list[Parts]:
        error = error_of(header.code, header.message, header.retry_after_ms)
        if not self._attached or error.code in ENDING_CODES:
            self.error = error
            return []
        if isinstance(error, Refused):
            self.refusal = error
            return []
        self.error = error
        return [pack(b"CLOSE", self.id, Close())]

    def _flush(self, flush: Flush) -> Flushed:
        _check_number("FLUSH.next_sample", flush.next_sample)
        if self._flushed_at is not None and self._flushed_at[0] == flush.next_sample:
            return self._flushed_at[1]  # the answer was lost with the link
        first_dropped = self.taken
        self.frames.clear()
        if self._on_flush is not None:
            played = _hook(self._on_flush, flush.next_sample)
            if not isinstance(played, int):
                raise HookFailed(f"on_flush answered {played!r}, which is no sample number.")
            first_dropped = max(0, min(first_dropped, played))
        self.taken = max(self.taken, flush.next_sample)
        self._received = max(self._received, flush.next_sample)
        flushed = Flushed(first_dropped=first_dropped)
        self._flushed_at = flush.next_sample, flushed
        return flushed

    def _audio(self, frame: CallerFrame) -> Parts:
        header = Audio(first_sample=frame.first_sample, taken=self.taken)
        return pack(b"AUDIO", self.id, header, frame.payload)

    def _mark_taken(self, frame: AgentFrame) -> None:
        samples = len(frame.payload) // self._sample_bytes
        self.taken = max(self.taken, frame.first_sample + samples)


Argument = TypeVar("Argument")


def _hook(hook: Callable[[Argument], Answer], argument: Argument) -> Answer:
    try:
        return hook(argument)
    except Exception as reason:
        raise HookFailed(f"The application failed: {reason!r}.") from reason


def _check_number(what: str, number: int, most: int = MOST) -> None:
    if not 0 <= number <= most:
        raise ProtocolError(f"{what} is {number}; it lies between 0 and {most}.")

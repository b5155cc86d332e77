"""What a client keeps of one call: numbers, queues, and what may have to be sent again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec

from kefu.agent_voice import AgentFrame, AgentVoice
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
from kefu.number import check_number
from kefu.protocol import (
    BYTES_PER_SAMPLE,
    SILENCE,
    AgentAudio,
    Audio,
    Close,
    Closed,
    Codec,
    Error,
    Event,
    Flush,
    Header,
    Hold,
    Open,
    Opened,
    Resume,
    frame_bytes,
    pack,
)

ENDING_CODES: Final = frozenset({"unknown_call", "not_your_call"})

Parts = list[bytes]


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
            on_audio: as ``AgentVoice``.
            on_flush: as ``AgentVoice``.
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
        self.agent = AgentVoice(BYTES_PER_SAMPLE[asked.codec], on_audio, on_flush)
        self.events: deque[Event] = deque()
        self.frame_bytes = frame_bytes(asked.codec, asked.rate_hz, asked.frame_ms)
        self._attached = False
        self._next_event = 0
        self._ring = CallerRing(asked.rate_hz)
        self._controls = ControlLog()
        self._closing: Close | None = None
        self._sample_bytes = BYTES_PER_SAMPLE[asked.codec]

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
            taken=self.agent.received,
            next_event=self._next_event,
        )
        return [pack(b"OPEN", self.id, asked)]

    def _accept(self, header: Header, payload: bytes) -> list[Parts]:
        if isinstance(header, AgentAudio):
            if self._attached:  # what comes before OPENED comes again
                self.agent.accept(header.first_sample, payload)
        elif isinstance(header, Event):
            self._accept_event(header)
        elif isinstance(header, Flush):
            return [pack(b"FLUSHED", self.id, self.agent.flush(header.next_sample))]
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
        check_number("OPENED.agent_next", opened.agent_next)
        if self.opened is None:
            check_number("OPENED.caller_next", opened.caller_next)
            self.next_sample = opened.caller_next
            self.agent.begin(opened.agent_next)
        else:
            check_number("OPENED.caller_next", opened.caller_next, self.next_sample)
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

    def _accept_event(self, event: Event) -> None:
        check_number("EVENT.number", event.number)
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

    def _audio(self, frame: CallerFrame) -> Parts:
        header = Audio(first_sample=frame.first_sample, taken=self.agent.taken)
        return pack(b"AUDIO", self.id, header, frame.payload)

"""What a gateway does with calls that may be cut off and resumed, without sockets and clocks."""

from __future__ import annotations

from kefu.protocol import (
    Q850,
    AgentAudio,
    Audio,
    Close,
    Closed,
    Error,
    Event,
    Flush,
    Flushed,
    Header,
    Hold,
    Open,
    Opened,
    Ping,
    Pong,
    Resume,
    pack,
    parse_from_client,
)

FRAME = 160
KNOWN = "token-1"
Parts = list[bytes]


class ModelCall:
    """One call of µ-law in frames of 20 ms: what came, and what was said."""

    def __init__(self, call: bytes) -> None:
        self.id = call
        self.asked: list[Open] = []
        self.heard = bytearray()
        self.lost = 0
        self.controls: list[tuple[int, Header]] = []
        """(the caller's next sample when it came, the message)."""
        self.flushed: list[Flushed] = []
        self.taken: list[int] = []
        self.held = False
        self.closed = False
        self._said: list[bytes] = []
        self._events: list[Event] = []

    @property
    def caller_next(self) -> int:
        return len(self.heard) + self.lost

    def say(self, payload: bytes) -> Parts:
        """The next frame of the agent."""
        self._said.append(payload)
        return self._frame(len(self._said) - 1)

    def event(self, kind: str) -> Parts:
        self._events.append(Event(kind=kind, number=len(self._events)))
        return pack(b"EVENT", self.id, self._events[-1])

    def flush(self) -> Parts:
        return pack(b"FLUSH", self.id, Flush(next_sample=len(self._said) * FRAME))

    def closing(self) -> Parts:
        self.closed = True
        return pack(b"CLOSED", self.id, Closed(cause="normal", q850=Q850["normal"]))

    def open(self, asked: Open) -> list[Parts]:
        """A first OPEN, or one that resumes."""
        self.asked.append(asked)
        resuming = bool(asked.token)
        opened = Opened(
            token=KNOWN,
            slot="blue",
            release="toy",
            caller_next=self.caller_next if resuming else 0,
            agent_next=asked.taken // FRAME * FRAME,
            controls=len(self.controls),
        )
        answers = [pack(b"OPENED", self.id, opened)]
        answers += [self._frame(n) for n in range(asked.taken // FRAME, len(self._said))]
        answers += [
            pack(b"EVENT", self.id, event)
            for event in self._events
            if event.number >= asked.next_event
        ]
        return answers

    def receive(self, header: Header, payload: bytes) -> list[Parts]:
        if isinstance(header, Audio):
            self._audio(header, payload)
        elif isinstance(header, Flushed):
            self.flushed.append(header)
        elif isinstance(header, Close):
            return [self.closing()]
        else:
            self.controls.append((self.caller_next, header))
            if isinstance(header, Hold | Resume):
                self.held = isinstance(header, Hold)
        return []

    def _audio(self, header: Audio, payload: bytes) -> None:
        assert not self.held, "audio came while the call was held"
        assert header.taken <= len(self._said) * FRAME
        self.taken.append(header.taken)
        came_before = max(0, self.caller_next - header.first_sample)
        self.lost += max(0, header.first_sample - self.caller_next)
        self.heard += payload[came_before:]

    def _frame(self, number: int) -> Parts:
        header = AgentAudio(first_sample=number * FRAME)
        return pack(b"AUDIO", self.id, header, self._said[number])


class GatewayModel:
    """All calls, by id."""

    def __init__(self) -> None:
        self.calls: dict[bytes, ModelCall] = {}

    def receive(self, parts: Parts) -> list[Parts]:
        """What is answered to a client's message."""
        message = parse_from_client(parts)
        header = message.header
        if isinstance(header, Ping):
            pong = Pong(nonce=header.nonce, state="serving", calls=len(self.calls), free=9)
            return [pack(b"PONG", message.call, pong)]
        call = self.calls.get(message.call)
        if isinstance(header, Open):
            return self._open(message.call, header)
        if call is None:
            return [_refusal(message.call, "unknown_call")]
        return [] if call.closed else call.receive(header, message.payload)

    def _open(self, call_id: bytes, asked: Open) -> list[Parts]:
        call = self.calls.get(call_id)
        if not asked.token and call is None:
            call = self.calls[call_id] = ModelCall(call_id)
        if call is None:
            return [_refusal(call_id, "unknown_call")]
        if asked.token not in ("", KNOWN) or (not asked.token and call.asked):
            return [_refusal(call_id, "call_exists")]
        if call.closed:
            return [call.closing()]
        return call.open(asked)


def _refusal(call: bytes, code: str) -> Parts:
    return pack(b"ERROR", call, Error(code=code, message="Of the model."))

"""kefu/1, the protocol between PBX software and the gateway: its messages and their bytes.

A message is five ZeroMQ parts, ``[b"kefu/1", type, call_id, header, payload]``. The header is
msgpack of one of the structs below; the payload is raw bytes (coded audio, or nothing). Unknown
header fields are ignored, wrong types are refused. ``docs/protocol.md`` is the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from kefu.errors import BadCallId, BadHeader, BadType, BadVersion, ProtocolError

VERSION: Final = b"kefu/1"
NO_CALL: Final = bytes(16)
CALL_ID_BYTES: Final = 16
PARTS: Final = 5
MAX_PART_BYTES: Final = 64 * 1024
AGENT_FRAME_MS: Final = 20
RATES_HZ: Final[dict[str, tuple[int, ...]]] = {
    "ulaw": (8000,),
    "alaw": (8000,),
    "slin": (8000, 16000, 24000),
}
BYTES_PER_SAMPLE: Final[dict[str, int]] = {"ulaw": 1, "alaw": 1, "slin": 2}
SILENCE: Final[dict[str, bytes]] = {"ulaw": b"\xff", "alaw": b"\xd5", "slin": b"\0"}
"""Each byte of silence, coded."""

SampleNumber = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
ShortText = Annotated[str, msgspec.Meta(max_length=256)]

Codec = Literal["ulaw", "alaw", "slin"]
Language = Literal["zh", "en", "auto"]
Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "A", "B", "C", "D"]
TransferResult = Literal["ok", "busy", "no_answer", "refused"]
Cause = Literal[
    "normal",
    "completed",
    "transferred",
    "busy",
    "draining",
    "no_worker",
    "worker_lost",
    "media_timeout",
    "client_stalled",
    "client_gone",
    "too_long",
    "protocol_error",
    "shutdown",
]

# ITU-T Q.850 cause values, so that a PBX can pass ours on.
Q850: Final[dict[Cause, int]] = {
    "normal": 16,
    "completed": 16,
    "transferred": 16,
    "busy": 17,
    "draining": 41,
    "no_worker": 41,
    "worker_lost": 41,
    "media_timeout": 102,
    "client_stalled": 102,
    "client_gone": 102,
    "too_long": 31,
    "protocol_error": 111,
    "shutdown": 41,
}


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every header: fields by name, defaults left out on the wire."""


class Open(Header, frozen=True, kw_only=True):
    """Client → gateway: begin a call, or (with the token of OPENED) resume one."""

    codec: Codec
    rate_hz: int
    """8000 for G.711; 8000, 16000 or 24000 for slin."""
    frame_ms: Annotated[int, msgspec.Meta(ge=10, le=60)]
    """Duration of the client's own frames, 10 to 60."""
    language: Language = "auto"
    caller: ShortText = ""
    called: ShortText = ""
    direction: Literal["in", "out"] = "in"
    scenario: ShortText = ""
    """Empty: chosen by ``called``."""
    voice: ShortText = ""
    metadata: Annotated[
        dict[ShortText, Annotated[str, msgspec.Meta(max_length=1024)]], msgspec.Meta(max_length=16)
    ] = {}
    token: ShortText = ""
    """To resume: that of OPENED. The codec, rate and frame of the call stay."""
    taken: SampleNumber = 0
    """To resume: the next of our samples that the client has not yet received."""
    next_event: Count = 0
    """To resume: the number of the next event that the client has not yet received."""


class Audio(Header, frozen=True, kw_only=True):
    """Client → gateway: coded caller audio in the payload."""

    first_sample: SampleNumber
    """Number of the first sample at the line's rate, counted from 0."""
    taken: SampleNumber = 0
    """The next of our samples that the application has not yet taken."""


class Flushed(Header, frozen=True, kw_only=True):
    """Client → gateway: the play-out queue is dropped."""

    first_dropped: SampleNumber
    """The first of our samples that the caller did not hear."""


class Dtmf(Header, frozen=True, kw_only=True):
    """Client → gateway: the caller pressed a key."""

    digit: Digit


class Mark(Header, frozen=True, kw_only=True):
    """Client → gateway: name this instant in the call's records; EVENT ``mark`` answers."""

    name: ShortText


class Play(Header, frozen=True, kw_only=True):
    """Client → gateway: say this to the caller now, in place of what is being said."""

    text: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    prompt: ShortText = ""
    """Name of a prompt that the worker knows; where it is empty, ``text`` is spoken."""


class Hold(Header, frozen=True, kw_only=True):
    """Client → gateway: the caller hears the PBX's music; both numberings stand still."""


class Resume(Header, frozen=True, kw_only=True):
    """Client → gateway: the caller is back; both numberings go on."""


class Transferred(Header, frozen=True, kw_only=True):
    """Client → gateway: what became of EVENT ``transfer``."""

    result: TransferResult


class Close(Header, frozen=True, kw_only=True):
    """Client → gateway: hang up."""

    cause: ShortText = "normal"


class Ping(Header, frozen=True, kw_only=True):
    """Client → gateway: are you there? With a call id or without."""

    nonce: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Opened(Header, frozen=True, kw_only=True):
    """Gateway → client: the call is served; both numberings go on where it says."""

    token: str
    slot: str
    release: str
    caller_next: int
    """The next of the client's samples that the gateway has not received."""
    agent_next: int
    """The next of our samples that follows; after a resume what was sent from there comes again."""
    controls: int = 0
    """How many DTMF, MARK, PLAY, HOLD, RESUME and TRANSFERRED of this call were received."""
    state: Literal["live", "held", "transferring"] = "live"
    """After a resume: what the call is waiting for."""


class AgentAudio(Header, frozen=True, kw_only=True):
    """Gateway → client: 20 ms of coded agent audio in the payload, silence included."""

    first_sample: int


class Flush(Header, frozen=True, kw_only=True):
    """Gateway → client: drop what is queued; answer FLUSHED."""

    next_sample: int
    """What follows the FLUSH begins with this sample."""


class Event(Header, frozen=True, kw_only=True):
    """Gateway → client: something happened in the call."""

    kind: str
    number: int = 0
    """Counts the events of a call from 0; after a resume those from ``next_event`` come again."""
    stored: bool | None = None
    """Kinds ``turn``, ``reply.ended``, ``transfer``: whether the record was committed before."""
    data: dict[str, Any] = {}


class Move(Header, frozen=True, kw_only=True):
    """Gateway → client: open new calls on a new connection; those that are open stay here."""

    address: str = ""
    """Where; empty: the same address."""


class Closed(Header, frozen=True, kw_only=True):
    """Gateway → client: the call has ended; nothing follows."""

    cause: Cause
    q850: int


class Pong(Header, frozen=True, kw_only=True):
    """Gateway → client: the answer to PING, and how many more calls would be taken."""

    nonce: int
    state: Literal["serving", "no_worker", "draining"]
    calls: int
    free: int


class Error(Header, frozen=True, kw_only=True):
    """Gateway → client: what was refused and why; the codes are those of ``kefu.errors``."""

    code: str
    message: str
    retry_after_ms: int = 0
    answers: str = ""
    """Which message was refused, by its type; empty: none that a client sends."""


FROM_CLIENT: Final[dict[bytes, type[Header]]] = {
    b"OPEN": Open,
    b"AUDIO": Audio,
    b"FLUSHED": Flushed,
    b"DTMF": Dtmf,
    b"MARK": Mark,
    b"PLAY": Play,
    b"HOLD": Hold,
    b"RESUME": Resume,
    b"TRANSFERRED": Transferred,
    b"CLOSE": Close,
    b"PING": Ping,
}
FROM_GATEWAY: Final[dict[bytes, type[Header]]] = {
    b"OPENED": Opened,
    b"AUDIO": AgentAudio,
    b"FLUSH": Flush,
    b"EVENT": Event,
    b"MOVE": Move,
    b"CLOSED": Closed,
    b"PONG": Pong,
    b"ERROR": Error,
}


class Message(msgspec.Struct, frozen=True):
    """A parsed message: everything in it is valid."""

    type: bytes
    call: bytes
    header: Header
    payload: bytes


_encoder = msgspec.msgpack.Encoder()
_client_decoders = {name: msgspec.msgpack.Decoder(kind) for name, kind in FROM_CLIENT.items()}
_gateway_decoders = {name: msgspec.msgpack.Decoder(kind) for name, kind in FROM_GATEWAY.items()}


def frame_bytes(codec: Codec, rate_hz: int, frame_ms: int) -> int:
    """Length of an AUDIO payload of ``frame_ms``."""
    return rate_hz * frame_ms // 1000 * BYTES_PER_SAMPLE[codec]


def pack(type: bytes, call: bytes, header: Header, payload: bytes = b"") -> list[bytes]:
    """The five parts of a message."""
    return [VERSION, type, call, _encoder.encode(header), payload]


def parse_from_client(parts: Sequence[bytes]) -> Message:
    """Read what a client sent. Raises ProtocolError or one of its subclasses."""
    return _parse(parts, _client_decoders)


def parse_from_gateway(parts: Sequence[bytes]) -> Message:
    """Read what a gateway sent. Raises ProtocolError or one of its subclasses."""
    return _parse(parts, _gateway_decoders)


def _parse(
    parts: Sequence[bytes], decoders: dict[bytes, msgspec.msgpack.Decoder[Header]]
) -> Message:
    if len(parts) != PARTS:
        raise ProtocolError(f"A message has {PARTS} parts, this one has {len(parts)}.")
    version, type, call, header, payload = parts
    if version != VERSION:
        raise BadVersion(f"The first part is {_shown(version)}.")
    decoder = decoders.get(type)
    if decoder is None:
        raise BadType(f"There is no message {_shown(type)}.")
    if len(call) != CALL_ID_BYTES:
        raise BadCallId(f"A call id has {CALL_ID_BYTES} bytes, this one has {len(call)}.")
    try:
        return Message(type, call, decoder.decode(header), payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as reason:
        raise BadHeader(f"Header of {type.decode()}: {reason}.") from reason


def _shown(part: bytes) -> str:
    return repr(part if len(part) <= 32 else part[:32] + b"...")[1:]

"""kefu/1, the protocol between PBX software and the gateway: its messages and their bytes.

A message is five ZeroMQ parts, ``[b"kefu/1", type, call_id, header, payload]``. The header is
msgpack of one of the structs below; the payload is raw bytes (coded audio, or nothing). Unknown
header fields are ignored, wrong types are refused. ``docs/protocol.md`` is the reference.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from kefu.errors import ProtocolError

VERSION: Final = b"kefu/1"
NO_CALL: Final = bytes(16)
MAX_PART_BYTES: Final = 64 * 1024

Codec = Literal["ulaw", "alaw", "slin"]
Language = Literal["zh", "en", "auto"]
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
    "too_long": 31,
    "protocol_error": 111,
    "shutdown": 41,
}


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every header: fields by name, defaults left out on the wire."""


class Open(Header, frozen=True, kw_only=True):
    """Client → gateway: begin a call, or (issue of a token) resume one."""

    codec: Codec
    rate_hz: int
    """8000 for G.711; 8000, 16000 or 24000 for slin."""
    frame_ms: int
    """Duration of the client's own frames, 10 to 60."""
    language: Language = "auto"
    caller: str = ""
    called: str = ""
    direction: Literal["in", "out"] = "in"
    scenario: str = ""
    """Empty: chosen by ``called``."""
    voice: str = ""
    metadata: dict[str, str] = {}
    token: str = ""
    taken: int = 0


class Audio(Header, frozen=True, kw_only=True):
    """Client → gateway: coded caller audio in the payload."""

    first_sample: int
    """Number of the first sample at the line's rate, counted from 0."""
    taken: int = 0
    """The next of our samples that the application has not yet taken."""


class Flushed(Header, frozen=True, kw_only=True):
    """Client → gateway: the play-out queue is dropped."""

    first_dropped: int
    """The first of our samples that the caller did not hear."""


class Close(Header, frozen=True, kw_only=True):
    cause: str = "normal"


class Ping(Header, frozen=True, kw_only=True):
    nonce: int


class Opened(Header, frozen=True, kw_only=True):
    token: str
    slot: str
    release: str
    caller_next: int
    agent_next: int


class AgentAudio(Header, frozen=True, kw_only=True):
    """Gateway → client: 20 ms of coded agent audio in the payload, silence included."""

    first_sample: int


class Flush(Header, frozen=True, kw_only=True):
    """Gateway → client: drop what is queued; answer FLUSHED."""

    next_sample: int
    """What follows the FLUSH begins with this sample."""


class Event(Header, frozen=True, kw_only=True):
    kind: str
    stored: bool | None = None
    """Kinds ``turn`` and ``transfer``: whether the record was committed before this was sent."""
    data: dict[str, Any] = {}


class Closed(Header, frozen=True, kw_only=True):
    cause: Cause
    q850: int


class Pong(Header, frozen=True, kw_only=True):
    nonce: int
    state: Literal["serving", "no_worker", "draining"]
    calls: int
    free: int


class Error(Header, frozen=True, kw_only=True):
    code: str
    message: str
    retry_after_ms: int = 0


FROM_CLIENT: Final[dict[bytes, type[Header]]] = {
    b"OPEN": Open,
    b"AUDIO": Audio,
    b"FLUSHED": Flushed,
    b"CLOSE": Close,
    b"PING": Ping,
}
FROM_GATEWAY: Final[dict[bytes, type[Header]]] = {
    b"OPENED": Opened,
    b"AUDIO": AgentAudio,
    b"FLUSH": Flush,
    b"EVENT": Event,
    b"CLOSED": Closed,
    b"PONG": Pong,
    b"ERROR": Error,
}
# Known to the protocol, answered by this version with ERROR ``not_yet``.
NOT_YET: Final = frozenset({b"DTMF", b"MARK", b"PLAY", b"HOLD", b"RESUME", b"TRANSFERRED"})

"""The slot protocol between the gateway and a worker: its messages and their bytes.

DEALER (worker) to ROUTER (gateway) over ``ipc://``. A message is two parts, ``[type, body]``;
the body is msgpack of one struct below. PCM is little-endian int16, mono, at the line's rate.
``docs/slot-protocol.md`` is the reference.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from kefu.errors import ProtocolError
from kefu.protocol import CALL_ID_BYTES, Digit, SampleNumber, ShortText, TransferResult
from kefu.protocol import Open as ClientOpen
from kefu.records import Turn

PARTS: Final = 2
MAX_PART_BYTES: Final = 1 << 20
SEND_MESSAGES: Final = 50
"""High-water mark of either side: what does not fit is not waited for."""
MAX_SNAPSHOT_BYTES: Final = 64 * 1024
DUCKED_DB: Final = -15.0
"""How much softer an utterance goes on after DUCK."""
CREDIT_MS: Final = 400
"""How far a worker's speech may lie ahead of what the line has played."""

CallId = Annotated[bytes, msgspec.Meta(min_length=CALL_ID_BYTES, max_length=CALL_ID_BYTES)]
Utterance = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every body."""


# Gateway → worker


class Open(Message, frozen=True, kw_only=True):
    """A call begins."""

    call: bytes
    client: ClientOpen
    """What the client said in OPEN; the line's rate is ``client.rate_hz``."""
    snapshot: bytes = b""
    """After a worker was lost: the newest SNAPSHOT of the call; empty: it has none."""
    resumed: bool = False
    """The call lived before this worker: it is not greeted, but asked for its last sentence."""
    next_utterance: int = 0
    """Number of the first utterance of this worker."""
    caller_next: int = 0
    """Number of the first caller sample that will come."""
    held: bool = False
    """The caller hears the PBX's music until RESUME."""


class CallFrame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one call's line did since the last FRAME."""

    call: bytes
    now_ms: float
    """The call's clock: milliseconds since OPENED by the gateway's monotonic clock. The last
    sample of ``pcm`` arrived at most one tick before it."""
    first_sample: int
    """Number of the first sample of ``pcm``; samples before it that never came are ``lost``."""
    pcm: bytes = b""
    """(T,) int16 at the line's rate; empty while the client is mute."""
    lost: int = 0
    """Samples missing just before ``first_sample`` (at most 3 s of them)."""
    idle_ms: int = 0
    """How long the client has sent nothing; counts as silence."""
    playing: tuple[int, int] | None = None
    """(utterance, offset in samples) of the next sample to leave; None while none is open."""
    heard: tuple[int, int] | None = None
    """(utterance, offset in samples) up to which the client has taken our audio."""
    echo: float = 0.0
    """Likelihood 0..1 that this audio is our own, coming back: ``engines._core.EchoMeter``."""
    level_dbfs: float = -96.0
    """Of the caller's last 20 ms."""
    noise_dbfs: float = -96.0
    """Of the caller's line while nobody speaks."""
    agent_dbfs: float = -96.0
    """Of our last 20 ms, gain included."""

    @property
    def echoed(self) -> bool:
        """Our own voice explains all of this audio: whoever listens hears no caller in it."""
        return self.echo >= 1.0


class Frame(Message, frozen=True, kw_only=True):
    """One message a tick (20 ms) for all calls of the slot."""

    seq: int
    calls: tuple[CallFrame, ...] = ()


class CutDone(Message, frozen=True, kw_only=True):
    """An utterance was cut: at the worker's CUT, or by the gateway to play the hold prompt."""

    call: bytes
    utterance: int
    heard: int
    """Samples of the utterance that the caller heard."""


class Dtmf(Message, frozen=True, kw_only=True):
    """The caller pressed a key."""

    call: bytes
    digit: Digit


class Hold(Message, frozen=True, kw_only=True):
    """The caller hears the PBX's music: neither listen nor speak. What was said is cut."""

    call: bytes


class Resume(Message, frozen=True, kw_only=True):
    """The caller is back."""

    call: bytes


class Play(Message, frozen=True, kw_only=True):
    """Say this now, in place of what is being said."""

    call: bytes
    text: str = ""
    prompt: str = ""


class Mark(Message, frozen=True, kw_only=True):
    """The client names this instant."""

    call: bytes
    name: str


class Transferred(Message, frozen=True, kw_only=True):
    """What became of the transfer. ``ok`` is not sent: the call is closed then."""

    call: bytes
    result: TransferResult


class Calls(Message, frozen=True, kw_only=True):
    """List what you hold; HOLDING answers."""


class Drain(Message, frozen=True, kw_only=True):
    """Take no new call; end when the last one has ended."""


class Close(Message, frozen=True, kw_only=True):
    """Either way: end this one."""

    call: CallId
    cause: ShortText = "normal"


# Worker → gateway


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """A hold prompt, for the gateway to play when the worker is deaf or gone."""

    language: str
    """Empty: music, to be played behind the prompt in any language."""
    rate_hz: int
    pcm: bytes


class Hello(Message, frozen=True, kw_only=True):
    """A worker is ready; said again each second while no FRAME comes."""

    slot: str
    software: str
    release: str
    capacity: Annotated[int, msgspec.Meta(ge=0)]
    pid: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Process id on this machine, for the metrics of memory; 0: not told."""
    hold_prompts: tuple[Prompt, ...] = ()
    scenarios: tuple[str, ...] = ()
    """Names that OPEN may ask for; empty: the worker judges itself."""


class Tick(Message, frozen=True, kw_only=True):
    """The answer to each FRAME."""

    seq: int
    behind_ms: float
    free: int
    failed: int = 0
    """Stages that failed or were late since the worker's start; a fall-back served each time."""
    draining: bool = False
    """It takes no new call: an OPEN would be answered with CLOSE ``draining``."""


class Say(Message, frozen=True, kw_only=True):
    """Agent audio. Credit: ``offset`` ≤ played + ``CREDIT_MS``."""

    call: CallId
    utterance: Utterance
    """Rises by one with each utterance of a call; never repeats."""
    offset: SampleNumber
    """Samples of this utterance before ``pcm``."""
    pcm: bytes
    last: bool = False


class Cut(Message, frozen=True, kw_only=True):
    """Stop this utterance now: the line fades in 10 ms, FLUSH goes out, CUT_DONE comes back."""

    call: CallId
    utterance: Utterance


class Duck(Message, frozen=True, kw_only=True):
    """The caller may be speaking: this utterance goes on, 15 dB softer."""

    call: CallId
    utterance: Utterance


class Rise(Message, frozen=True, kw_only=True):
    """It was nothing: this utterance goes on as loud as before."""

    call: CallId
    utterance: Utterance


class Holding(Message, frozen=True, kw_only=True):
    """The answer to CALLS."""

    calls: tuple[CallId, ...] = ()


class Snapshot(Message, frozen=True, kw_only=True):
    """What another worker of the same release needs to go on with the call; after each turn."""

    call: CallId
    data: Annotated[bytes, msgspec.Meta(max_length=MAX_SNAPSHOT_BYTES)]
    handover: dict[str, Any] = {}
    """Data of the EVENT ``transfer`` that the gateway sends where no worker comes back."""


class Event(Message, frozen=True, kw_only=True):
    """For the client (``kind``, ``data``), for the record (``turn``), or both."""

    call: CallId
    kind: ShortText
    data: dict[str, Any] = {}
    turn: Turn | None = None
    """Complete turn: committed before the client sees the event; a later one of the same
    ``number`` replaces it (a reply is settled after it was played)."""


TO_WORKER: Final[dict[bytes, type[Message]]] = {
    b"OPEN": Open,
    b"FRAME": Frame,
    b"CUT_DONE": CutDone,
    b"DTMF": Dtmf,
    b"HOLD": Hold,
    b"RESUME": Resume,
    b"PLAY": Play,
    b"MARK": Mark,
    b"TRANSFERRED": Transferred,
    b"CALLS": Calls,
    b"DRAIN": Drain,
    b"CLOSE": Close,
}
TO_GATEWAY: Final[dict[bytes, type[Message]]] = {
    b"HELLO": Hello,
    b"TICK": Tick,
    b"SAY": Say,
    b"DUCK": Duck,
    b"RISE": Rise,
    b"CUT": Cut,
    b"HOLDING": Holding,
    b"SNAPSHOT": Snapshot,
    b"EVENT": Event,
    b"CLOSE": Close,
}
CLIENT_SAYS: Final = (Dtmf, Mark, Play)
"""As often as a client likes: bounded where they wait."""

_NAMES: Final = {kind: name for names in (TO_WORKER, TO_GATEWAY) for name, kind in names.items()}
_encoder = msgspec.msgpack.Encoder()
_to_worker: Final = {name: msgspec.msgpack.Decoder(kind) for name, kind in TO_WORKER.items()}
_to_gateway: Final = {name: msgspec.msgpack.Decoder(kind) for name, kind in TO_GATEWAY.items()}


def pack(message: Message) -> list[bytes]:
    """The two parts of a message."""
    return [_NAMES[type(message)], _encoder.encode(message)]


def parse_for_gateway(parts: list[bytes]) -> Message:
    """What a worker sent. Raises ProtocolError."""
    return _parse(parts, _to_gateway)


def parse_for_worker(parts: list[bytes]) -> Message:
    """What the gateway sent. Raises ProtocolError."""
    return _parse(parts, _to_worker)


def _parse(parts: list[bytes], decoders: dict[bytes, msgspec.msgpack.Decoder[Message]]) -> Message:
    if len(parts) != PARTS:
        raise ProtocolError(f"a slot message has {PARTS} parts, not {len(parts)}.")
    name = parts[0]
    decoder = decoders.get(name)
    if decoder is None:
        raise ProtocolError(f"there is no slot message {name[:16]!r}.")
    try:
        return decoder.decode(parts[1])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as reason:
        raise ProtocolError(f"{name.decode()}: {reason}.") from reason

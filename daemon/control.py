"""The control socket's messages: JSON lines between the gateway and kefuctl, the doors, ``socat``.

One line asks, one line answers, in order. ``docs/control-socket.md`` is the reference.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from daemon.errors import BadRequest
from daemon.release.capacity import MAX_CALLS

SOCKET: Final = "control.sock"
"""Beside ``kefu.sock``."""
MAX_LINE_BYTES: Final = 4_096
"""Of a request, its line end included."""

LimitSource = Literal["", "setting", "measured", "cores", "worker"]
"""What bounds the calls: ``gateway.max_calls``, ``doctor --measure``, the number of cores, or the
worker's own capacity; empty where no worker is ready."""
GatewayState = Literal["serving", "draining", "no_worker"]
WorkerState = Literal["absent", "serving", "deaf", "dead", "drained"]
"""``drained``: told to end, it has ended behind the last call."""
CallState = Literal["live", "held", "detached", "transferring", "closing"]


class _Asked(msgspec.Struct, frozen=True, kw_only=True, tag_field="ask"):
    """Base of the requests; unknown fields are ignored."""


class StatusRequest(_Asked, frozen=True, kw_only=True, tag="status"):
    """How is it going? Answered by ``Status``."""


class CallsRequest(_Asked, frozen=True, kw_only=True, tag="calls"):
    """Which calls live? Answered by ``Calls``."""


class DrainRequest(_Asked, frozen=True, kw_only=True, tag="drain"):
    """Take no new call from now on. Answered by ``Draining``."""


class MeasureRequest(_Asked, frozen=True, kw_only=True, tag="measure"):
    """A number of calls was measured and stored: take it up. Answered by ``Measured``."""

    max_calls: Annotated[int, msgspec.Meta(ge=1, le=MAX_CALLS)]
    """What was stored; refused where the gateway finds another number in its own state folder."""


Request = StatusRequest | CallsRequest | DrainRequest | MeasureRequest


class _Answered(msgspec.Struct, frozen=True, kw_only=True, tag_field="answer"):
    """Base of the answers."""


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """How long callers waited lately: their last voiced sample to our first audible frame."""

    turns: int
    p50_s: float
    p95_s: float


class Status(_Answered, frozen=True, kw_only=True, tag="status"):
    """The gateway in one line. Counts are since its start."""

    state: GatewayState
    calls: int
    free: int
    """New calls that would be taken now."""
    max_calls: int
    """0 where no worker is ready."""
    max_calls_from: LimitSource = ""
    slot: str = ""
    release: str = ""
    worker: WorkerState = "absent"
    uptime_s: float = 0.0
    refusals: dict[str, int] = {}
    """By error code."""
    events_not_stored: int = 0
    """Events that went out with ``stored`` false."""
    faults: int = 0
    """Mistakes of the gateway itself; each is in its log."""
    stages_failed: int = 0
    """Answers of the worker's engines that failed or were late, since its start."""
    recordings: int = 0
    """Calls whose audio is being recorded now."""
    waits: Waits | None = None
    """Of the last turns; None before the first."""


class LiveCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call from OPENED to CLOSED."""

    call: str
    """32 hexadecimal digits."""
    scenario: str = ""
    language: str = ""
    since: str
    """ISO 8601, UTC."""
    age_s: float
    turns: int
    state: CallState = "live"
    action: str = ""
    """What we did in the last turn."""
    release: str = ""


class Calls(_Answered, frozen=True, kw_only=True, tag="calls"):
    """The live calls, the oldest first."""

    calls: tuple[LiveCall, ...]


class Draining(_Answered, frozen=True, kw_only=True, tag="draining"):
    """No new call is taken; so many still live."""

    draining: bool = True
    calls: int


class Measured(_Answered, frozen=True, kw_only=True, tag="measured"):
    """How many calls are taken from now on."""

    max_calls: int
    max_calls_from: LimitSource


class Failure(_Answered, frozen=True, kw_only=True, tag="error"):
    """The request was not carried out; the connection goes on."""

    error: str
    """Code of ``docs/errors.md``."""
    message: str
    mend: str = ""


Answer = Status | Calls | Draining | Measured | Failure

_WORDS: Final[dict[bytes, Request]] = {
    b"status": StatusRequest(),
    b"calls": CallsRequest(),
    b"drain": DrainRequest(),
}
_requests: Final = msgspec.json.Decoder(Request)
_answers: Final = msgspec.json.Decoder(Answer)
_encoder: Final = msgspec.json.Encoder()


def parse_request(line: bytes) -> Request:
    """A request from one line: JSON, or a bare word. Raises BadRequest."""
    text = line.strip()
    word = _WORDS.get(text.lower())
    if word is not None:
        return word
    if not text.startswith(b"{"):
        words = ", ".join(sorted(one.decode() for one in _WORDS))
        shown = text[:32].decode(errors="replace")
        raise BadRequest(f"{shown!r} is no request: neither a JSON object nor one of {words}.")
    try:
        request: Request = _requests.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as reason:
        raise BadRequest(f"{reason}.") from reason
    return request


def parse_answer(line: bytes) -> Answer:
    """An answer from one line. Raises BadRequest: it is none."""
    try:
        answer: Answer = _answers.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as reason:
        raise BadRequest(f"The gateway's answer cannot be read: {reason}.") from reason
    return answer


def pack(message: Request | Answer) -> bytes:
    """One line, its end included."""
    return _encoder.encode(message) + b"\n"

"""Errors that a person can meet: a stable code, what happened, and what to do about it."""

from __future__ import annotations

from typing import ClassVar


class KefuError(Exception):
    """Base of every error of kefu. ``code`` is stable and unique; ``mend`` says what to do."""

    code: ClassVar[str] = "kefu"
    mend: ClassVar[str] = ""
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.instance_mend = mend or self.mend

    def __str__(self) -> str:
        return f"{self.message} {self.instance_mend}".strip()


class ProtocolError(KefuError):
    """Bytes that are not kefu/1."""

    code = "bad_message"
    mend = "See docs/protocol.md."


class BadVersion(ProtocolError):
    """The first part is not ``kefu/1``."""

    code = "bad_version"
    mend = "This gateway speaks kefu/1."


class BadType(ProtocolError):
    """The second part names no message of kefu/1."""

    code = "bad_type"


class BadCallId(ProtocolError):
    """The third part is not a call id of 16 bytes, or is zero where a call is meant."""

    code = "bad_call_id"
    mend = "Choose a random UUID for each call."


class BadHeader(ProtocolError):
    """The fourth part is not msgpack of the header that the type asks for."""

    code = "bad_header"


class Refused(KefuError):
    """The gateway refuses what was asked. ``retry_after_ms`` is 0 where waiting does not help."""

    code = "refused"
    exit_code = 6

    def __init__(self, message: str, *, mend: str = "", retry_after_ms: int = 0) -> None:
        super().__init__(message, mend=mend)
        self.retry_after_ms = retry_after_ms


class BadRate(Refused):
    """Codec and sampling rate do not go together."""

    code = "bad_rate"
    mend = "G.711 is 8000 Hz; slin is 8000, 16000 or 24000 Hz."


class BadFrame(Refused):
    """An AUDIO payload whose length is not the call's rate times its ``frame_ms``."""

    code = "bad_frame"
    mend = "Send frames of the codec, rate and duration that OPEN named; pad the last one."


class BadSequence(Refused):
    """AUDIO whose number lies more than 3 s ahead of the last."""

    code = "bad_sequence"
    mend = "Number samples without holes, from caller_next of OPENED."


class UnknownCall(Refused):
    """A message for a call that the gateway does not hold."""

    code = "unknown_call"
    mend = "Open the call first."


class NotYourCall(Refused):
    """A message for a call that another connection opened."""

    code = "not_your_call"


class CallExists(Refused):
    """OPEN with a call id that was used before."""

    code = "call_exists"
    mend = "Choose a random UUID for each call."


class Busy(Refused):
    """As many calls as fit are being served."""

    code = "busy"
    mend = "Send the call elsewhere, or try again later: `retry_after_ms` says when."


class Draining(Refused):
    """The box takes no new calls: it is about to be stopped or upgraded."""

    code = "draining"
    mend = "Send the call elsewhere, or try again later: `retry_after_ms` says when."


class UnknownScenario(Refused):
    """OPEN names a scenario that the worker has not loaded."""

    code = "unknown_scenario"
    mend = "Name one of the scenarios in the message, or none: the called number then chooses."


class NoWorker(Refused):
    """No worker is ready, so nobody could answer the caller."""

    code = "no_worker"
    mend = "Wait until the worker has loaded its models; kefuctl status shows it."


class MessageTooLarge(KefuError):
    """A part above 64 KiB: the gateway would end the connection, so it is not sent."""

    code = "message_too_large"
    mend = "Send frames of 10 to 60 ms."


class GatewayUnreachable(KefuError):
    """No gateway answers at the address."""

    code = "gateway_unreachable"
    mend = (
        "Start it (systemctl start kefu.target; in a checkout make run) and check the address; "
        "reaching its socket takes membership of the group kefu."
    )
    exit_code = 3


class CallEnded(KefuError):
    """Something was asked of a call that is closed."""

    code = "call_ended"
    mend = "Open another call."


class HookFailed(KefuError):
    """``on_audio`` or ``on_flush`` of the application raised; the call is over for it."""

    code = "hook_failed"
    mend = "The error's cause is what the application raised."


class NoAudio(KefuError):
    """A file without audio in it."""

    code = "no_audio"
    mend = "Give a file of raw coded audio."


PROTOCOL_ERRORS: dict[str, type[ProtocolError]] = {
    error.code: error for error in (ProtocolError, BadVersion, BadType, BadCallId, BadHeader)
}
REFUSALS: dict[str, type[Refused]] = {
    error.code: error
    for error in (
        BadRate,
        BadFrame,
        BadSequence,
        UnknownCall,
        NotYourCall,
        CallExists,
        Busy,
        Draining,
        NoWorker,
        UnknownScenario,
    )
}


def error_of(code: str, message: str, retry_after_ms: int) -> KefuError:
    """The typed error of an ERROR message; ``message`` says already what to do."""
    refusal = REFUSALS.get(code)
    if refusal is not None:
        return refusal(message, mend=" ", retry_after_ms=retry_after_ms)
    protocol_error = PROTOCOL_ERRORS.get(code)
    if protocol_error is not None:
        return protocol_error(message, mend=" ")
    return Refused(f"{code}: {message}", retry_after_ms=retry_after_ms)

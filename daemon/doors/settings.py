"""Settings of the doors: the ports that Asterisk connects to."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Milliseconds = Annotated[int, msgspec.Meta(ge=1, le=86_400_000)]
Text = Annotated[str, msgspec.Meta(max_length=256)]


class AudioSocketLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One listening port. AudioSocket carries no number, so the port says what was dialled."""

    port: Port
    called: Text = ""
    """The scenario: compared with the ``numbers`` of the scenario files. Empty: the number that the
    dialplan tells, if any."""
    language: Literal["zh", "en", "auto"] = "auto"
    rate_hz: Literal[8000, 16000, 24000] = 8000
    """The dialplan application is 8000; higher rates come through Asterisk's channel driver."""


class AudioSocketSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The AudioSocket door: Asterisk's ``AudioSocket()`` reaches the agent. See asterisk.md."""

    host: Text = "127.0.0.1"
    """Address to listen on. AudioSocket has no password: whoever reaches a port can talk."""
    lines: tuple[AudioSocketLine, ...] = (
        AudioSocketLine(port=9092, language="zh"),
        AudioSocketLine(port=9093, language="en"),
    )
    """Ports. Each has ``port``, ``called`` (a number of a scenario; empty: the one that the
    dialplan tells, else the scenario for every other number), ``language`` (zh, en, auto) and
    ``rate_hz`` (8000, 16000, 24000)."""
    max_connections: Annotated[int, msgspec.Meta(ge=1, le=4_096)] = 128
    """Of all ports together; one more is hung up."""
    uuid_timeout_ms: Milliseconds = 3_000
    """A connection that has not said its UUID by then is ended."""
    frame_timeout_ms: Milliseconds = 5_000
    """A connection that leaves a frame unfinished for so long is ended."""
    unread_timeout_ms: Milliseconds = 1_500
    """A connection that does not read what it is sent for so long is ended: before the gateway ends
    the call, which then counts as stalled."""
    return_timeout_ms: Milliseconds = 60_000
    """After a transfer that failed the caller is back within this, or his call is closed: who comes
    later begins anew."""

    def __post_init__(self) -> None:
        """Raises ValueError: a port that is there twice."""
        ports = [line.port for line in self.lines]
        twice = sorted({port for port in ports if ports.count(port) > 1})
        if twice:
            raise ValueError(f"lines: port {twice[0]} is there twice")


class AgiSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The FastAGI beside it: tells the dialplan where a caller is to be put through."""

    host: Text = "127.0.0.1"
    """Address to listen on. FastAGI has no password either."""
    port: Port = 4573
    """Where the dialplan's ``AGI(agi://…)`` connects to."""
    max_connections: Annotated[int, msgspec.Meta(ge=1, le=4_096)] = 64
    """At once; one more is closed."""
    timeout_ms: Milliseconds = 5_000
    """Asterisk sends its request, and answers each command, within this."""

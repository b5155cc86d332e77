"""What ends a connection of a door, or keeps the door from being opened."""

from __future__ import annotations

from kefu.errors import KefuError


class DoorPortTaken(KefuError):
    """A port of a door cannot be listened on."""

    code = "door_port_taken"
    mend = "Change [audiosocket] or [agi] in kefu.toml, or end the other program on that port."
    exit_code = 4


class AudioSocketError(KefuError):
    """Bytes that are not AudioSocket; that connection is ended."""

    code = "audiosocket"
    mend = "docs/asterisk.md says what is taken."


class BadKind(AudioSocketError):
    """A frame of a kind that Asterisk does not send, or not on this port."""

    code = "audiosocket_bad_kind"


class BadLength(AudioSocketError):
    """A frame whose length its kind does not allow."""

    code = "audiosocket_bad_length"


class NoUuid(AudioSocketError):
    """A connection that does not begin with its UUID."""

    code = "audiosocket_no_uuid"


class HalfFrame(AudioSocketError):
    """A frame that was begun and not finished."""

    code = "audiosocket_half_frame"


class Flood(AudioSocketError):
    """Far more audio than time."""

    code = "audiosocket_flood"


class SlowReader(AudioSocketError):
    """A connection that does not read what it is sent."""

    code = "audiosocket_slow_reader"


class UuidInUse(AudioSocketError):
    """Another connection talks under the same UUID."""

    code = "audiosocket_uuid_in_use"
    mend = "Give each channel a UUID of its own: ${UUID()} in the dialplan."


class TooManyConnections(AudioSocketError):
    """As many connections as are served at once."""

    code = "audiosocket_too_many"
    mend = "Raise audiosocket.max_connections."


class OtherRate(AudioSocketError):
    """A caller who comes back on a port of another sampling rate than his call has."""

    code = "audiosocket_other_rate"
    mend = "Send him back to the port that he came from."


class TooManyRequests(KefuError):
    """As many FastAGI requests as are answered at once."""

    code = "agi_too_many"
    mend = "Raise agi.max_connections."


class BadAgiRequest(KefuError):
    """A FastAGI request that is none, or asks for what is not offered."""

    code = "bad_agi_request"
    mend = "docs/asterisk.md has the dialplan."


class BadUuid(BadAgiRequest):
    """The dialplan's UUID is empty or none."""

    code = "bad_uuid"
    mend = "UUID() needs Asterisk 20.12, 21.7 or 22.2; docs/asterisk.md has one for older ones."

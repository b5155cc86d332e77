"""Headers from what the application asks for, checked as the gateway will check them."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from kefu.errors import BadHeader
from kefu.protocol import Codec, Header, Open

AnyHeader = TypeVar("AnyHeader", bound=Header)


def checked(header: AnyHeader) -> AnyHeader:
    """``header``, where the gateway will take it. Raises BadHeader."""
    kind = type(header)
    try:
        return msgspec.convert(msgspec.to_builtins(header), kind)
    except (msgspec.ValidationError, TypeError) as reason:
        raise BadHeader(f"{kind.__name__.upper()} cannot be sent: {reason}.") from reason


def asking(codec: Codec, rate_hz: int, frame_ms: int, header: dict[str, Any]) -> Open:
    """The header of OPEN. Raises BadHeader; TypeError for a field that OPEN lacks."""
    return checked(Open(codec=codec, rate_hz=rate_hz, frame_ms=frame_ms, **header))

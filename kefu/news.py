"""What a connection tells each of its calls."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kefu.errors import KefuError
from kefu.protocol import Message


class Linked(msgspec.Struct, frozen=True):
    """A link to the gateway stands that knows nothing of the call yet."""

    number: int
    """Of the link: what is sent says for which link it is meant."""


class Unlinked(msgspec.Struct, frozen=True):
    """The link broke. What was under way may be lost; another is being made."""


News = Message | KefuError | Linked | Unlinked
"""An error ends the call."""

Receiver = Callable[[News], None]
"""Called in the connection's thread."""

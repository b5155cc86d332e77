"""EVENTs of one call: for the client, for the record, or both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daemon import slot
from kefu.records import Turn

Send = Callable[[slot.Message], None]


class Reports:
    """Sends what happens in ``call``. Kinds that begin with ``record.`` the client never sees."""

    def __init__(self, call: bytes, send: Send) -> None:
        self.call = call
        self.send = send

    def event(
        self, kind: str, data: dict[str, Any] | None = None, turn: Turn | None = None
    ) -> None:
        """One event; with ``turn`` it follows the commit of that record."""
        self.send(slot.Event(call=self.call, kind=kind, data=data or {}, turn=turn))

    def snapshot(self, data: bytes, handover: dict[str, Any]) -> None:
        """What another worker would need to go on."""
        self.send(slot.Snapshot(call=self.call, data=data, handover=handover))

    def close(self, cause: str) -> None:
        """Hang up."""
        self.send(slot.Close(call=self.call, cause=cause))

"""The order of a call's events: what has a record goes out after its commit, the rest behind it."""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from kefu.protocol import Event

KEPT_EVENTS: Final = 128
"""For a client that comes back after its connection was dropped."""


class Waiting(msgspec.Struct):
    """An event on its way out."""

    event: Event
    ticket: int | None
    """Of the record that has to be committed first; None where there is none."""
    deadline: float
    stored: bool | None = None


class EventOrder:
    """One call's events in the order in which they happened, numbered as they go out."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._sent: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._next = 0

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    def add(self, event: Event, ticket: int | None, deadline: float) -> None:
        """Queue an event; with a ticket it waits for ``settle`` or the deadline."""
        self._waiting.append(Waiting(event, ticket, deadline))

    def settle(self, ticket: int, stored: bool) -> None:
        """The record of ``ticket`` is committed, or could not be."""
        for waiting in self._waiting:
            if waiting.ticket == ticket:
                waiting.stored = stored

    def ready(self, now: float) -> list[Event]:
        """Events that may go out now. What passed its deadline goes out as not stored."""
        ready: list[Event] = []
        while self._waiting:
            first = self._waiting[0]
            stored = None
            if first.ticket is not None:
                if first.stored is None and now < first.deadline:
                    break
                stored = bool(first.stored)
            ready.append(msgspec.structs.replace(first.event, number=self._next, stored=stored))
            self._next += 1
            self._waiting.popleft()
        self._sent.extend(ready)
        return ready

    def since(self, number: int) -> list[Event]:
        """Events that went out, from ``number`` on, as far back as they are kept."""
        return [event for event in self._sent if event.number >= number]

"""The order of a call's events: what has a record goes out after its commit, the rest behind it."""

from __future__ import annotations

from collections import deque

import msgspec

from kefu.protocol import Event


class Waiting(msgspec.Struct):
    """An event on its way out."""

    event: Event
    ticket: int | None
    """Of the record that has to be committed first; None where there is none."""
    deadline: float
    stored: bool | None = None


class EventOrder:
    """One call's events in the order in which the worker sent them."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()

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
            if first.ticket is None:
                ready.append(first.event)
            elif first.stored is not None or now >= first.deadline:
                ready.append(msgspec.structs.replace(first.event, stored=bool(first.stored)))
            else:
                break
            self._waiting.popleft()
        return ready

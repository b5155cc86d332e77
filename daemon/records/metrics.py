"""One period's figures of the service, and how they are made from turns and counters."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from daemon.records.memory import Memory
from daemon.records.quantile import quantile
from daemon.records.wait import wait_ms
from kefu.records import CallSummary, Turn

REFUSED: Final = "refused_"
"""Counters of refusals are called so, with the error's code behind it."""
_BUSY: Final = "busy"
_EVENTS_NOT_STORED: Final = "events_not_stored"
_REMEMBERED_CALLS: Final = 4_096
_MOST_WAITS: Final = 50_000


class MetricsSample(msgspec.Struct, frozen=True, kw_only=True):
    """What happened from ``started_at`` to ``ended_at``. Counts are of the period alone."""

    started_at: str
    """ISO 8601, UTC."""
    ended_at: str
    calls: int = 0
    """Opened."""
    turns: int = 0
    wait_p50_ms: float | None = None
    wait_p95_ms: float | None = None
    busy_refusals: int = 0
    errors: dict[str, int] = {}
    """Refusals other than ``busy``, by the error's code."""
    events_not_stored: int = 0
    """EVENTs that went out before their record was committed."""
    records_not_stored: int = 0
    """Records that were given up."""
    counters: dict[str, int] = {}
    """The gateway's other counters, as far as they moved."""
    memory: tuple[Memory, ...] = ()


class Tallied(msgspec.Struct, frozen=True, kw_only=True):
    """What was recorded in a period."""

    calls: int = 0
    turns: int = 0
    waits_ms: Sequence[float] = ()


class Tally:
    """Counts the records that pass, each call, turn and wait once however often it is written.

    Used by one thread.
    """

    def __init__(self) -> None:
        self._calls = 0
        self._turns = 0
        self._waits_ms: list[float] = []
        # Of each call the next turn to count and the next wait to count.
        self._next: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def note(self, record: Turn | CallSummary | MetricsSample) -> None:
        """A record is handed to the writer."""
        if isinstance(record, Turn):
            next_turn, next_wait = self._of(record.call)
            if record.number >= next_turn:
                self._turns += 1
                next_turn = record.number + 1
            wait = wait_ms(record.ledger)
            if wait is not None and record.number >= next_wait:
                next_wait = record.number + 1
                if len(self._waits_ms) < _MOST_WAITS:
                    self._waits_ms.append(wait)
            self._next[record.call] = next_turn, next_wait
        elif isinstance(record, CallSummary):
            if record.call not in self._next:
                self._calls += 1
            self._next[record.call] = self._of(record.call)

    def take(self) -> Tallied:
        """What was noted since the last time."""
        taken = Tallied(calls=self._calls, turns=self._turns, waits_ms=self._waits_ms)
        self._calls, self._turns, self._waits_ms = 0, 0, []
        return taken

    def _of(self, call: str) -> tuple[int, int]:
        if call not in self._next and len(self._next) >= _REMEMBERED_CALLS:
            self._next.popitem(last=False)
        return self._next.get(call, (0, 0))


def collect(
    *,
    started_at: str,
    ended_at: str,
    tallied: Tallied,
    before: Mapping[str, int],
    now: Mapping[str, int],
    records_not_stored: int = 0,
    memory: tuple[Memory, ...] = (),
) -> MetricsSample:
    """The sample of a period.

    Args:
        started_at: and ``ended_at``: ISO 8601, UTC.
        ended_at: see ``started_at``.
        tallied: calls, turns and waits of the period.
        before: the gateway's counters at its beginning.
        now: the same at its end.
        records_not_stored: records given up in the period.
        memory: of each process.
    """
    moved = Counter({name: count - before.get(name, 0) for name, count in now.items()})
    busy = moved.pop(REFUSED + _BUSY, 0)
    not_stored = moved.pop(_EVENTS_NOT_STORED, 0)
    p50, p95 = (quantile(tallied.waits_ms, share) for share in (0.50, 0.95))
    return MetricsSample(
        started_at=started_at,
        ended_at=ended_at,
        calls=tallied.calls,
        turns=tallied.turns,
        wait_p50_ms=None if p50 is None else round(p50, 1),
        wait_p95_ms=None if p95 is None else round(p95, 1),
        busy_refusals=busy,
        errors={
            name.removeprefix(REFUSED): count
            for name, count in sorted(moved.items())
            if count and name.startswith(REFUSED)
        },
        events_not_stored=not_stored,
        records_not_stored=records_not_stored,
        counters={
            name: count
            for name, count in sorted(moved.items())
            if count and not name.startswith(REFUSED)
        },
        memory=memory,
    )

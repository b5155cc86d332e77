"""When a period of metrics ends, its sample goes to the writer."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timezone

from daemon.records.memory import Memory
from daemon.records.metrics import collect
from daemon.records.store import timestamp
from daemon.records.writer import RecordWriter
from daemon.settings import RecordsSettings


class MetricsClock:
    """Asked at each tick whether a period is over; it waits for nothing.

    Args:
        settings: how long a period is.
        writer: takes the samples, and has tallied the records.
        counters: the gateway's; read only.
        worker_pid: of the worker at this moment, None where there is none.
        wall: the wall clock, UTC.
    """

    def __init__(
        self,
        settings: RecordsSettings,
        writer: RecordWriter,
        counters: Counter[str],
        *,
        worker_pid: Callable[[], int | None] = lambda: None,
        wall: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._period_s = settings.metrics_every_s
        self._writer = writer
        self._counters = counters
        self._worker_pid = worker_pid
        self._wall = wall
        self._began: float | None = None
        self._started_at = ""
        self._before: Counter[str] = Counter()
        self._not_stored = 0

    def tick(self, now: float) -> None:
        """``now``: seconds of the monotonic clock. The first tick begins the first period."""
        if self._began is None:
            self._begin(now)
        elif now - self._began >= self._period_s:
            self._end()
            self._begin(now)

    def close(self) -> None:
        """Write the period that has begun; call it before the writer is closed."""
        if self._began is not None:
            self._end()
            self._began = None

    def _begin(self, now: float) -> None:
        self._began = now
        self._started_at = timestamp(self._wall())

    def _end(self) -> None:
        memory = [Memory(process="gateway", pid=os.getpid())]
        worker = self._worker_pid()
        if worker is not None:
            memory.append(Memory(process="worker", pid=worker))
        sample = collect(
            started_at=self._started_at,
            ended_at=timestamp(self._wall()),
            tallied=self._writer.tally.take(),
            before=self._before,
            now=self._counters,
            records_not_stored=self._writer.not_stored - self._not_stored,
            memory=tuple(memory),
        )
        self._before = Counter(self._counters)
        self._not_stored = self._writer.not_stored
        self._writer.submit(sample)

"""What is old is deleted: turns, calls, metrics and recordings, each after its own time."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from daemon.recording.files import delete, recordings
from daemon.records.store import BUSY_MS, timestamp
from daemon.settings import RecordingSettings, RecordsSettings

EVERY_S: Final = 3_600.0
SOON_S: Final = 60.0
"""The next round, where a reader kept the log from being emptied."""
REST_S: Final = 0.050
"""Between two batches."""
BATCH_S: Final = 0.025
"""What a batch aims at; it may take twice that."""
_FIRST_ROWS: Final = 32
_MOST_ROWS: Final = 1_000

_TURNS: Final = """DELETE FROM turns WHERE (call, number) IN (
    SELECT call, number FROM turns WHERE recorded_at < ? ORDER BY recorded_at LIMIT ?)"""
_CALLS: Final = """DELETE FROM calls WHERE call IN (
    SELECT call FROM calls WHERE opened_at < ? ORDER BY opened_at LIMIT ?)"""
_RATINGS: Final = """DELETE FROM ratings WHERE (call, rated_by) IN (
    SELECT ratings.call, rated_by FROM ratings LEFT JOIN calls USING (call)
    WHERE calls.call IS NULL OR opened_at < ? LIMIT ?)"""
_METRICS: Final = """DELETE FROM metrics WHERE started_at IN (
    SELECT started_at FROM metrics WHERE started_at < ? ORDER BY started_at LIMIT ?)"""

_log = logging.getLogger("kefud.records")


class Retention:
    """Deletes in batches of at most 50 ms, at start and once an hour; asked by one thread.

    Args:
        records: how long turns and metrics are kept.
        recording: how long recordings are kept.
        folder: of the recordings.
        wall: the wall clock, UTC.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        records: RecordsSettings,
        recording: RecordingSettings,
        folder: Path,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records = records
        self._recording = recording
        self._folder = folder
        self._wall = wall
        self._clock = clock
        self._due = clock()
        self._round: Iterator[None] | None = None
        self._deleted: Counter[str] = Counter()
        self._log_in_use = False

    def idle_s(self) -> float:
        """How long nothing is to be done."""
        return REST_S if self._round is not None else max(0.0, self._due - self._clock())

    def work(self, database: sqlite3.Connection) -> None:
        """Do one batch where one is due. A trouble ends the round; the next hour tries again."""
        if self._round is None:
            if self._clock() < self._due:
                return
            self._deleted.clear()
            self._round = self._batches(database)
        try:
            next(self._round)
            return
        except StopIteration:
            pass
        except Exception as reason:  # whatever it is, the records' thread must live
            with suppress(sqlite3.Error):
                if database.in_transaction:
                    database.execute("ROLLBACK")
            _log.error("retention_failed reason=%r", str(reason))
        self._round = None
        self._due = self._clock() + (SOON_S if self._log_in_use else EVERY_S)
        if self._deleted.total():
            counts = " ".join(f"{what}={self._deleted[what]}" for what in sorted(self._deleted))
            _log.info("retention_deleted %s", counts)

    def _batches(self, database: sqlite3.Connection) -> Iterator[None]:
        now = self._wall()
        of_metrics = now - timedelta(days=self._records.keep_metrics_days)
        # No turn outlives its call.
        of_text = max(now - timedelta(days=self._records.keep_text_days), of_metrics)
        for what, statement, before in (
            ("turns", _TURNS, of_text),
            ("calls", _CALLS, of_metrics),
            ("ratings", _RATINGS, of_metrics),
            ("metrics", _METRICS, of_metrics),
        ):
            for count in _rows(database, statement, timestamp(before), self._clock):
                self._deleted[what] += count
                yield
        of_audio = (now - timedelta(days=self._recording.keep_days)).date()
        began = self._clock()
        for _, path in recordings(self._folder, before=of_audio):
            try:
                self._deleted["recordings"] += delete(path)
            except OSError as reason:  # the others can still go
                _log.error("recording_not_deleted file=%s reason=%r", path.name, str(reason))
            if self._clock() - began > BATCH_S:
                yield
                began = self._clock()
        yield
        # Each round: a purge by hand may have found a reader, and left its log to us.
        self._log_in_use = not truncate_wal(database, wait_ms=0)


def truncate_wal(database: sqlite3.Connection, *, wait_ms: int) -> bool:
    """Empty the write-ahead log, which still holds what was deleted; False: others use it.

    Raises sqlite3.Error.
    """
    database.execute(f"PRAGMA busy_timeout = {wait_ms}")
    try:
        busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        database.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    return not busy


def _rows(
    database: sqlite3.Connection, statement: str, before: str, clock: Callable[[], float]
) -> Iterator[int]:
    """Delete in transactions, each as large as the last one's time allows."""
    rows = _FIRST_ROWS
    while True:
        began = clock()
        count = database.execute(statement, (before, rows)).rowcount
        yield count
        if count < rows:
            return
        took = clock() - began
        rows = max(1, rows // 2) if took > BATCH_S else min(2 * rows, _MOST_ROWS)

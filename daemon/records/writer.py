"""The thread that commits records in groups, so that audio never waits for a disk."""

from __future__ import annotations

import logging
import os
import queue
import sqlite3
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

import msgspec

from daemon.records.memory import measured
from daemon.records.metrics import MetricsSample, Tally
from daemon.records.retention import Retention
from daemon.records.store import connect, recorded_calls, save
from kefu.records import CallSummary, Turn

GROUP_S: Final = 0.010
"""How long the first record of a group waits for company; with the commit itself ≤ 20 ms."""

RETRY_S: Final = 1.0
"""Records that met a locked database or a full disk are tried again so often."""

MOST_KEPT: Final = 1_000
"""So many of them are kept in memory; then the oldest is given up."""

LAST_BUSY_MS: Final = 2_000
"""At the end a locked database is waited for so long."""

REMEMBERED_CALLS: Final = 100_000
"""How many call ids are known as used, over a restart too."""

_PASSING: Final = ("locked", "full", "disk I/O error", "readonly")
"""What SQLite says of troubles that end without us."""

Record = Turn | CallSummary | MetricsSample
_Entry = tuple[int, Record]
_Outcome = Literal["stored", "later", "refused"]

_log = logging.getLogger("kefud.records")


class Done(msgspec.Struct, frozen=True):
    """What became of one submitted record."""

    ticket: int
    stored: bool


class RecordWriter:
    """Takes records from one thread, commits them in another, and says when.

    ``wake_fd`` becomes readable when ``finished()`` has something to return. Between groups the
    thread deletes what ``retention`` says is old.
    """

    def __init__(self, path: Path, retention: Retention | None = None) -> None:
        """Open the database. Raises RecordsUnusable."""
        self._database = connect(path)
        self._retention = retention
        self.recorded = recorded_calls(self._database, REMEMBERED_CALLS)
        """Ids of the calls that were recorded before this start, the newest last."""
        self.tally = Tally()
        """Counts what is submitted; used by the thread that submits."""
        self.not_stored = 0
        """Records that were given up since the start."""
        self._queue: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._kept: deque[_Entry] = deque()
        self._troubled = False
        self._done: deque[Done] = deque()
        self._next_ticket = 0
        self.wake_fd, self._notify_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="records", daemon=True)
        self._thread.start()

    def submit(self, record: Record) -> int:
        """Hand a record over; returns the ticket under which ``finished()`` reports it."""
        ticket = self._next_ticket
        self._next_ticket += 1
        self.tally.note(record)
        self._queue.put((ticket, record))
        return ticket

    def finished(self) -> list[Done]:
        """Records settled since the last call."""
        with suppress(BlockingIOError):
            while os.read(self.wake_fd, 4096):
                pass
        done = []
        while self._done:
            done.append(self._done.popleft())
        return done

    def close(self, timeout_s: float = 10.0) -> bool:
        """Commit what is queued and end the thread; False where that took too long."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            return False
        self._database.close()
        os.close(self.wake_fd)
        os.close(self._notify_fd)
        return True

    def _run(self) -> None:
        ending = False
        while not ending:
            ending = self._gather()
            if ending:
                self._database.execute(f"PRAGMA busy_timeout = {LAST_BUSY_MS}")
            self._commit(ending)
            if self._retention is not None and not self._kept and not ending:
                self._retention.work(self._database)

    def _gather(self) -> bool:
        """Wait for a group, or until something else is due; True where the end is asked for."""
        try:
            first = self._queue.get(timeout=self._idle_s())
        except queue.Empty:
            return False
        group = [first]
        if first is not None:
            time.sleep(GROUP_S)
        while not self._queue.empty():
            group.append(self._queue.get())
        self._kept.extend(_complete(entry) for entry in group if entry is not None)
        return None in group

    def _idle_s(self) -> float | None:
        if self._kept:
            return RETRY_S
        return self._retention.idle_s() if self._retention is not None else None

    def _commit(self, ending: bool) -> None:
        """Store what is kept, in order; what meets a passing trouble stays kept."""
        if not self._kept:
            return
        entries = list(self._kept)
        self._kept.clear()
        for entry, outcome in zip(entries, self._outcomes(entries), strict=True):
            if outcome == "later" and not ending:
                self._kept.append(entry)
            else:
                self._settle(entry, stored=outcome == "stored")
        while len(self._kept) > MOST_KEPT:
            self._settle(self._kept.popleft(), stored=False)
        self._note_trouble()
        with suppress(BlockingIOError):  # the pipe is full of wake-ups already
            os.write(self._notify_fd, b"\0")

    def _outcomes(self, entries: list[_Entry]) -> list[_Outcome]:
        together = self._store(entries)
        if together != "refused" or len(entries) == 1:
            return [together] * len(entries)
        # One bad record must not cost its company.
        outcomes: list[_Outcome] = []
        for entry in entries:
            outcomes.append(self._store([entry]))
            if outcomes[-1] == "later":
                return outcomes + ["later"] * (len(entries) - len(outcomes))
        return outcomes

    def _store(self, group: list[_Entry]) -> _Outcome:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for _, record in group:
                save(self._database, record)
            self._database.execute("COMMIT")
        except Exception as reason:  # whatever it is, the thread must live for the next record
            with suppress(sqlite3.Error):
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
            passing = isinstance(reason, sqlite3.OperationalError) and any(
                sign in str(reason) for sign in _PASSING
            )
            if not passing or not self._troubled:
                event = "records_kept" if passing else "records_not_stored"
                _log.error("%s count=%d reason=%r", event, len(group), str(reason))
            return "later" if passing else "refused"
        return "stored"

    def _settle(self, entry: _Entry, *, stored: bool) -> None:
        self.not_stored += not stored
        self._done.append(Done(entry[0], stored))

    def _note_trouble(self) -> None:
        """One line when records begin to be kept (``_store`` writes it), one when they flow."""
        if self._troubled and not self._kept:
            _log.warning("records_flow_again not_stored=%d", self.not_stored)
        self._troubled = bool(self._kept)


def _complete(entry: _Entry) -> _Entry:
    ticket, record = entry
    if isinstance(record, MetricsSample):
        memory = tuple(measured(asked) for asked in record.memory)
        record = msgspec.structs.replace(record, memory=memory)
    return ticket, record

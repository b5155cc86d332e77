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
from typing import Final

import msgspec

from daemon.records.store import connect, recorded_calls, save
from kefu.records import CallSummary, Turn

GROUP_S: Final = 0.010
"""How long the first record of a group waits for company; with the commit itself ≤ 20 ms."""

REMEMBERED_CALLS: Final = 100_000
"""How many call ids are known as used, over a restart too."""

_log = logging.getLogger("kefud.records")


class Done(msgspec.Struct, frozen=True):
    """What became of one submitted record."""

    ticket: int
    stored: bool


class RecordWriter:
    """Takes records from one thread, commits them in another, and says when.

    ``wake_fd`` becomes readable when ``finished()`` has something to return.
    """

    def __init__(self, path: Path) -> None:
        """Open the database. Raises RecordsUnusable."""
        self._database = connect(path)
        self.recorded = recorded_calls(self._database, REMEMBERED_CALLS)
        """Ids of the calls that were recorded before this start, the newest last."""
        self._queue: queue.SimpleQueue[tuple[int, Turn | CallSummary] | None] = queue.SimpleQueue()
        self._done: deque[Done] = deque()
        self._next_ticket = 0
        self.wake_fd, self._notify_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="records", daemon=True)
        self._thread.start()

    def submit(self, record: Turn | CallSummary) -> int:
        """Hand a record over; returns the ticket under which ``finished()`` reports it."""
        ticket = self._next_ticket
        self._next_ticket += 1
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

    def close(self, timeout_s: float = 5.0) -> bool:
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
            first = self._queue.get()
            group = [first]
            if first is not None:
                time.sleep(GROUP_S)
            while not self._queue.empty():
                group.append(self._queue.get())
            ending = None in group
            self._commit([entry for entry in group if entry is not None])

    def _commit(self, group: list[tuple[int, Turn | CallSummary]]) -> None:
        if not group:
            return
        stored = self._store(group)
        if not stored and len(group) > 1:
            # One bad record must not cost its company.
            self._done.extend(Done(entry[0], self._store([entry])) for entry in group)
        else:
            self._done.extend(Done(ticket, stored) for ticket, _ in group)
        with suppress(BlockingIOError):  # the pipe is full of wake-ups already
            os.write(self._notify_fd, b"\0")

    def _store(self, group: list[tuple[int, Turn | CallSummary]]) -> bool:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for _, record in group:
                save(self._database, record)
            self._database.execute("COMMIT")
        except Exception as reason:  # whatever it is, the thread must live for the next record
            _log.error("records_not_stored count=%d reason=%r", len(group), str(reason))
            with suppress(sqlite3.Error):
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
            return False
        return True

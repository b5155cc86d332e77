"""Deleting calls for good: row, turns, recording, and what the disk holds of them.

Each call is one short transaction, so that the gateway can go on writing.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from daemon.errors import RecordsUnusable
from daemon.recording.files import delete, recordings
from daemon.records import reader
from daemon.records.retention import truncate_wal
from daemon.records.store import connect, connect_to_read

_WAL_TRIES: Final = 20
_WAL_WAIT_MS: Final = 100


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is to be deleted."""

    call: str
    opened_at: str = ""
    """Empty: there are turns without their call."""
    live: bool = False
    """It has not been closed: what it yet says would be recorded again."""


class Purged(msgspec.Struct, frozen=True, kw_only=True):
    """What was deleted of a call."""

    call: str
    opened_at: str
    turns: int
    recording: bool


def of_call(path: Path, call: str) -> list[Chosen]:
    """One call by its id or the beginning of it. Raises NoSuchCall, RecordsUnusable."""
    summary = reader.find(path, call)
    return [Chosen(call=summary.call, opened_at=summary.opened_at, live=not summary.cause)]


def of_caller(path: Path, number: str) -> list[Chosen]:
    """Calls from a number, however its digits are separated. Raises RecordsUnusable."""
    rows = _choose(path, "SELECT call, opened_at, cause, caller FROM calls WHERE caller != ''")
    return [
        Chosen(call=call, opened_at=opened_at, live=not cause)
        for call, opened_at, cause, caller in rows
        if _plain(caller) == _plain(number)
    ]


def opened_before(path: Path, instant: str) -> list[Chosen]:
    """Calls opened before ``instant`` (a ``store.timestamp``), and turns without their call.

    Raises RecordsUnusable.
    """
    rows = _choose(
        path,
        """SELECT call, opened_at, cause FROM calls WHERE opened_at < ?1 UNION ALL
        SELECT DISTINCT call, '', 'lost' FROM turns WHERE recorded_at < ?1
        AND call NOT IN (SELECT call FROM calls)""",
        instant,
    )
    return [Chosen(call=call, opened_at=opened, live=not cause) for call, opened, cause in rows]


def purge(path: Path, chosen: Sequence[Chosen], folder: Path) -> Iterator[Purged]:
    """Delete the calls one by one; says of each what is gone.

    Args:
        path: the database of records.
        chosen: which calls.
        folder: of the recordings.

    Raises RecordsUnusable; what was said to be deleted before stays deleted.
    """
    files: dict[str, list[Path]] = {}
    for call, file in recordings(folder):
        files.setdefault(call, []).append(file)
    with closing(connect(path)) as database:
        for one in chosen:
            try:
                gone = [delete(file) for file in files.get(one.call, ())]
                turns = _delete(database, one.call)
            except (sqlite3.Error, OSError) as reason:
                raise RecordsUnusable(f"{path}: {reason}.") from reason
            yield Purged(call=one.call, opened_at=one.opened_at, turns=turns, recording=any(gone))


def purge_recordings(folder: Path, before: date) -> int:
    """Delete recordings of earlier days, whether or not their call is known; returns how many.

    Raises RecordsUnusable.
    """
    try:
        return sum(delete(file) for _, file in recordings(folder, before=before))
    except OSError as reason:
        raise RecordsUnusable(f"{folder}: {reason}.") from reason


def overwrite_log(path: Path) -> bool:
    """Empty the write-ahead log, which holds copies of what was deleted.

    Returns False where another process reads the records without a pause; the gateway's hourly
    round then does it. Raises RecordsUnusable.
    """
    with closing(connect(path)) as database:
        try:
            for _ in range(_WAL_TRIES):
                if truncate_wal(database, wait_ms=_WAL_WAIT_MS):
                    return True
                time.sleep(_WAL_WAIT_MS / 1000)
        except sqlite3.Error as reason:
            raise RecordsUnusable(f"{path}: {reason}.") from reason
    return False


def _delete(database: sqlite3.Connection, call: str) -> int:
    database.execute("BEGIN IMMEDIATE")
    try:
        turns = database.execute("DELETE FROM turns WHERE call = ?", (call,)).rowcount
        database.execute("DELETE FROM ratings WHERE call = ?", (call,))
        database.execute("DELETE FROM calls WHERE call = ?", (call,))
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
    return turns


def _choose(path: Path, query: str, *values: str) -> list[tuple[str, ...]]:
    with closing(connect_to_read(path)) as database:
        try:
            return database.execute(query, values).fetchall()
        except sqlite3.Error as reason:
            raise RecordsUnusable(f"{path}: {reason}.") from reason


def _plain(number: str) -> str:
    """A number's digits, with a leading ``+``; what is no number stays as it is."""
    digits = re.sub(r"[\s\-.()/]", "", number)
    return digits if re.fullmatch(r"\+?\d+", digits, re.ASCII) else number

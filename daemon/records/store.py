"""The database of calls, turns and metrics: opening it, and the statements that write a record.

SQLite in WAL mode with ``synchronous=FULL``: what is committed survives a power cut. With
``secure_delete=ON`` what is deleted is overwritten.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

import msgspec

from daemon.errors import RecordsUnusable
from daemon.records.metrics import MetricsSample
from daemon.records.migrations import NEWEST, migrate, version_of
from kefu.records import CallSummary, Turn

BUSY_MS: Final = 5_000
"""How long a statement waits for another process that writes."""

# A call id that comes again is another call: it never replaces the one that is recorded.
SAVE_CALL: Final = """
    INSERT INTO calls (call, opened_at, called, cause, summary) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (call) DO UPDATE
    SET called = excluded.called, cause = excluded.cause, summary = excluded.summary
    WHERE opened_at = excluded.opened_at
"""
# A turn that is completed later keeps the time at which it was first recorded.
SAVE_TURN: Final = """
    INSERT INTO turns (call, number, intent, action, release, turn, recorded_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (call, number) DO UPDATE
    SET intent = excluded.intent, action = excluded.action, release = excluded.release,
        turn = excluded.turn
"""
SAVE_METRICS: Final = "INSERT OR REPLACE INTO metrics (started_at, sample) VALUES (?, ?)"


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for writing, made and brought to the newest version where needed.

    Raises RecordsUnusable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made before SQLite makes it: the WAL beside it takes its mode from it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640))
        # The writer thread uses what the main thread opened; never both at once.
        database = sqlite3.connect(
            path, isolation_level=None, timeout=BUSY_MS / 1000, check_same_thread=False
        )
    except (sqlite3.Error, OSError) as reason:
        raise RecordsUnusable(f"{path}: {reason}.") from reason
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA secure_delete = ON")
        _refuse_newer(path, version_of(database))
        migrate(database)
    except sqlite3.Error as reason:
        database.close()
        raise RecordsUnusable(f"{path}: {reason}.") from reason
    except RecordsUnusable:
        database.close()
        raise
    return database


def connect_alone(path: Path) -> sqlite3.Connection:
    """Open the database of any version known, for writing, while nobody else has it open.

    Raises RecordsUnusable, also where another process has it open.
    """
    try:
        database = sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None)
    except sqlite3.Error as reason:
        raise RecordsUnusable(f"{path}: {reason}.") from reason
    try:
        database.execute("PRAGMA busy_timeout = 1000")
        # SQLite leaves WAL mode only for the last one that has the file open.
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("PRAGMA secure_delete = ON")
        _refuse_newer(path, version_of(database))
    except sqlite3.Error as reason:
        database.close()
        if "locked" in str(reason):
            raise RecordsUnusable(
                f"{path} is open in another process.", mend="Stop the gateway first."
            ) from reason
        raise RecordsUnusable(f"{path}: {reason}.") from reason
    except RecordsUnusable:
        database.close()
        raise
    return database


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open the database read-only, in this release's version. Raises RecordsUnusable."""
    if path.exists() and not path.is_file():
        raise RecordsUnusable(f"{path} is no regular file.")
    try:
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=BUSY_MS / 1000)
    except sqlite3.Error as reason:
        raise RecordsUnusable(f"{path}: {reason}.") from reason
    try:
        version = version_of(database)
        _refuse_newer(path, version)
        if version < NEWEST:
            raise RecordsUnusable(
                f"{path} has version {version}; this release reads version {NEWEST}.",
                mend="`kefuctl calls migrate` upgrades it, and so does the gateway's start.",
            )
    except sqlite3.Error as reason:
        database.close()
        raise RecordsUnusable(f"{path}: {reason}.") from reason
    except RecordsUnusable:
        database.close()
        raise
    return database


def save(database: sqlite3.Connection, record: Turn | CallSummary | MetricsSample) -> None:
    """Write one record inside the open transaction; the same turn or call is replaced."""
    encoded = msgspec.json.encode(record)
    # What could not be read back (a confidence of NaN) is not written.
    msgspec.json.decode(encoded, type=type(record))
    text = encoded.decode()
    if isinstance(record, Turn):
        turn = (record.call, record.number, record.intent, record.action, record.release, text)
        database.execute(SAVE_TURN, (*turn, timestamp(datetime.now(timezone.utc))))
    elif isinstance(record, CallSummary):
        call = (record.call, record.opened_at, record.called, record.cause, text)
        database.execute(SAVE_CALL, call)
    else:
        database.execute(SAVE_METRICS, (record.started_at, text))


def timestamp(instant: datetime) -> str:
    """How the records write an instant: ISO 8601 with milliseconds, UTC."""
    return instant.astimezone(timezone.utc).isoformat(timespec="milliseconds")


def recorded_calls(database: sqlite3.Connection, most: int) -> list[bytes]:
    """Ids of the last ``most`` calls, the newest last."""
    query = "SELECT call FROM calls ORDER BY opened_at DESC LIMIT ?"
    return [
        bytes.fromhex(call) for (call,) in reversed(database.execute(query, (most,)).fetchall())
    ]


def _refuse_newer(path: Path, version: int) -> None:
    if version > NEWEST:
        raise RecordsUnusable(
            f"{path} has version {version}; this release knows versions up to {NEWEST}.",
            mend="Use the release that wrote it, or another folder with --state.",
        )

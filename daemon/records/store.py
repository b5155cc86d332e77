"""The database of calls and turns: its schema, its migrations, and the statements that write it.

SQLite in WAL mode with ``synchronous=FULL``: what is committed survives a power cut.
"""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from daemon.errors import RecordsUnusable
from kefu.records import CallSummary, Turn

# Number n of the list takes the database from version n to n + 1; an entry never changes.
MIGRATIONS: Final = (
    """
    CREATE TABLE calls (
        call TEXT PRIMARY KEY,
        opened_at TEXT NOT NULL,
        called TEXT NOT NULL,
        cause TEXT NOT NULL,
        summary TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX calls_opened_at ON calls (opened_at);
    CREATE TABLE turns (
        call TEXT NOT NULL,
        number INTEGER NOT NULL,
        intent TEXT NOT NULL,
        action TEXT NOT NULL,
        release TEXT NOT NULL,
        turn TEXT NOT NULL,
        PRIMARY KEY (call, number)
    ) WITHOUT ROWID;
    CREATE INDEX turns_intent ON turns (intent);
    """,
)

# A call id that comes again is another call: it never replaces the one that is recorded.
SAVE_CALL: Final = """
    INSERT INTO calls VALUES (?, ?, ?, ?, ?) ON CONFLICT (call) DO UPDATE
    SET called = excluded.called, cause = excluded.cause, summary = excluded.summary
    WHERE opened_at = excluded.opened_at
"""
_CALL_ID: Final = re.compile("[0-9a-f]{32}")
SAVE_TURN: Final = "INSERT OR REPLACE INTO turns VALUES (?, ?, ?, ?, ?, ?)"


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for writing, made and brought to the newest version where needed.

    Raises RecordsUnusable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made before SQLite makes it: the WAL beside it takes its mode from it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640))
        # The writer thread uses what the main thread opened; never both at once.
        database = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        _migrate(database, path)
    except (sqlite3.Error, OSError) as reason:
        raise RecordsUnusable(f"{path}: {reason}.") from reason
    return database


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open the database read-only. Raises RecordsUnusable."""
    try:
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        version = database.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as reason:
        raise RecordsUnusable(f"{path}: {reason}.") from reason
    _refuse_newer(path, version)
    return database


def save(database: sqlite3.Connection, record: Turn | CallSummary) -> None:
    """Write one record inside the open transaction; the same turn or call is replaced."""
    encoded = msgspec.json.encode(record)
    # What could not be read back (a confidence of NaN) is not written.
    msgspec.json.decode(encoded, type=type(record))
    text = encoded.decode()
    if isinstance(record, Turn):
        row = (record.call, record.number, record.intent, record.action, record.release, text)
        database.execute(SAVE_TURN, row)
    else:
        call = (record.call, record.opened_at, record.called, record.cause, text)
        database.execute(SAVE_CALL, call)


def recorded_calls(database: sqlite3.Connection, most: int) -> list[bytes]:
    """Ids of the last ``most`` calls, the newest last."""
    query = "SELECT call FROM calls ORDER BY opened_at DESC LIMIT ?"
    return [
        bytes.fromhex(call) for (call,) in reversed(database.execute(query, (most,)).fetchall())
    ]


def _migrate(database: sqlite3.Connection, path: Path) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    _refuse_newer(path, version)
    for number in range(version, len(MIGRATIONS)):
        database.executescript(
            f"BEGIN; {MIGRATIONS[number]}; PRAGMA user_version = {number + 1}; COMMIT;"
        )


def _refuse_newer(path: Path, version: int) -> None:
    if version > len(MIGRATIONS):
        raise RecordsUnusable(
            f"{path} has version {version}; this release knows versions up to {len(MIGRATIONS)}.",
            mend="Use the release that wrote it, or another folder with --state.",
        )

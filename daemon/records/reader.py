"""Reading calls and turns back, for kefuctl and the tests."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import msgspec

from daemon.errors import NoSuchCall, RecordsUnusable
from daemon.records.store import connect_to_read
from kefu.records import CallSummary, Turn

Record = TypeVar("Record", CallSummary, Turn)


def list_calls(path: Path, limit: int = 50) -> list[CallSummary]:
    """The last ``limit`` calls, newest first. Raises RecordsUnusable."""
    query = "SELECT summary FROM calls ORDER BY opened_at DESC, call LIMIT ?"
    with closing(connect_to_read(path)) as database:
        return [_read(text, CallSummary, path) for (text,) in _rows(database, path, query, limit)]


def show(path: Path, call: str) -> tuple[CallSummary, list[Turn]]:
    """One call by its id, or by the beginning of its id, with its turns in order.

    Raises NoSuchCall, RecordsUnusable.
    """
    query = "SELECT call, summary FROM calls WHERE substr(call, 1, length(?1)) = ?1 LIMIT 2"
    with closing(connect_to_read(path)) as database:
        found = _rows(database, path, query, call) if call else []
        if len(found) != 1:
            how_many = "no call" if not found else "more than one call"
            raise NoSuchCall(f"The records hold {how_many} that begins with {call!r}.")
        whole, summary = found[0]
        turns = _rows(
            database, path, "SELECT turn FROM turns WHERE call = ? ORDER BY number", whole
        )
        return _read(summary, CallSummary, path), [_read(text, Turn, path) for (text,) in turns]


def _rows(
    database: sqlite3.Connection, path: Path, query: str, value: str | int
) -> list[tuple[str, ...]]:
    try:
        return database.execute(query, (value,)).fetchall()
    except sqlite3.Error as reason:
        raise RecordsUnusable(f"{path}: {reason}.") from reason


def _read(text: str, kind: type[Record], path: Path) -> Record:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as reason:
        raise RecordsUnusable(f"{path}: a record cannot be read: {reason}.") from reason

"""Reading calls, turns and metrics back, for kefuctl and the tests.

Long answers are read in pages, each a transaction of its own, so that no reader ever stands in the
way of the writer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from daemon.errors import NoSuchCall, RecordsUnusable
from daemon.records.metrics import MetricsSample
from daemon.records.store import connect_to_read
from kefu.records import CallSummary, Turn

Record = TypeVar("Record", CallSummary, Turn, MetricsSample)
PAGE: Final = 500


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls; what is empty does not count."""

    since: str = ""
    """Opened at this instant or later: a ``store.timestamp``."""
    before: str = ""
    """Opened earlier than this."""
    scenario: str = ""
    outcome: str = ""

    def where(self) -> tuple[str, list[str]]:
        """As SQL over ``calls``, with its values."""
        wanted = [
            ("opened_at >= ?", self.since),
            ("opened_at < ?", self.before),
            ("scenario = ?", self.scenario),
            ("outcome = ?", self.outcome),
        ]
        used = [(condition, value) for condition, value in wanted if value]
        return " AND ".join(condition for condition, _ in used) or "1", [v for _, v in used]


def list_calls(path: Path, limit: int = 50, wanted: Filter | None = None) -> list[CallSummary]:
    """The last ``limit`` calls that are wanted, newest first. Raises RecordsUnusable."""
    where, values = (wanted or Filter()).where()
    query = f"SELECT summary FROM calls WHERE {where} ORDER BY opened_at DESC, call LIMIT ?"  # noqa: S608
    with closing(connect_to_read(path)) as database:
        rows = _rows(database, path, query, *values, limit)
        return [_read(text, CallSummary, path) for (text,) in rows]


def count_calls(path: Path, wanted: Filter) -> int:
    """How many calls are wanted. Raises RecordsUnusable."""
    where, values = wanted.where()
    with closing(connect_to_read(path)) as database:
        query = f"SELECT count(*) FROM calls WHERE {where}"  # noqa: S608
        return int(_rows(database, path, query, *values)[0][0])


def walk(path: Path, wanted: Filter) -> Iterator[tuple[CallSummary, list[Turn]]]:
    """The calls that are wanted with their turns, oldest first. Raises RecordsUnusable."""
    where, values = wanted.where()
    page = (
        f"SELECT opened_at, call, summary FROM calls WHERE {where} "  # noqa: S608
        f"AND (opened_at, call) > (?, ?) ORDER BY opened_at, call LIMIT {PAGE}"
    )
    at = ("", "")
    with closing(connect_to_read(path)) as database:
        while rows := _rows(database, path, page, *values, *at):
            for opened_at, call, summary in rows:
                yield _read(summary, CallSummary, path), _turns(database, path, call)
                at = (opened_at, call)


def find(path: Path, call: str) -> CallSummary:
    """One call by its id, or by the beginning of its id.

    Raises NoSuchCall, RecordsUnusable.
    """
    with closing(connect_to_read(path)) as database:
        return _find(database, path, call)


def show(path: Path, call: str) -> tuple[CallSummary, list[Turn]]:
    """One call by its id, or by the beginning of its id, with its turns in order.

    Raises NoSuchCall, RecordsUnusable.
    """
    with closing(connect_to_read(path)) as database:
        summary = _find(database, path, call)
        return summary, _turns(database, path, summary.call)


def metrics(path: Path, since: str = "") -> list[MetricsSample]:
    """The samples of periods that began at ``since`` or later, in order. Raises RecordsUnusable."""
    query = "SELECT sample FROM metrics WHERE started_at >= ? ORDER BY started_at"
    with closing(connect_to_read(path)) as database:
        return [_read(text, MetricsSample, path) for (text,) in _rows(database, path, query, since)]


def _find(database: sqlite3.Connection, path: Path, call: str) -> CallSummary:
    query = "SELECT summary FROM calls WHERE substr(call, 1, length(?1)) = ?1 LIMIT 2"
    found = _rows(database, path, query, call) if call else []
    if len(found) != 1:
        how_many = "no call" if not found else "more than one call"
        raise NoSuchCall(f"The records hold {how_many} that begins with {call!r}.")
    return _read(found[0][0], CallSummary, path)


def _turns(database: sqlite3.Connection, path: Path, call: str) -> list[Turn]:
    query = "SELECT turn FROM turns WHERE call = ? ORDER BY number"
    return [_read(text, Turn, path) for (text,) in _rows(database, path, query, call)]


def _rows(
    database: sqlite3.Connection, path: Path, query: str, *values: str | int
) -> list[tuple[str, ...]]:
    try:
        return database.execute(query, values).fetchall()
    except sqlite3.Error as reason:
        raise RecordsUnusable(f"{path}: {reason}.") from reason


def _read(text: str, kind: type[Record], path: Path) -> Record:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as reason:
        raise RecordsUnusable(f"{path}: a record cannot be read: {reason}.") from reason

"""The schema of the records, as steps that go up and down.

Number n of ``STEPS`` leads from version n to n + 1; what has been released never changes. A step is
one transaction, the version in it: whatever kills it, the database has one version or the other.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Final

import msgspec


class Step(msgspec.Struct, frozen=True):
    """One version to the next, and back."""

    up: tuple[str, ...]
    down: tuple[str, ...]
    loses: tuple[tuple[str, str], ...] = ()
    """What ``down`` loses, for people: (what, query that counts it)."""


def _of_summary(name: str, kind: str, absent: str) -> str:
    """A column that is read from the summary, so that the two cannot differ."""
    value = f"coalesce(json_extract(summary, '$.{name}'), {absent})"
    return (
        f"ALTER TABLE calls ADD COLUMN {name} {kind} GENERATED ALWAYS AS "
        f"(CASE WHEN json_valid(summary) THEN {value} ELSE {absent} END) VIRTUAL"
    )


def _of_turn(name: str, absent: str) -> str:
    """The same for a turn."""
    value = f"coalesce(json_extract(turn, '$.{name}'), '{absent}')"
    return (
        f"ALTER TABLE turns ADD COLUMN {name} TEXT GENERATED ALWAYS AS "
        f"(CASE WHEN json_valid(turn) THEN {value} ELSE '{absent}' END) VIRTUAL"
    )


_TEXTS: Final = (
    "caller",
    "scenario",
    "language",
    "release",
    "outcome",
    "transfer_reason",
    "transfer_result",
)

STEPS: Final = (
    Step(
        up=(
            """CREATE TABLE calls (
                call TEXT PRIMARY KEY,
                opened_at TEXT NOT NULL,
                called TEXT NOT NULL,
                cause TEXT NOT NULL,
                summary TEXT NOT NULL
            ) WITHOUT ROWID""",
            "CREATE INDEX calls_opened_at ON calls (opened_at)",
            """CREATE TABLE turns (
                call TEXT NOT NULL,
                number INTEGER NOT NULL,
                intent TEXT NOT NULL,
                action TEXT NOT NULL,
                release TEXT NOT NULL,
                turn TEXT NOT NULL,
                PRIMARY KEY (call, number)
            ) WITHOUT ROWID""",
            "CREATE INDEX turns_intent ON turns (intent)",
        ),
        down=("DROP TABLE turns", "DROP TABLE calls"),
        loses=(
            ("calls", "SELECT count(*) FROM calls"),
            ("turns", "SELECT count(*) FROM turns"),
        ),
    ),
    Step(
        up=(
            *(_of_summary(name, "TEXT", "''") for name in _TEXTS),
            _of_summary("duration_ms", "INTEGER", "0"),
            "ALTER TABLE turns ADD COLUMN recorded_at TEXT NOT NULL DEFAULT ''",
            # Turns had no time of their own: that of their call, else now, so that none is kept
            # for ever.
            """UPDATE turns SET recorded_at = coalesce(
                (SELECT nullif(opened_at, '') FROM calls WHERE calls.call = turns.call),
                strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))""",
            "CREATE INDEX turns_recorded_at ON turns (recorded_at)",
            """CREATE TABLE metrics (
                started_at TEXT PRIMARY KEY,
                sample TEXT NOT NULL
            ) WITHOUT ROWID""",
        ),
        down=(
            "DROP TABLE metrics",
            "DROP INDEX turns_recorded_at",
            "ALTER TABLE turns DROP COLUMN recorded_at",
            *(f"ALTER TABLE calls DROP COLUMN {name}" for name in ("duration_ms", *_TEXTS)),
        ),
        loses=(
            ("samples of metrics", "SELECT count(*) FROM metrics"),
            ("times at which a turn was recorded", "SELECT count(*) FROM turns"),
        ),
    ),
    Step(
        up=(
            """CREATE TABLE ratings (
                call TEXT NOT NULL,
                rated_by TEXT NOT NULL,
                voice TEXT NOT NULL,
                score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5),
                rated_at TEXT NOT NULL,
                PRIMARY KEY (call, rated_by)
            ) WITHOUT ROWID""",
            # The callers' own scores stand in their turns; few turns have one.
            "ALTER TABLE turns ADD COLUMN voice_score INTEGER GENERATED ALWAYS AS (CASE WHEN "
            "json_valid(turn) THEN coalesce(json_extract(turn, '$.voice_score'), 0) ELSE 0 END) "
            "VIRTUAL",
            "CREATE INDEX turns_voice_score ON turns (voice_score) WHERE voice_score > 0",
            _of_turn("voice", ""),
            _of_turn("voice_troubles", "[]"),
        ),
        down=(
            "ALTER TABLE turns DROP COLUMN voice_troubles",
            "ALTER TABLE turns DROP COLUMN voice",
            "DROP INDEX turns_voice_score",
            "ALTER TABLE turns DROP COLUMN voice_score",
            "DROP TABLE ratings",
        ),
        loses=(("ratings by supervisors", "SELECT count(*) FROM ratings"),),
    ),
)
NEWEST: Final = len(STEPS)


def version_of(database: sqlite3.Connection) -> int:
    """The version of an open database; 0 for an empty one."""
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    return version


def lost(database: sqlite3.Connection, to: int) -> list[tuple[str, int]]:
    """What going down to version ``to`` would lose: (what, how many), nothing that is not there."""
    counts = [
        (what, int(database.execute(query).fetchone()[0]))
        for step in STEPS[to : version_of(database)]
        for what, query in step.loses
    ]
    return [(what, count) for what, count in counts if count]


def migrate(database: sqlite3.Connection, to: int = NEWEST) -> None:
    """Take the database to version ``to``, up or down, step by step.

    The connection is in autocommit mode (``isolation_level=None``) and not newer than ``NEWEST``.
    Raises sqlite3.Error; the database then has the version before or after the step that failed.
    """
    while (version := version_of(database)) != to:
        up = version < to
        step = STEPS[version] if up else STEPS[version - 1]
        database.execute("BEGIN IMMEDIATE")
        try:
            if version_of(database) == version:  # nobody was faster
                for statement in step.up if up else step.down:
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {version + 1 if up else version - 1}")
            database.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                database.execute("ROLLBACK")
            raise

"""How the voice of a call sounded: a supervisor's rating, and what callers said in the survey."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

import msgspec

from daemon.errors import RecordsUnusable
from daemon.records import reader
from daemon.records.store import connect, connect_to_read, timestamp
from kefu.records import Turn


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """One person's score of the voice of one call."""

    call: str
    voice: str
    """Who spoke most of its turns; empty: it is not known."""
    score: int
    """5 excellent … 1 bad."""
    rated_by: str
    rated_at: str


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One score of a voice, whoever gave it."""

    voice: str
    score: int
    source: Literal["survey", "rating"]


def rate(path: Path, call: str, score: int, by: str) -> Rating:
    """Rate the voice of a call; who rates it again replaces his own rating.

    Args:
        path: the database.
        call: id, or the beginning of one.
        score: 1 to 5.
        by: who rates it.

    Raises NoSuchCall, RecordsUnusable.
    """
    with closing(connect(path)) as database:  # a database of an older version is upgraded here
        summary, turns = reader.show(path, call)
        rating = Rating(
            call=summary.call,
            voice=voice_of(turns),
            score=score,
            rated_by=by,
            rated_at=timestamp(datetime.now(timezone.utc)),
        )
        row = (rating.call, rating.rated_by, rating.voice, rating.score, rating.rated_at)
        try:
            database.execute(
                "INSERT OR REPLACE INTO ratings (call, rated_by, voice, score, rated_at) "
                "VALUES (?, ?, ?, ?, ?)",
                row,
            )
        except sqlite3.Error as reason:
            raise RecordsUnusable(f"{path}: {reason}.") from reason
    return rating


def of_call(path: Path, call: str) -> list[Rating]:
    """The ratings of a call, by its whole id, oldest first. Raises RecordsUnusable."""
    query = "SELECT voice, score, rated_by, rated_at FROM ratings WHERE call = ? ORDER BY rated_at"
    with closing(connect_to_read(path)) as database:
        try:
            rows = database.execute(query, (call,)).fetchall()
        except sqlite3.Error as reason:
            raise RecordsUnusable(f"{path}: {reason}.") from reason
    return [
        Rating(call=call, voice=voice, score=score, rated_by=by, rated_at=at)
        for voice, score, by, at in rows
    ]


def given(path: Path) -> list[Given]:
    """Every score whose voice is known, of callers and supervisors. Raises RecordsUnusable.

    A caller's score is one of the voice that spoke most of the turns of his call.
    """
    with closing(connect_to_read(path)) as database:
        try:
            rated = database.execute("SELECT voice, score FROM ratings").fetchall()
            said = database.execute(
                "SELECT call, voice_score FROM turns WHERE voice_score > 0"
            ).fetchall()
            spoken = [(_spoken(database, call), score) for call, score in said]
        except sqlite3.Error as reason:
            raise RecordsUnusable(f"{path}: {reason}.") from reason
    found = [Given(voice=voice, score=score, source="survey") for voice, score in spoken]
    found += [Given(voice=voice, score=score, source="rating") for voice, score in rated]
    return [one for one in found if one.voice and 1 <= one.score <= 5]


def voice_of(turns: Iterable[Turn]) -> str:
    """Who spoke most of the turns; of equals who spoke first; empty where nobody is named."""
    return _most(turn.voice for turn in turns)


def _spoken(database: sqlite3.Connection, call: str) -> str:
    query = (
        "SELECT json_extract(turn, '$.voice') FROM turns "
        "WHERE call = ? AND json_valid(turn) ORDER BY number"
    )
    return _most(voice or "" for (voice,) in database.execute(query, (call,)))


def _most(voices: Iterable[str]) -> str:
    names = Counter(name for voice in voices for name in voice.split(", ") if name)
    return names.most_common(1)[0][0] if names else ""

"""Makes the database of a demonstration from its SQL file, once."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from daemon.errors import BadSeed


def make_database(seed: Path, database: Path) -> bool:
    """Make ``database`` from the SQL in ``seed`` where it is not there yet.

    It is complete or not there: made beside its place, synced, then renamed.

    Returns:
        Whether it was made.

    Raises:
        BadSeed: the SQL is wrong, or the folder cannot be written to.
    """
    if database.exists():
        return False
    part: Path | None = None
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{database.name}.", dir=database.parent)
        os.close(handle)
        part = Path(name)
        with closing(sqlite3.connect(part)) as connection:
            connection.execute("PRAGMA synchronous = OFF")  # synced as a whole below
            connection.executescript(seed.read_text("utf-8"))
            connection.commit()
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(database)
    except (OSError, sqlite3.Error, UnicodeDecodeError) as reason:
        if part is not None:
            part.unlink(missing_ok=True)
        raise BadSeed(f"{database} could not be made from {seed}: {reason}.") from reason
    folder = os.open(database.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True

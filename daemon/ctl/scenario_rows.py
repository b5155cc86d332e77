"""What a call has changed in the business database, row by row."""

from __future__ import annotations

import re
import shlex
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

Cell = str | int | float | None
Tables = dict[str, Counter[tuple[tuple[str, Cell], ...]]]

_CLOCK: Final = re.compile(r"'now'|current_(?:time|date|timestamp)", re.IGNORECASE)
"""In the default of a column that holds the time of writing: no script can know it."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is in the database after the call and was not before, or the reverse."""

    table: str
    cells: dict[str, str]
    """Column to value as text; a missing value is empty. Times of writing are left out."""
    gone: bool = False

    def __str__(self) -> str:
        cells = " ".join(f"{name}={shlex.quote(value)}" for name, value in self.cells.items())
        return f"{'-' if self.gone else '+'} {self.table} {cells}"


def parse_row(text: str) -> Row:
    """``+ refunds number=7002 order_id=A1024 …``. Raises ValueError."""
    sign, *words = shlex.split(text)
    if sign not in ("+", "-") or not words:
        raise ValueError("a row is written + TABLE column=value … or - TABLE …")
    cells = {}
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if not equals or name in cells:
            raise ValueError(f"{word!r} is not column=value, or its column stands there twice")
        cells[name] = value
    return Row(table=words[0], cells=cells, gone=sign == "-")


def read_tables(database: Path) -> Tables:
    """Every row of every table, without the columns that hold the time of writing."""
    tables: Tables = {}
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as shop:
        names = shop.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        for (name,) in names:
            columns = [
                column
                for (_, column, _, _, default, _) in shop.execute(f'PRAGMA table_info("{name}")')
                if not _CLOCK.search(default or "")
            ]
            quoted = ", ".join(f'"{column}"' for column in columns)
            rows = shop.execute(f'SELECT {quoted} FROM "{name}"')  # noqa: S608 - its own names
            tables[name] = Counter(tuple(zip(columns, row, strict=True)) for row in rows)
    return tables


def changes(before: Tables, after: Tables) -> tuple[Row, ...]:
    """The rows that differ: those gone first, then those that are new, by table."""
    found = []
    for table in sorted(before.keys() | after.keys()):
        old, new = before.get(table, Counter()), after.get(table, Counter())
        for rows, gone in (((old - new).elements(), True), ((new - old).elements(), False)):
            told = [_told(row) for row in rows]
            found += [
                Row(table=table, cells=cells, gone=gone)
                for cells in sorted(told, key=lambda cells: tuple(cells.values()))
            ]
    return tuple(found)


def _told(row: tuple[tuple[str, Cell], ...]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in row}

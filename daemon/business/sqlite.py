"""A business system that is an SQLite database, reached by allow-listed SQL with bound values."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

from daemon.business.operations import Operation
from engines.dialog.moves import BusinessCall, BusinessResult

log = logging.getLogger(__name__)

MAX_VALUE_CHARACTERS: Final = 256
_STEPS_BETWEEN_LOOKS: Final = 1000  # virtual machine instructions: about 50 µs

Refusal = Literal["not_found", "refused", "unavailable", "timeout"]


class SqliteBusiness:
    """Implements ``daemon.business.adapter.Business``; may be called from any thread.

    Each call has a connection of its own: nothing is shared, and a database that was away and is
    back is found at the next call.

    Args:
        database: file; it is never made here, a missing one is ``unavailable``.
        operations: the allow-list, see ``operations.load_operations``.
        timeout_s: for one call, waiting for locks included.
    """

    def __init__(
        self,
        database: Path,
        operations: Mapping[str, Operation],
        *,
        timeout_s: float = 3.0,
    ) -> None:
        self._uri = f"{database.absolute().as_uri()}?mode="
        self._operations = operations
        self._timeout_s = timeout_s

    def call(self, call: BusinessCall) -> BusinessResult:
        """Run one operation. Never raises for what the database or the arguments are like."""
        operation = self._operations.get(call.name)
        refusal = _refusal(call, operation)
        if operation is None or refusal:
            log.warning("business call refused name=%r reason=%s", call.name[:60], refusal)
            return BusinessResult(name=call.name, ok=False, error="refused")
        try:
            values = self._run(operation, call.arguments)
        except sqlite3.Error as error:
            reason = _error_of(error)
            log.warning("business call failed name=%s error=%s: %s", call.name, reason, error)
            return BusinessResult(name=call.name, ok=False, error=reason)
        if values is None:
            return BusinessResult(name=call.name, ok=False, error=operation.no_row)
        return BusinessResult(name=call.name, ok=True, values=values)

    def _run(self, operation: Operation, arguments: dict[str, str]) -> dict[str, str] | None:
        deadline = time.monotonic() + self._timeout_s
        uri = self._uri + ("rw" if operation.changes else "ro")
        connection = sqlite3.connect(uri, uri=True, timeout=self._timeout_s, isolation_level=None)
        with closing(connection):
            connection.execute("PRAGMA foreign_keys = ON")
            connection.set_progress_handler(
                lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS
            )
            connection.execute("BEGIN IMMEDIATE" if operation.changes else "BEGIN")
            try:
                row = None
                for statement in operation.statements:
                    # Only what a statement names is bound, so that each may use some of them.
                    cursor = connection.execute(statement, arguments)
                    row = cursor.fetchone()
                    columns = [column[0] for column in cursor.description or ()]
                    cursor.close()
                values = None if row is None else dict(zip(columns, row, strict=True))
                connection.execute("ROLLBACK" if values is None else "COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        if values is None:
            return None
        missing = set(operation.returns) - set(values)
        if missing:
            raise sqlite3.DataError(f"no column {', '.join(sorted(missing))} in the answer")
        return {name: _text(values[name]) for name in operation.returns}


def _refusal(call: BusinessCall, operation: Operation | None) -> str:
    """Empty, or why the call is not even tried."""
    if operation is None:
        return "not in the allow-list"
    if set(call.arguments) != set(operation.arguments):
        return "other arguments than the operation has"
    if operation.changes != call.changes:
        return "changes is told otherwise than it is"
    for value in call.arguments.values():
        if len(value) > MAX_VALUE_CHARACTERS:
            return "a value is too long"
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            return "a value is not text"
    return ""


def _error_of(error: sqlite3.Error) -> Refusal:
    text = str(error)
    if "interrupted" in text or "locked" in text or "busy" in text:
        return "timeout"
    if isinstance(error, sqlite3.IntegrityError):
        return "refused"
    return "unavailable"


def _text(value: object) -> str:
    return "" if value is None else str(value)

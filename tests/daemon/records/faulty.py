"""A database connection whose n-th statement fails, or kills the process."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import pytest

KILLED = 77


class Plan:
    """What shall happen at the statement whose number is ``at``, counted from 1; 0: nothing."""

    def __init__(self) -> None:
        self.at = 0
        self.statements = 0
        self.error: Exception = sqlite3.OperationalError("disk I/O error")
        self.kills = False

    def arm(self, at: int, error: Exception | None = None, *, kills: bool = False) -> None:
        self.at, self.statements, self.kills = at, 0, kills
        if error is not None:
            self.error = error

    def step(self) -> None:
        self.statements += 1
        if self.statements == self.at:
            if self.kills:
                os._exit(KILLED)
            raise self.error


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Every connection that is opened from now on goes by it."""
    the_plan = Plan()
    real = sqlite3.connect

    class Faulty(sqlite3.Connection):
        def execute(self, *arguments: Any, **options: Any) -> sqlite3.Cursor:
            the_plan.step()
            return super().execute(*arguments, **options)

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return real(*arguments, factory=Faulty, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)
    return the_plan

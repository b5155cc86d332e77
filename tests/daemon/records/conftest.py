"""Fixtures of the records' tests."""

from __future__ import annotations

from tests.daemon.records.faulty import plan

__all__ = ["plan"]

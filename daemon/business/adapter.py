"""What every business system offers to the worker: one call, answered or refused, never raised."""

from __future__ import annotations

from typing import Protocol

from engines.dialog.moves import BusinessCall, BusinessResult


class Business(Protocol):
    """Blocks until it is answered, for a bounded time; the worker gives it a thread."""

    def call(self, call: BusinessCall) -> BusinessResult:
        """The answer. Whatever goes wrong is a result with ``ok`` false and its ``error``."""

"""Seconds that the tests of this folder have measured; pytest prints them at its end."""

from __future__ import annotations

from typing import Final

MEASURED: Final[list[tuple[str, float]]] = []


def note(what: str, seconds: float) -> None:
    """Remember one."""
    MEASURED.append((what, seconds))

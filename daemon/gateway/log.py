"""Structured log lines: one line an event, ``event key=value``."""

from __future__ import annotations

import logging
import sys
from typing import Final

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+/:@")


def line(event: str, **fields: object) -> str:
    """``event key=value …``; values with other than plain characters are quoted."""
    return " ".join([event, *(f"{key}={_shown(value)}" for key, value in fields.items())])


def configure(level: str) -> None:
    """Log to stderr; the journal adds the time under systemd, we add it elsewhere."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s", "%H:%M:%S")
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    return text if text and _PLAIN.issuperset(text) else repr(text)

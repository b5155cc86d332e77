"""What a verb prints: for people through rich, for scripts one JSON document on standard output."""

from __future__ import annotations

import sys
import unicodedata
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape

# Progress, tables and messages; standard output is kept for results.
people = Console(stderr=True, highlight=False)
results = Console(highlight=False)


def shown(text: str) -> str:
    """Text that came from a call, for the terminal: no markup, no control or bidi characters."""
    plain = "".join(
        character for character in text if unicodedata.category(character) not in ("Cc", "Cf")
    )
    return escape(plain)


def print_json(document: Any) -> None:
    """One JSON document and a line end on standard output."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
    sys.stdout.buffer.flush()

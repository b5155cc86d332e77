"""Calls and turns as rows of a table that leaves the box: masked, and harmless in a spreadsheet."""

from __future__ import annotations

import unicodedata
from typing import Final

from daemon.records.masking import mask, masked_turn
from daemon.records.wait import wait_ms
from kefu.records import CallSummary, Turn

Cell = str | int | float

# Spreadsheets take these, and their full-width forms, for the beginning of a formula.
_FORMULA: Final = frozenset("=+-@＝＋－＠|")

CALL_COLUMNS: Final = (
    "call",
    "opened_at",
    "caller",
    "called",
    "scenario",
    "language",
    "release",
    "duration_ms",
    "turns",
    "cause",
    "outcome",
    "transfer_reason",
    "transfer_result",
    "recording",
)
TURN_COLUMNS: Final = (
    "call",
    "number",
    "release",
    "scenario",
    "step",
    "language",
    "keys",
    "heard",
    "heard_confidence",
    "dropped",
    "intent",
    "intent_confidence",
    "entities",
    "emotion",
    "emotion_confidence",
    "action",
    "reasons",
    "business",
    "reply",
    "reply_heard",
    "reply_cut",
    "reply_cached",
    "voice",
    "voice_troubles",
    "wait_ms",
)


def call_row(summary: CallSummary) -> list[Cell]:
    """In the order of ``CALL_COLUMNS``; of the caller's number the last two digits stay."""
    row = [getattr(summary, name) for name in CALL_COLUMNS]
    row[CALL_COLUMNS.index("caller")] = mask(summary.caller)
    return [_guarded(cell) for cell in row]


def turn_row(turn: Turn) -> list[Cell]:
    """In the order of ``TURN_COLUMNS``, masked; of entities their types."""
    masked = masked_turn(turn)
    wait = wait_ms(turn.ledger)
    made: dict[str, Cell] = {
        "entities": " ".join(entity.type for entity in turn.entities),
        "reasons": " ".join(masked.reasons),
        "wait_ms": "" if wait is None else round(wait),
        "reply_cut": int(turn.reply_cut),
        "reply_cached": int(turn.reply_cached),
        "voice_troubles": " ".join(turn.voice_troubles),
    }
    return [
        _guarded(made[name] if name in made else getattr(masked, name)) for name in TURN_COLUMNS
    ]


def _guarded(cell: Cell) -> Cell:
    """Text that no program runs: no control characters, no formula."""
    if not isinstance(cell, str):
        return cell
    plain = (
        cell
        if cell.isprintable()
        else "".join(
            " " if character in "\t\r\n" else character
            for character in cell
            if character in "\t\r\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
        )
    )
    return f"'{plain}" if plain.lstrip()[:1] in _FORMULA and plain.strip() else plain

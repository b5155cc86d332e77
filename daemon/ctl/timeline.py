"""A turn's latency ledger as a picture in text: who was busy when, on one scale."""

from __future__ import annotations

from typing import Final

import msgspec

from kefu.records import Ledger, Turn

WIDTH: Final = 60
_BEFORE_MS: Final = 600
_AFTER_MS: Final = 600
_STAGES: Final = ("asr", "nlu", "emotion", "dialog", "business")


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a bar from ``start_ms`` to ``end_ms`` on the call's clock."""

    name: str
    start_ms: float
    end_ms: float
    mark: str
    note: str = ""


def lanes(turn: Turn) -> list[Lane]:
    """The rows of a turn, in the order in which things happen; what did not happen is left out."""
    ledger = turn.ledger
    rows = []
    end = ledger.speech_end_ms
    if ledger.voice_start_ms is not None and end is not None:
        rows.append(_lane("caller", ledger.voice_start_ms, end, "█"))
    if ledger.true_end_ms is not None:
        rows.append(_lane("last syllable", ledger.true_end_ms, ledger.true_end_ms, "│"))
    if end is not None and ledger.turn_end_ms is not None:
        rows.append(_lane("turn end", end, ledger.turn_end_ms, "·"))
    for name in _STAGES:
        stage = getattr(ledger, name)
        if stage is not None:
            note = f" {stage.fallback}" if stage.fallback else ""
            rows.append(_lane(name, stage.started_ms, stage.started_ms + stage.took_ms, "▒", note))
    if (stage := ledger.tts_first) is not None:
        note = " from the phrase cache" if turn.reply_cached else ""
        note += f" {stage.fallback}" if stage.fallback else ""
        rows.append(_lane("tts", stage.started_ms, stage.started_ms + stage.took_ms, "▒", note))
    if ledger.first_frame_ms is not None:
        last = ledger.last_frame_ms if ledger.last_frame_ms is not None else ledger.first_frame_ms
        rows.append(_lane("agent", ledger.first_frame_ms, last, "█"))
    if ledger.cut_ms is not None:
        rows.append(_lane("cut", ledger.cut_ms, ledger.cut_ms, "│"))
    return rows


def draw(turn: Turn, width: int = WIDTH) -> list[str]:
    """The picture, one line a row, the scale last; empty where nothing has a time.

    The window reaches from shortly before the caller's end to shortly after our first frame;
    what lies outside is shown as ``‹`` and ``›``.
    """
    rows = lanes(turn)
    if not rows:
        return []
    start, end = _window(turn.ledger, rows)
    per_column = (end - start) / width
    name_width = max(len(row.name) for row in rows)
    lines = []
    for row in rows:
        bar = _bar(row, start, per_column, width)
        took = row.end_ms - row.start_ms
        figure = f"{row.start_ms - start:+7.0f}" + (f" {took:6.0f} ms" if took else " " * 10)
        lines.append(f"{row.name:<{name_width}} {bar} {figure}{row.note}".rstrip())
    scale = f"0 = {start / 1000:.2f} s of the call; a column is {per_column:.0f} ms"
    lines.append(" " * (name_width + 1) + scale)
    return lines


def _lane(name: str, start_ms: float, end_ms: float, mark: str, note: str = "") -> Lane:
    return Lane(name=name, start_ms=start_ms, end_ms=max(start_ms, end_ms), mark=mark, note=note)


def _window(ledger: Ledger, rows: list[Lane]) -> tuple[float, float]:
    start = min(row.start_ms for row in rows)
    if ledger.speech_end_ms is not None:
        start = max(start, ledger.speech_end_ms - _BEFORE_MS)
    end = max(row.end_ms for row in rows)
    if ledger.first_frame_ms is not None:
        end = min(end, ledger.first_frame_ms + _AFTER_MS)
    return start, max(end, start + 1.0)


def _bar(row: Lane, start: float, per_column: float, width: int) -> str:
    first = int((row.start_ms - start) / per_column)
    last = max(first, int((row.end_ms - start) / per_column - 1e-9))
    cells = [row.mark if first <= column <= last else " " for column in range(width)]
    if first < 0 and last >= 0:
        cells[0] = "‹"
    if last >= width > first:
        cells[-1] = "›"
    return "".join(cells)

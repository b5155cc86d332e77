"""A flow as an SVG picture: steps downwards, what can come of each beside it, and where that leads.

No layout program: a scenario is a list of steps, so rows are enough, and a way that leaves its row
is named at its end instead of drawn across the picture.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from daemon.ctl.scenario_draw import COLOURS, goes_to
from daemon.ctl.scenario_flow import END, HUMAN, Box, Flow, Kind

_SIZE: Final = 13
_LINE: Final = 18
_PAD: Final = 10
_GAP: Final = 26
_STEP_X: Final = 24
_STEP_W: Final = 300
_OUT_X: Final = 390
_OUT_W: Final = 420
_TAG_X: Final = 840
_TAG_W: Final = 180
_WIDTH: Final = _TAG_X + _TAG_W + 24
_TOP: Final = 64
_FONT: Final = "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"


def svg(flow: Flow, chain: tuple[str, ...]) -> str:
    """The picture.

    Args:
        flow: what to draw.
        chain: what happens in turn when the caller says nothing, the last being a human.
    """
    picture = _Picture(flow)
    body = [*picture.rows(), *picture.chain(chain)]
    height = picture.bottom + 24
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-family="{_FONT}" font-size="{_SIZE}">'
    )
    arrow = (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#5b6b7b"/></marker></defs>'
    )
    ground = f'<rect width="{_WIDTH}" height="{height}" fill="#fbfcfd"/>'
    title = f'<text x="24" y="36" font-size="18" font-weight="600">{escape(flow.title)}</text>'
    return "\n".join([head, arrow, ground, title, *body, "</svg>", ""])


class _Picture:
    def __init__(self, flow: Flow) -> None:
        self.bottom = _TOP
        self._flow = flow

    def rows(self) -> Iterator[str]:
        steps = [box for box in self._flow.boxes if box.kind != "outcome" and box.id != HUMAN]
        for place, step in enumerate(steps):
            outcomes = [
                box
                for box in self._flow.boxes
                if box.kind == "outcome" and box.row == step.row and step.id != END
            ]
            top = self.bottom
            height = _height(step, _STEP_W)
            yield from _box(step, _STEP_X, top, _STEP_W, height)
            y = top
            for outcome in outcomes:
                yield from self._outcome(step, outcome, top, y)
                y += _height(outcome, _OUT_W) + _PAD
            self.bottom = max(top + height, y - _PAD if outcomes else 0) + _GAP
            if place + 1 < len(steps):
                yield from self._onward(step, top + height)

    def chain(self, chain: tuple[str, ...]) -> Iterator[str]:
        """The way of a caller who says nothing."""
        if not chain:
            return
        y = self.bottom + 10
        yield _text(
            _STEP_X, y, "The caller says nothing, or nothing that is understood:", "#1d2733"
        )
        x = _STEP_X
        for place, name in enumerate(chain):
            kind: Kind = "human" if place == len(chain) - 1 else "ask"
            width = round(_length(name)) + 2 * _PAD
            if place:
                yield _line(x - 24, y + 27, x, y + 27)
            yield from _tag(name, kind, x, y + 12, width)
            x += width + 24
        self.bottom = y + 12 + 30

    def _outcome(self, step: Box, outcome: Box, top: int, y: int) -> Iterator[str]:
        height = _height(outcome, _OUT_W)
        yield from _box(outcome, _OUT_X, y, _OUT_W, height)
        middle = y + _PAD + _LINE // 2
        edge = _STEP_X + _STEP_W
        bend = edge + (_OUT_X - edge) // 2
        yield _path(f"M{edge} {top + _PAD + _LINE // 2}H{bend}V{middle}H{_OUT_X}")
        target = next(way.target for way in self._flow.ways if way.source == outcome.id)
        name, kind = goes_to(self._flow, target)
        yield _line(_OUT_X + _OUT_W, middle, _TAG_X, middle)
        yield from _tag(_cut(name, _TAG_W - 2 * _PAD), kind, _TAG_X, middle - 15, _TAG_W)

    def _onward(self, step: Box, y: int) -> Iterator[str]:
        """The arrow to the next step, where something leads there."""
        mine = {step.id} | {
            way.target for way in self._flow.ways if way.source == step.id and "o" in way.target
        }
        rows = {
            self._flow.box(way.target).row: way.label
            for way in self._flow.ways
            if way.source in mine
        }
        label = rows.get(step.row + 1)
        if label is None:
            return
        x = _STEP_X + 40
        yield _line(x, y, x, self.bottom)
        if label:
            yield _text(x + 8, self.bottom - 8, label, "#5b6b7b")


def _box(box: Box, x: int, y: int, width: int, height: int) -> Iterator[str]:
    fill, line = COLOURS[box.kind]
    yield (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{fill}" '
        f'stroke="{line}"/>'
    )
    at = y + _PAD + _SIZE
    for row in _wrap(box.title, width - 2 * _PAD):
        yield _text(x + _PAD, at, row, line, bold=True)
        at += _LINE
    for said in box.said:
        for row in _wrap(said, width - 2 * _PAD):
            yield _text(x + _PAD, at, row, "#1d2733")
            at += _LINE


def _tag(text: str, kind: Kind, x: int, y: int, width: int) -> Iterator[str]:
    fill, line = COLOURS[kind]
    yield (
        f'<rect x="{x}" y="{y}" width="{width}" height="30" rx="15" fill="{fill}" stroke="{line}"/>'
    )
    yield _text(x + _PAD, y + 20, text, line)


def _text(x: int, y: int, text: str, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x}" y="{y}" fill="{colour}"{weight}>{escape(text)}</text>'


def _line(x1: int, y1: int, x2: int, y2: int) -> str:
    return _path(f"M{x1} {y1}L{x2} {y2}")


def _path(data: str) -> str:
    return f'<path d="{data}" fill="none" stroke="#5b6b7b" marker-end="url(#arrow)"/>'


def _height(box: Box, width: int) -> int:
    rows = [*_wrap(box.title, width - 2 * _PAD)]
    for said in box.said:
        rows += _wrap(said, width - 2 * _PAD)
    return len(rows) * _LINE + 2 * _PAD - 4


def _wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` pixels, cut at spaces or between wide characters."""
    lines, line = [], ""
    for word in _words(text):
        if line and _length(line + word) > width:
            lines.append(line.rstrip())
            line = ""
        line += word
    return [*lines, line.rstrip()]


def _words(text: str) -> Iterator[str]:
    word = ""
    for character in text:
        word += character
        if character == " " or _wide(character):
            yield word
            word = ""
    if word:
        yield word


def _cut(text: str, width: int) -> str:
    if _length(text) <= width:
        return text
    while text and _length(text + "…") > width:
        text = text[:-1]
    return text + "…"


def _length(text: str) -> float:
    """Pixels, about: no font is at hand."""
    return sum(_SIZE if _wide(character) else 0.56 * _SIZE for character in text)


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")

"""The listeners' opinion as an SVG picture: scores with intervals, and who was taken for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from daemon.voices.listening.opinion import Mos, Opinion, Same
from daemon.voices.listening.trials import Condition

NAMES: Final[dict[Condition, str]] = {
    "real": "the person",
    "fitted": "fitted voice",
    "stock": "stock voice",
}
_COLOURS: Final[dict[Condition, str]] = {"real": "#8a8378", "fitted": "#0b6455", "stock": "#b06a2c"}
_FONT: Final = "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_WIDTH: Final = 760
_LEFT: Final = 150
_RIGHT: Final = 640
_HEAD: Final = 52
_NAME: Final = 30
_ROW: Final = 28
_GAP: Final = 34
_WORDS: Final = ("Bad", "Poor", "Fair", "Good", "Excellent")


def svg(opinion: Opinion, title: str) -> str:
    """The picture; every figure in it also stands as text."""
    body: list[str] = []
    bottom = 60
    words = [(place + 1.0, f"{place + 1} {word}") for place, word in enumerate(_WORDS)]
    quarters = [(share / 4, f"{25 * share} %") for share in range(5)]
    for found, what, marks in (
        (opinion.mos, "Mean opinion score (ITU-T P.800), 95 %", words),
        (opinion.same, "“This is the same person”, share of yes, 95 %", quarters),
    ):
        if found:
            drawn, bottom = _part(found, what, marks, bottom)
            body += drawn
    height = bottom
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-family="{_FONT}" font-size="13" fill="#211f1c">'
    )
    ground = f'<rect width="{_WIDTH}" height="{height}" fill="#fbf9f5"/>'
    name = f'<text x="24" y="38" font-size="19" font-weight="600">{escape(title)}</text>'
    return "\n".join([head, ground, name, *body, "</svg>", ""])


def _part(
    found: Sequence[Mos | Same], what: str, marks: Sequence[tuple[float, str]], top: int
) -> tuple[list[str], int]:
    """One question's rows under the names of the voices, and where they end."""
    span = marks[0][0], marks[-1][0]
    voices = list(dict.fromkeys(one.voice for one in found))
    bottom = top + _HEAD + len(voices) * _NAME + len(found) * _ROW
    drawn = [_head(what, top), *_scale(marks, span, top + _HEAD - 12, bottom)]
    y = top + _HEAD
    for voice in voices:
        drawn.append(f'<text x="24" y="{y + 20}" font-weight="600">{escape(voice)}</text>')
        y += _NAME
        for one in found:
            if one.voice == voice:
                drawn.append(_row(one, span, y + _ROW // 2))
                y += _ROW
    return drawn, bottom + _GAP


def _head(text: str, top: int) -> str:
    return f'<text x="24" y="{top + 12}" font-size="14">{escape(text)}</text>'


def _scale(
    marks: Sequence[tuple[float, str]], span: tuple[float, float], top: int, bottom: int
) -> Iterator[str]:
    for value, label in marks:
        x = _x(value, span)
        yield (
            f'<line x1="{x:.1f}" y1="{top + 8}" x2="{x:.1f}" y2="{bottom}" stroke="#dcd5c8"/>'
            f'<text x="{x:.1f}" y="{top}" text-anchor="middle" font-size="11" fill="#696359">'
            f"{escape(label)}</text>"
        )


def _row(one: Mos | Same, span: tuple[float, float], y: int) -> str:
    value = one.mean if isinstance(one, Mos) else one.share
    said = f"{value:.2f}" if isinstance(one, Mos) else f"{100 * value:.0f} %"
    colour = _COLOURS[one.condition]
    return (
        f'<text x="24" y="{y + 4}" fill="#696359">{NAMES[one.condition]}</text>'
        f'<line x1="{_x(one.low, span):.1f}" y1="{y}" x2="{_x(one.high, span):.1f}" y2="{y}" '
        f'stroke="{colour}" stroke-width="3" stroke-linecap="round"/>'
        f'<circle cx="{_x(value, span):.1f}" cy="{y}" r="6" fill="{colour}"/>'
        f'<text x="{_RIGHT + 40}" y="{y + 4}" font-weight="600">{said}</text>'
    )


def _x(value: float, span: tuple[float, float]) -> float:
    return _LEFT + (value - span[0]) / (span[1] - span[0]) * (_RIGHT - _LEFT)

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
_LEFT: Final = 190
_RIGHT: Final = 640
_ROW: Final = 34
_GAP: Final = 30
_WORDS: Final = ("Bad", "Poor", "Fair", "Good", "Excellent")


def svg(opinion: Opinion, title: str) -> str:
    """The picture; every figure in it also stands as text."""
    body: list[str] = []
    bottom = 64
    if opinion.mos:
        body += _head("Mean opinion score (ITU-T P.800), 95 %", bottom)
        body += _scale(
            [(place + 1, f"{place + 1} {word}") for place, word in enumerate(_WORDS)],
            (1.0, 5.0),
            bottom + 26,
            len(opinion.mos),
        )
        bottom += 44
        body += _rows(opinion.mos, bottom)
        bottom += _ROW * len(opinion.mos) + _GAP
    if opinion.same:
        body += _head("“This is the same person”, share of yes, 95 %", bottom)
        body += _scale(
            [(share / 4, f"{25 * share} %") for share in range(5)],
            (0.0, 1.0),
            bottom + 26,
            len(opinion.same),
        )
        bottom += 44
        body += _rows(opinion.same, bottom)
        bottom += _ROW * len(opinion.same)
    height = bottom + 20
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-family="{_FONT}" font-size="13" fill="#211f1c">'
    )
    ground = f'<rect width="{_WIDTH}" height="{height}" fill="#fbf9f5"/>'
    name = f'<text x="24" y="38" font-size="19" font-weight="600">{escape(title)}</text>'
    return "\n".join([head, ground, name, *body, "</svg>", ""])


def _head(text: str, top: int) -> Iterator[str]:
    yield f'<text x="24" y="{top + 8}" font-weight="600">{escape(text)}</text>'


def _scale(
    marks: Sequence[tuple[float, str]], span: tuple[float, float], top: int, rows: int
) -> Iterator[str]:
    for value, label in marks:
        x = _x(value, span)
        yield (
            f'<line x1="{x:.1f}" y1="{top + 8}" x2="{x:.1f}" y2="{top + 14 + rows * _ROW}" '
            'stroke="#dcd5c8"/>'
            f'<text x="{x:.1f}" y="{top}" text-anchor="middle" font-size="11" fill="#696359">'
            f"{escape(label)}</text>"
        )


def _rows(found: Sequence[Mos | Same], top: int) -> Iterator[str]:
    for place, one in enumerate(found):
        y = top + place * _ROW + _ROW // 2
        value, span = (one.mean, (1.0, 5.0)) if isinstance(one, Mos) else (one.share, (0.0, 1.0))
        said = f"{value:.2f}" if isinstance(one, Mos) else f"{100 * value:.0f} %"
        colour = _COLOURS[one.condition]
        yield (
            f'<text x="24" y="{y + 4}"><tspan font-weight="600">{escape(one.voice)}</tspan> '
            f'<tspan fill="#696359">{NAMES[one.condition]}</tspan></text>'
            f'<line x1="{_x(one.low, span):.1f}" y1="{y}" x2="{_x(one.high, span):.1f}" y2="{y}" '
            f'stroke="{colour}" stroke-width="3" stroke-linecap="round"/>'
            f'<circle cx="{_x(value, span):.1f}" cy="{y}" r="6" fill="{colour}"/>'
            f'<text x="{_RIGHT + 40}" y="{y + 4}" font-weight="600">{said}</text>'
        )


def _x(value: float, span: tuple[float, float]) -> float:
    return _LEFT + (value - span[0]) / (span[1] - span[0]) * (_RIGHT - _LEFT)

"""A flow as text that draws: Mermaid for a Markdown page, DOT for Graphviz, SVG by itself."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from daemon.ctl.scenario_flow import END, HUMAN, Box, Flow, Kind

COLOURS: Final[dict[Kind, tuple[str, str]]] = {
    "start": ("#e8eef7", "#44608a"),
    "ask": ("#eaf4ea", "#3f7a4a"),
    "confirm": ("#fdf3d8", "#a07912"),
    "reads": ("#eef1f4", "#5b6b7b"),
    "writes": ("#f9e4e0", "#b04a36"),
    "outcome": ("#ffffff", "#66727f"),
    "end": ("#e8eef7", "#44608a"),
    "human": ("#f3e6f7", "#7d4a91"),
    "other": ("#ffffff", "#5b6b7b"),
}
"""Fill and line of each kind of box."""


def mermaid(flow: Flow) -> str:
    """A Markdown page with a Mermaid flow chart."""
    lines = [f"# {flow.title}", "", "```mermaid", "flowchart TD"]
    for box in flow.boxes:
        text = "<br>".join(_quoted(part) for part in (box.title, *box.said))
        opening, closing = ("{{", "}}") if box.kind == "confirm" else ("[", "]")
        lines.append(f'  {box.id}{opening}"{text}"{closing}')
    for way in flow.ways:
        label = f"|{_quoted(way.label)}|" if way.label else ""
        lines.append(f"  {way.source} -->{label} {way.target}")
    for kind, (fill, line) in COLOURS.items():
        named = ",".join(box.id for box in flow.boxes if box.kind == kind)
        if named:
            lines.append(f"  classDef {kind}_box fill:{fill},stroke:{line},color:#1d2733")
            lines.append(f"  class {named} {kind}_box")
    return "\n".join([*lines, "```", ""])


def dot(flow: Flow) -> str:
    """A Graphviz document."""
    lines = [
        f"digraph {_dot(flow.title)} {{",
        '  node [shape=box, style="filled,rounded", fontname="sans-serif"];',
    ]
    for box in flow.boxes:
        fill, line = COLOURS[box.kind]
        text = _dot("\n".join((box.title, *box.said)))
        lines.append(f'  {box.id} [label={text}, fillcolor="{fill}", color="{line}"];')
    for way in flow.ways:
        label = f" [label={_dot(way.label)}]" if way.label else ""
        lines.append(f"  {way.source} -> {way.target}{label};")
    return "\n".join([*lines, "}", ""])


def goes_to(flow: Flow, target: str) -> tuple[str, Kind]:
    """How a picture names the end of a way."""
    if target == END:
        return "anything else?", "end"
    if target == HUMAN:
        return "human", "human"
    box: Box = flow.box(target)
    return box.title.partition(" (")[0], box.kind


def _quoted(text: str) -> str:
    return escape(text).replace('"', "#quot;").replace("|", "#124;")


def _dot(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\l")
    return f'"{plain}"'

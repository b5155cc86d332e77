"""What each kernel of the core costs, beside the library that people would take instead.

Both are timed in turns in one process, on one thread: the ratio is the median over the rounds of
theirs ÷ ours, the crossing from Python included. Peers that need torch run in ``.venv-train``
(``make setup-train``), ours beside them in the same child.

    python -m benchmarks.core                    about five minutes
    python -m benchmarks.core --quick            within 50 s
    python -m benchmarks.core --only features    one family
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import core_rows
from benchmarks.core_rows.duel import QUICK_ROUNDS, ROUNDS, Budget, Duel, Row, fight, spend
from benchmarks.hardware import Hardware, hardware
from benchmarks.results import FOLDER, save
from engines import _core

NOT_FAMILIES: Final = frozenset({"duel"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write ``results/core.json``; 1 where a figure is short."""
    options = _parser().parse_args(arguments)
    _one_thread()
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    console = Console(stderr=True)
    rows: list[Row] = []
    with Progress(console=console, transient=True) as progress:
        chosen = options.only or families()
        task = progress.add_task("core", total=len(chosen))
        for family in chosen:
            progress.update(task, description=family)
            rows += measured(family, rounds)
            progress.advance(task)
    Console().print(table(rows))
    ratio = ratios(rows)
    figures = {
        "build": _core.build_info(),
        "rounds": rounds,
        "ratio": ratio,
        "rows": msgspec.to_builtins(rows),
    }
    if options.json is not None or not (options.only or options.quick):
        save("core", figures, options.json)
    return 1 if any(row.short for row in rows) else 0


def families() -> list[str]:
    """Names of the modules in ``core_rows``."""
    found = (module.name for module in pkgutil.iter_modules(core_rows.__path__))
    return sorted(name for name in found if name not in NOT_FAMILIES and "_child" not in name)


def measured(family: str, rounds: int) -> Iterator[Row]:
    """The rows of one family.

    Its module has ``duels() -> list[Duel | Budget]``, and where a peer lives in another process
    ``measured(rounds) -> list[Row]``.
    """
    module = importlib.import_module(f"benchmarks.core_rows.{family}")
    duels: Callable[[], list[Duel | Budget]] = getattr(module, "duels", list)
    for each in duels():
        if isinstance(each, Duel):
            yield fight(family, each, rounds)
        else:
            yield spend(family, each, rounds)
    elsewhere: Callable[[int], list[Row]] = getattr(module, "measured", lambda _: [])
    yield from elsewhere(rounds)


def ratios(rows: Sequence[Row]) -> dict[str, float | None]:
    """The worst ratio of each key of which something is required."""
    worst: dict[str, float | None] = {}
    for row in rows:
        if row.required is not None:
            known = [value for value in (worst.get(row.key), row.ratio) if value is not None]
            worst[row.key] = min(known, default=None)
    return worst


def table(rows: Sequence[Row]) -> Table:
    """For a terminal."""
    shown = Table("what", "ours", "peer", "theirs", "ratio", "required", title=hardware().line())
    for row in rows:
        shown.add_row(*cells(row), style="red" if row.short else None)
    return shown


def cells(row: Row) -> tuple[str, str, str, str, str, str]:
    """What stands in one line, in words."""
    if row.unit and row.value is not None:
        limit = "" if row.limit is None else f"≤ {row.limit:g} {row.unit}"
        return (row.what, f"{row.value:.3g} {row.unit}", "", "", "", _verdict(row, limit))
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}×"
    required = "" if row.required is None else f"≥ {row.required:g}×"
    theirs = "" if row.theirs_us is None else time_text(row.theirs_us)
    ours = time_text(row.ours_us) if row.ours_us else ""
    return (row.what, ours, row.peer, theirs, ratio, _verdict(row, required))


def time_text(microseconds: float) -> str:
    """``12.3 µs`` or ``1.23 ms``."""
    if microseconds < 1000:
        return f"{microseconds:.3g} µs"
    return f"{microseconds / 1000:.3g} ms"


def required_table() -> str:
    """The rows of ``results/core.json`` of which something is required, for documents."""
    machine = msgspec.convert(_document()["hardware"], Hardware)
    asked = [row for row in _saved() if row.required is not None or row.limit is not None]
    return f"{machine.line()}.\n\n{_markdown(asked)}"


def other_table() -> str:
    """Its other rows."""
    return _markdown([row for row in _saved() if row.required is None and row.limit is None])


def _saved() -> list[Row]:
    return msgspec.convert(_document()["rows"], list[Row])


def _document() -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode((FOLDER / "core.json").read_bytes())
    return document


def _markdown(rows: list[Row]) -> str:
    head = ["| what | ours | peer | theirs | ratio | required |", "|" + " --- |" * 6]
    return "\n".join(head + [f"| {' | '.join(cells(row))} |" for row in rows])


def _one_thread() -> None:
    """Before a family loads numpy, which asks for its threads once."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"


def _verdict(row: Row, asked: str) -> str:
    words = [asked, "SHORT" if row.short else "", row.note]
    return "; ".join(word for word in words if word)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: python -m benchmarks.core --only features resample",
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, nothing is saved")
    parser.add_argument(
        "--only", nargs="+", choices=families(), metavar="FAMILY", help="one of %(choices)s"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())

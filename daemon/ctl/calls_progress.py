"""How far a long walk over the calls has come: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from daemon.ctl.output import people

Item = TypeVar("Item")


def counted(items: Iterable[Item], total: int, doing: str) -> Iterator[Item]:
    """``items``, while a bar on standard error counts them; it vanishes at the end."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    disable = not people.is_terminal
    with Progress(*columns, console=people, transient=True, disable=disable) as progress:
        yield from progress.track(items, total=total, description=doing)

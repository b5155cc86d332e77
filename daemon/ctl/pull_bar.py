"""The progress bar of a pull: one row an archive, with bytes, rate and time left."""

from __future__ import annotations

import threading

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from daemon.ctl.output import people


class PullBar:
    """Watches a pull (``daemon.objects.fetch.Watcher``) from several threads."""

    def __init__(self, console: Console = people) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<44}"),
            BarColumn(bar_width=24),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
        )
        self._rows: dict[str, TaskID] = {}
        self._lock = threading.Lock()
        self._quiet = not console.is_terminal

    def __enter__(self) -> PullBar:
        """Begin to draw, where there is a terminal."""
        if not self._quiet:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last state on the screen."""
        self._progress.stop()

    def loading(self, what: str, done_bytes: int, total_bytes: int) -> None:
        """Move an archive's row; without a terminal, a line at its beginning and end."""
        with self._lock:
            if what not in self._rows:
                self._rows[what] = self._progress.add_task(what, total=total_bytes)
                if self._quiet:
                    self._say(f"{what}: {total_bytes / 1e6:.0f} MB …")
            row = self._rows[what]
            if done_bytes >= total_bytes and self._quiet and not self._progress.tasks[row].finished:
                self._say(f"{what}: here")
            self._progress.update(row, completed=done_bytes)

    def stored(self, name: str) -> None:
        """Objects are stored within moments of their archive: nothing is drawn."""

    def trouble(self, message: str) -> None:
        """Say what failed, above the bars."""
        self._say(f"[yellow]{message}[/yellow]")

    def _say(self, text: str) -> None:
        self._progress.console.print(text, soft_wrap=True)

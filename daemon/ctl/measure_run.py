"""``kefuctl doctor --measure``: the bar while it runs, the curve, and the number that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from daemon import control
from daemon.ctl.control_client import ControlClient
from daemon.ctl.errors import CallsInProgress, CannotWrite
from daemon.ctl.measure import Measurement, measure
from daemon.ctl.output import people, shown
from daemon.release import capacity
from daemon.settings import Settings
from kefu.errors import GatewayUnreachable, KefuError

LIMIT_MIB: Final = 40.0
"""A further call may cost so much memory."""

BUSY_SHARE: Final = 0.10
"""Of all cores, by other programs: more than this and the number found is too low."""


def measure_and_store(state: Path, run: Path, release: str, settings: Settings) -> Measurement:
    """Measure with a bar on the terminal, store the number, and tell a gateway that runs here.

    Raises:
        CallsInProgress: callers would suffer.
        CannotWrite: the number cannot be stored.
        NoRelease, GatewayAway …: as ``measure``.
    """
    _refuse_with_calls(run)
    with _Bar() as bar:
        found = measure(state, release, settings, told=bar.tell)
    path = state / capacity.FILE
    try:
        capacity.store(path, found.capacity())
    except OSError as reason:
        raise CannotWrite(
            f"{path}: {reason.strerror}.", mend="Check the folder's owner and the free space."
        ) from reason
    people.print(f"stored: {path}")
    _tell_gateway(run, found)
    return found


def curve_table(found: Measurement) -> Table:
    """The curve for people, one row a number of calls."""
    table = Table(box=None, pad_edge=False)
    for heading in ("calls", "turns", "every", "wait p50", "p95", "no answer", "CPU", "memory", ""):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for step in found.curve:
        table.add_row(
            str(step.calls),
            str(step.turns),
            _seconds(step.every_s, 1),
            _seconds(step.wait_p50_s),
            _seconds(step.wait_p95_s),
            str(step.unanswered),
            f"{step.cpu_share:.0%}",
            f"{step.pss_mib:.0f} MiB",
            "[green]fits[/green]" if step.within else "[red]too many[/red]",
        )
    return table


def verdict(found: Measurement) -> list[str]:
    """What the curve means, in words."""
    calls = f"{found.max_calls} calls at once fit"
    if found.max_calls == 1:
        calls = "1 call at once fits"
    machine = f"{found.machine.cores} cores of {shown(found.machine.cpu)}"
    lines = [f"{calls}: release {shown(found.release)}, {machine}"]
    if not found.within:
        lines = [f"[yellow]Not even one call keeps {found.wait_limit_s} s; one is taken.[/yellow]"]
    elif not found.complete:
        lines.append("[yellow]The time was up before one call more was too many.[/yellow]")
    others = max((step.others_share for step in found.curve), default=0.0)
    if others > BUSY_SHARE:
        lines.append(
            f"[yellow]Other programs used up to {others:.0%} of the cores: measure again when they "
            "rest.[/yellow]"
        )
    per_call = found.pss_per_call_mib
    if per_call is not None:
        sign = "" if per_call <= LIMIT_MIB else f" [yellow](more than {LIMIT_MIB:.0f})[/yellow]"
        lines.append(f"each further call: {per_call:.0f} MiB{sign}")
    return lines


class _Bar:
    """Drawn from the first calls on; starting the service has a bar of its own."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=people, transient=True)
        self._task: TaskID | None = None
        self._told = ""

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, text: str, share: float) -> None:
        if share <= 0 or not people.is_terminal:
            if text != self._told:
                people.print(f"{text} …")
        elif self._task is None:
            self._task = self._progress.add_task(text, total=1.0)
            self._progress.start()
        else:
            self._progress.update(self._task, description=text, completed=share)
        self._told = text


def _refuse_with_calls(run: Path) -> None:
    try:
        with ControlClient(run / control.SOCKET) as client:
            calls = client.ask(control.StatusRequest(), control.Status).calls
    except GatewayUnreachable:
        return
    if calls:
        raise CallsInProgress(f"The gateway at {run} holds {calls} calls.")


def _tell_gateway(run: Path, found: Measurement) -> None:
    """A gateway that runs takes the number up at once; another one when its worker arrives."""
    try:
        with ControlClient(run / control.SOCKET) as client:
            asked = control.MeasureRequest(max_calls=found.max_calls)
            taken = client.ask(asked, control.Measured)
    except GatewayUnreachable:
        return
    except KefuError as error:
        people.print(f"[yellow]The gateway has not taken it up:[/yellow] {shown(error.message)}")
        return
    if taken.max_calls_from == "measured":
        people.print(f"The gateway now takes {taken.max_calls} calls.")
    else:
        people.print(f"The gateway takes {taken.max_calls} calls, by its {taken.max_calls_from}.")


def _seconds(seconds: float | None, digits: int = 2) -> str:
    return "–" if seconds is None else f"{seconds:.{digits}f} s"

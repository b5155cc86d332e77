"""``kefuctl status``: how the gateway is, on one screen."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import RenderableType
from rich.live import Live
from rich.table import Table

from daemon import control
from daemon.ctl import places
from daemon.ctl.control_client import ControlClient, control_path
from daemon.ctl.output import print_json, results, shown
from kefu.client import Client
from kefu.errors import GatewayUnreachable

_EVERY_S: Final = 1.0
_STATES: Final[dict[str, str]] = {
    "serving": "[green]serving[/green]",
    "no_worker": "[yellow]up, waiting for its worker[/yellow]",
    "draining": "[yellow]draining: no new calls[/yellow]",
}
_DRAINED: Final = "[green]drained: stop kefud now[/green]"
_SOURCES: Final[dict[control.LimitSource, str]] = {
    "": "",
    "setting": "set by gateway.max_calls",
    "measured": "measured",
    "cores": "one a core; `kefuctl doctor --measure` finds how many fit",
    "worker": "the worker's capacity",
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    address: str
    state: str
    """``serving``, ``no_worker`` or ``draining``."""
    calls: int
    free: int
    details: control.Status | None = None
    """null where the gateway answers PING but has no control socket."""


def status(
    calls: Annotated[bool, typer.Option("--calls", help="The live calls, one a line.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Again each second, until Ctrl-C.")
    ] = False,
    state: places.State = places.STATE,
    run: places.Run = None,
    json: places.Json = False,
) -> None:
    """Ask the gateway how it is. Exit code 3 where nobody answers.

    Examples:
        kefuctl status --watch

        kefuctl status --calls

        kefuctl status --json | jq .free
    """
    look = _look_at_calls if calls else _look
    if watch:
        with contextlib.suppress(KeyboardInterrupt):
            _watch(lambda: look(state, run), json=json)
        return
    document, picture = look(state, run)
    if json:
        print_json(document)
    else:
        results.print(picture)


Look = tuple[Report | tuple[control.LiveCall, ...], RenderableType]
"""For scripts, and for people."""


def _look(state: Path, run: Path | None) -> Look:
    address = places.address(state, run)
    try:
        with ControlClient(control_path(state, run)) as client:
            told = client.ask(control.StatusRequest(), control.Status)
    except GatewayUnreachable:
        return _ping(address)
    report = Report(
        address=address, state=told.state, calls=told.calls, free=told.free, details=told
    )
    return report, screen(told)


def _ping(address: str) -> Look:
    """A gateway without a control socket still answers its clients."""
    with Client(address, timeout_s=2.0) as client:
        pong = client.ping()
    report = Report(address=address, state=pong.state, calls=pong.calls, free=pong.free)
    said = f"{_STATES[pong.state]}: {pong.calls} calls, room for {pong.free} more"
    return report, f"{said}\n[dim]It has no control socket: this is all it tells.[/dim]"


def _look_at_calls(state: Path, run: Path | None) -> Look:
    with ControlClient(control_path(state, run)) as client:
        live = client.ask(control.CallsRequest(), control.Calls).calls
    return live, calls_table(live) if live else "No calls."


def _watch(look: Callable[[], Look], *, json: bool) -> None:
    """Until Ctrl-C; a gateway that is away meanwhile is waited for."""
    if json:
        while True:
            print_json(look()[0])
            time.sleep(_EVERY_S)
    with Live(console=results, auto_refresh=False) as live:
        while True:
            try:
                picture = look()[1]
            except GatewayUnreachable as error:
                picture = f"[red]{shown(error.message)}[/red]"
            live.update(picture, refresh=True)
            time.sleep(_EVERY_S)


def screen(told: control.Status) -> Table:
    """The gateway for people, one row a subject."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    worker = f"{shown(told.slot)} is {told.worker}" if told.slot else "none yet"
    if told.worker == "drained":
        worker = f"{shown(told.slot)} has ended"
    is_so = _DRAINED if told.worker == "drained" else _STATES[told.state]
    table.add_row("state", f"{is_so}, up {duration(told.uptime_s)}")
    table.add_row("release", f"{shown(told.release) or '–'} (worker {worker})")
    most = f"{told.calls}, no new ones are taken"
    if told.state == "serving":
        most = f"{told.calls} of {told.max_calls}, room for {told.free} more"
    source = _SOURCES[told.max_calls_from]
    table.add_row("calls", f"{most} [dim]({source})[/dim]" if source else most)
    if told.waits is None:
        table.add_row("waits", "no turn yet")
    else:
        waits = f"half within {told.waits.p50_s:.2f} s, 95 % within {told.waits.p95_s:.2f} s"
        table.add_row("waits", f"{waits} [dim](last {told.waits.turns} turns)[/dim]")
    refused = ", ".join(f"{shown(code)} {count}" for code, count in told.refusals.items())
    table.add_row("refused", refused or "nothing")
    table.add_row("not stored", _alarming(told.events_not_stored, " events"))
    table.add_row("faults", _alarming(told.faults, "; the gateway's log has them"))
    failed = "; `kefuctl logs` has them as 'stage failed' and 'stage late'"
    table.add_row("engines", _alarming(told.stages_failed, f" failures{failed}"))
    if told.recordings:
        table.add_row("recording", f"{told.recordings} calls")
    return table


def calls_table(live: tuple[control.LiveCall, ...]) -> Table:
    """One row a call."""
    table = Table(box=None, pad_edge=False)
    for heading in ("call", "since", "scenario", "", "turns", "state", "last action"):
        table.add_column(heading, justify="right" if heading in ("since", "turns") else "left")
    for call in live:
        table.add_row(
            call.call[:12],
            duration(call.age_s),
            shown(call.scenario),
            shown(call.language),
            str(call.turns),
            call.state if call.state == "live" else f"[yellow]{call.state}[/yellow]",
            shown(call.action),
        )
    return table


def duration(seconds: float) -> str:
    """``48 s``, ``3 min 20 s``, ``2 h 5 min``, ``3 d 4 h``."""
    whole = int(seconds)
    for unit, next_unit, size, part in (
        ("d", "h", 86_400, 3_600),
        ("h", "min", 3_600, 60),
        ("min", "s", 60, 1),
    ):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {next_unit}"
    return f"{whole} s"


def _alarming(count: int, what: str) -> str:
    return f"[red]{count}{what}[/red]" if count else "none"

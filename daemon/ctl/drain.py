"""``kefuctl drain``: no new calls from now on, and wait until the last one has ended."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import msgspec
import typer

from daemon import control
from daemon.ctl import places
from daemon.ctl.control_client import ControlClient, control_path
from daemon.ctl.output import people, print_json, results
from daemon.ctl.status import calls_table

_EVERY_S: Final = 0.5
_INTERRUPTED: Final = 130


class Drained(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    calls: int
    """When the drain began."""
    left: int
    """0, or where it was interrupted those that still lived."""
    waited_s: float


def drain(
    state: places.State = places.STATE,
    run: places.Run = None,
    json: places.Json = False,
) -> None:
    """Let the calls end and take no new one, before a stop or an upgrade.

    New callers are told `draining`, so that their PBX sends them elsewhere. Ctrl-C ends the
    waiting and not the drain: only a new start of the gateway takes calls again.

    Examples:
        kefuctl drain && systemctl stop kefu.target

        kefuctl drain --json
    """
    began = time.monotonic()
    first = _drain(state, run)
    try:
        _wait(state, run, first, quiet=json)
        left = 0
    except KeyboardInterrupt:
        left = _drain(state, run)
        people.print("The drain stays on.")
    waited_s = round(time.monotonic() - began, 1)
    if json:
        print_json(Drained(calls=first, left=left, waited_s=waited_s))
    elif left == 0:
        results.print(f"No calls are left, after {waited_s:.0f} s: drained; stop kefud now.")
    if left:
        raise typer.Exit(_INTERRUPTED)


def _drain(state: Path, run: Path | None) -> int:
    """Ask for it; how many calls still live. Asking twice changes nothing."""
    with ControlClient(control_path(state, run)) as client:
        return client.ask(control.DrainRequest(), control.Draining).calls


def _wait(state: Path, run: Path | None, first: int, *, quiet: bool) -> None:
    """Until no call is left; each time that one has ended, those that live are shown."""
    told = -1
    with ControlClient(control_path(state, run)) as client:
        while live := client.ask(control.CallsRequest(), control.Calls).calls:
            if len(live) != told and not quiet:
                told = len(live)
                people.print(f"{told} of {first} calls are left; new ones are refused.")
                people.print(calls_table(live))
            time.sleep(_EVERY_S)

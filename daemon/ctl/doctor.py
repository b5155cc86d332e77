"""``kefuctl doctor``: what is missing, and the exact command that mends it."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer
from rich.markup import escape

from daemon.ctl import places
from daemon.ctl.checks import Check, Verdict, examine
from daemon.ctl.door_check import asterisk
from daemon.ctl.output import print_json, results
from daemon.settings import load_settings

_EXIT_MISSING: Final = 7
_SIGNS: Final[dict[Verdict, str]] = {
    "ok": "[green]ok     [/green]",
    "weak": "[yellow]weak   [/yellow]",
    "missing": "[red]missing[/red]",
}


def doctor(
    measure: Annotated[
        bool,
        typer.Option("--measure", help="Also find how many calls fit; about 5 minutes."),
    ] = False,
    state: places.State = places.STATE,
    run: places.Run = None,
    release: places.ReleaseName = places.RELEASE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Examine this machine. Exit code 7 where something is missing.

    With --measure recorded callers talk to a gateway and a worker of the measurement's own, more
    and more of them at once; the most whose waits stay short is stored in STATE/capacity.json and
    is what the gateway admits.

    Examples:
        kefuctl doctor

        kefuctl doctor --measure

        kefuctl doctor --json | jq '.[] | select(.verdict != "ok")'
    """
    settings = load_settings(config)
    folder = places.run_folder(state, run)
    checks = [*examine(state, folder, release, settings), asterisk(settings)]
    missing = any(check.verdict == "missing" for check in checks)
    document: Any = checks
    if not json:
        print_checks(checks)
    if measure and not missing:
        # Not above: `doctor` must work where the engines cannot be imported.
        from daemon.ctl import measure_run

        found = measure_run.measure_and_store(state, folder, release, settings)
        document = {"checks": checks, "measurement": found}
        if not json:
            results.print()
            results.print(measure_run.curve_table(found))
            for line in measure_run.verdict(found):
                results.print(line, soft_wrap=True)
    if json:
        print_json(document)
    if missing:
        raise typer.Exit(_EXIT_MISSING)


def print_checks(checks: list[Check]) -> None:
    """One line a check, and its mend below it."""
    for check in checks:
        results.print(
            f"{_SIGNS[check.verdict]}  {check.name:<10} {escape(check.found)}", soft_wrap=True
        )
        if check.mend:
            results.print(f"         {'':<10} → {escape(check.mend)}", soft_wrap=True)

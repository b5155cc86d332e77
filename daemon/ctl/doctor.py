"""``kefuctl doctor``: what is missing, and the exact command that mends it."""

from __future__ import annotations

from typing import Final

import typer
from rich.markup import escape

from daemon.ctl import places
from daemon.ctl.checks import Verdict, examine
from daemon.ctl.output import print_json, results
from daemon.settings import load_settings

_EXIT_MISSING: Final = 7
_SIGNS: Final[dict[Verdict, str]] = {
    "ok": "[green]ok     [/green]",
    "weak": "[yellow]weak   [/yellow]",
    "missing": "[red]missing[/red]",
}


def doctor(
    state: places.State = places.STATE,
    run: places.Run = None,
    release: places.ReleaseName = places.RELEASE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Examine this machine. Exit code 7 where something is missing.

    Examples:
        kefuctl doctor

        kefuctl doctor --json | jq '.[] | select(.verdict != "ok")'
    """
    checks = examine(state, places.run_folder(state, run), release, load_settings(config))
    if json:
        print_json(checks)
    else:
        for check in checks:
            results.print(
                f"{_SIGNS[check.verdict]}  {check.name:<10} {escape(check.found)}", soft_wrap=True
            )
            if check.mend:
                results.print(f"         {'':<10} → {escape(check.mend)}", soft_wrap=True)
    if any(check.verdict == "missing" for check in checks):
        raise typer.Exit(_EXIT_MISSING)

"""``kefuctl calls list``: the last calls, one a row."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from daemon.ctl import places
from daemon.ctl.calls_options import (
    Outcome,
    Scenario,
    Since,
    existing_records,
    instant,
    local,
)
from daemon.ctl.output import print_json, results, shown
from daemon.records.reader import Filter, list_calls
from kefu.records import CallSummary


def listing(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 20,
    since: Since = "",
    scenario: Scenario = "",
    outcome: Outcome = None,
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """List the last calls.

    Examples:
        kefuctl calls list

        kefuctl calls list --since 7d --outcome transferred

        kefuctl calls list --limit 500 --json | jq -r '.[].call'
    """
    wanted = Filter(since=instant(since, "--since"), scenario=scenario, outcome=outcome or "")
    records = existing_records(state)
    calls = list_calls(records, limit, wanted) if records is not None else []
    if json:
        print_json(calls)
        return
    chosen = bool(since or scenario or outcome)
    nothing = "No such calls are recorded." if chosen else "No calls are recorded yet."
    results.print(_table(calls) if calls else nothing)


def _table(calls: list[CallSummary]) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for heading in ("call", "opened", "scenario", "", "turns", "length", "outcome", "cause"):
        right = heading in ("turns", "length")
        table.add_column(
            heading,
            justify="right" if right else "left",
            no_wrap=right or heading in ("call", "opened"),
        )
    for call in calls:
        table.add_row(
            call.call[:12],
            local(call.opened_at),
            shown(call.scenario),
            call.language,
            str(call.turns),
            f"{call.duration_ms / 1000:.1f} s",
            shown(call.outcome),
            shown(call.cause),
        )
    return table

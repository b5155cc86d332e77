"""``kefuctl calls stats``: containment, transfers, abandonment and times, by group."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import typer
from rich.table import Table

from daemon.ctl import places
from daemon.ctl.calls_options import Scenario, Since, existing_records, instant
from daemon.ctl.calls_progress import counted
from daemon.ctl.output import print_json, results, shown
from daemon.records.reader import Filter, count_calls, walk
from daemon.records.statistics import By, Statistics, statistics

BAR_WIDTH: Final = 12


def stats(
    since: Since = "",
    scenario: Scenario = "",
    by: Annotated[
        Literal["day", "language", "scenario", "release"] | None,
        typer.Option(help="One row for each."),
    ] = None,
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Say how calls end, how long they take and how long callers wait.

    docs/records.md defines each figure. Days are local.

    Examples:
        kefuctl calls stats --since 7d

        kefuctl calls stats --by day --json | jq '.[] | [.group, .containment_rate]'
    """
    wanted = Filter(since=instant(since, "--since"), scenario=scenario)
    records = existing_records(state)
    group: By = by or ""
    if records is None:
        groups = statistics((), group)
    else:
        calls = counted(walk(records, wanted), count_calls(records, wanted), "reading calls")
        groups = statistics(calls, group)
    if json:
        print_json(groups)
    elif not any(one.calls or one.open for one in groups):
        results.print("No such calls are recorded.")
    else:
        results.print(_rows(groups, by) if by else _figures(groups[0]))


def bar(share: float, width: int = BAR_WIDTH) -> str:
    """A share from 0 to 1 as a bar, to an eighth of a character."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + ("" if rest == 0 else chr(0x2590 - rest))).ljust(width)


def _figures(one: Statistics) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    live = f"{one.open} more without an end" if one.open else ""
    table.add_row("calls", str(one.calls), "", live)
    for name, share, note in (
        ("contained", one.containment_rate, "ended without a human"),
        ("transferred", one.transfer_rate, _counts(one.transfer_reasons)),
        ("abandoned", one.abandonment_rate, "the caller hung up before the end"),
        ("completed", one.completion_rate, ""),
        ("failed", one.failure_rate, _counts(one.failures)),
        ("no match", one.no_match_rate, f"of {one.utterances} utterances"),
        ("no input", one.no_input_rate, f"of {one.prompts} prompts"),
    ):
        table.add_row(name, _percent(share), bar(share or 0.0), note)
    if one.transfers_failed:
        table.add_row("transfers that failed", str(one.transfers_failed), "", "")
    table.add_row(
        "handling", _seconds(one.handling_p50_s), "", f"p95 {_seconds(one.handling_p95_s)}"
    )
    table.add_row(
        "wait", _milliseconds(one.wait_p50_ms), "", f"p95 {_milliseconds(one.wait_p95_ms)}"
    )
    return table


def _rows(groups: list[Statistics], by: str) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column(by, no_wrap=True)
    table.add_column("calls", justify="right")
    table.add_column("", style="cyan", no_wrap=True)
    for heading in (
        "con-\ntained",
        "trans-\nferred",
        "aban-\ndoned",
        "handling\np50/p95",
        "wait\np50/p95",
        "no\nmatch",
        "no\ninput",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    most = max(one.calls for one in groups) or 1
    for one in groups:
        table.add_row(
            shown(one.group) or "–",
            str(one.calls),
            bar(one.calls / most, 6),
            _percent(one.containment_rate, 0),
            _percent(one.transfer_rate, 0),
            _percent(one.abandonment_rate, 0),
            _pair(one.handling_p50_s, one.handling_p95_s, "s"),
            _pair(one.wait_p50_ms, one.wait_p95_ms, "ms"),
            _percent(one.no_match_rate, 0),
            _percent(one.no_input_rate, 0),
        )
    return table


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{shown(name)} {count}" for name, count in counts.items())


def _percent(share: float | None, digits: int = 1) -> str:
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def _pair(p50: float | None, p95: float | None, unit: str) -> str:
    return "–" if p50 is None or p95 is None else f"{p50:.0f}/{p95:.0f} {unit}"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def _milliseconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"

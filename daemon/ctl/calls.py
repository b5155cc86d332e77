"""``kefuctl calls``: the recorded calls, and one of them turn by turn."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.table import Table

from daemon.ctl import places
from daemon.ctl.output import print_json, results, shown
from daemon.ctl.timeline import draw, wait_ms
from daemon.errors import NoSuchCall, RecordsUnusable
from daemon.records.reader import list_calls
from daemon.records.reader import show as read_call
from kefu.records import CallSummary, Turn

app = typer.Typer(no_args_is_help=True, help="Look at recorded calls.")


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What ``show --json`` prints."""

    call: CallSummary
    turns: tuple[Turn, ...]


@app.command("list")
def listing(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 20,
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """List the last calls.

    Examples:
        kefuctl calls list

        kefuctl calls list --limit 500 --json | jq -r '.[].call'
    """
    records = places.records(state)
    if not state.is_dir():
        raise RecordsUnusable(
            f"There is no state folder at {state.resolve()}.", mend="Name it with --state."
        )
    calls = list_calls(records, limit) if records.exists() else []
    if json:
        print_json(calls)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("call", "opened (UTC)", "scenario", "", "turns", "length", "outcome", "cause"):
        table.add_column(heading, justify="right" if heading in ("turns", "length") else "left")
    for call in calls:
        table.add_row(
            call.call[:12],
            call.opened_at[:19].replace("T", " "),
            shown(call.scenario),
            call.language,
            str(call.turns),
            f"{call.duration_ms / 1000:.1f} s",
            shown(call.outcome),
            shown(call.cause),
        )
    results.print(table if calls else "No calls are recorded yet.")


@app.command("show")
def show(
    call: Annotated[str, typer.Argument(help="Call id, or the beginning of one.")],
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Show a call: what was said, heard, decided and answered, and when.

    Examples:
        kefuctl calls show 3f2a

        kefuctl calls show 3f2a --json
    """
    records = places.records(state)
    if not records.exists():
        raise NoSuchCall(f"No calls are recorded yet in {records}.")
    summary, turns = read_call(records, call.lower())
    if json:
        print_json(CallRecord(call=summary, turns=tuple(turns)))
        return
    results.print(
        f"[bold]Call {summary.call}[/bold]  {shown(summary.caller or 'unknown caller')} → "
        f"{shown(summary.called or '–')}  {summary.opened_at}  release {shown(summary.release)}"
    )
    for turn in turns:
        results.print()
        for line in describe(turn):
            results.print(line, soft_wrap=True)
        for line in draw(turn):
            results.print(f"  {line}", markup=False, style="dim", soft_wrap=True)
    results.print(
        f"\n{summary.turns} turns, {summary.duration_ms / 1000:.1f} s, "
        f"ended: {summary.cause or 'not yet'} {summary.outcome}".rstrip()
    )


def describe(turn: Turn) -> list[str]:
    """A turn in words, as rich markup: heard, understood, decided, said."""
    wait = wait_ms(turn.ledger)
    head = f"[bold]Turn {turn.number}[/bold]  {turn.language}  {shown(turn.step)}"
    if wait is not None:
        head += f"  the caller waited [bold]{wait:.0f} ms[/bold]"
    lines = [head.rstrip()]
    if turn.heard or turn.dropped:
        dropped = f" [yellow](dropped: {shown(turn.dropped)})[/yellow]" if turn.dropped else ""
        lines.append(f"  heard   {shown(turn.heard)} {turn.heard_confidence:.2f}{dropped}")
    if turn.intent:
        lines.append(f"  intent  {turn.intent} {turn.intent_confidence:.2f}")
    lines += [
        f"  entity  {shown(entity.type)} {shown(entity.text)} → {shown(entity.value)}"
        for entity in turn.entities
    ]
    if turn.emotion:
        lines.append(f"  emotion {turn.emotion} {turn.emotion_confidence:.2f}")
    if turn.action:
        lines.append(f"  action  {turn.action}")
    lines += [f"  because {shown(reason)}" for reason in turn.reasons]
    if turn.business:
        lines.append(f"  business {shown(turn.business)}")
    if turn.reply:
        lines.append(f"  said    {shown(turn.reply)}")
    if turn.reply_cut:
        lines.append(f"  [yellow]cut after[/yellow] {shown(turn.reply_heard)}")
    return lines

"""``kefuctl calls purge``: delete calls for good."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from daemon.ctl import places
from daemon.ctl.calls_options import instant, local, recordings_folder, records_with_calls
from daemon.ctl.calls_progress import counted
from daemon.ctl.output import people, print_json, results
from daemon.ctl.owner import become_owner
from daemon.records import purge as records_purge
from daemon.records.purge import Chosen, Purged

_SHOWN: Final = 20


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    calls: tuple[Purged, ...]
    turns: int
    recordings: int
    log_overwritten: bool
    """False: somebody is reading; the gateway overwrites its log within the hour."""


def purge(
    call: Annotated[str, typer.Argument(help="Call id, or the beginning of one.")] = "",
    before: Annotated[
        str, typer.Option(help="All calls opened before: 2026-11-24, or longer ago than: 90d.")
    ] = "",
    caller: Annotated[str, typer.Option(help="All calls from this number.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Delete calls: their row, their turns and their recording. The gateway may be running.

    What is deleted is overwritten in the database. It asks before.

    Examples:
        kefuctl calls purge 3f2a

        kefuctl calls purge --caller 13800138000 --yes --json

        kefuctl calls purge --before 90d
    """
    if sum(bool(one) for one in (call, before, caller)) != 1:
        raise typer.BadParameter("Name a CALL, or --before, or --caller: one of the three.")
    become_owner(places.records(state))
    records = records_with_calls(state)
    folder = recordings_folder(state)
    limit = instant(before, "--before")
    chosen = _choose(records, call.lower(), limit, caller)
    _warn(chosen)
    if chosen or limit:
        what = f"{len(chosen)} calls with their turns and recordings"
        what += f", and every recording of days before {local(limit)[:10]}" if limit else ""
        if not yes:
            typer.confirm(f"Delete {what}?", abort=True, err=True)
    deleted: list[Purged] = []
    for one in counted(records_purge.purge(records, chosen, folder), len(chosen), "deleting"):
        deleted.append(one)
        if not json and len(chosen) <= _SHOWN:
            results.print(_line(one))
    recordings = sum(one.recording for one in deleted)
    if limit:
        recordings += records_purge.purge_recordings(folder, datetime.fromisoformat(limit).date())
    overwritten = records_purge.overwrite_log(records) if deleted else True
    turns = sum(one.turns for one in deleted)
    if json:
        print_json(
            Deleted(
                calls=tuple(deleted),
                turns=turns,
                recordings=recordings,
                log_overwritten=overwritten,
            )
        )
        return
    results.print(f"Deleted: {len(deleted)} calls, {turns} turns, {recordings} recordings.")
    if not overwritten:
        people.print("Somebody is reading: the gateway overwrites its log within the hour.")


def _choose(records: Path, call: str, before: str, caller: str) -> list[Chosen]:
    if call:
        return records_purge.of_call(records, call)
    if before:
        return records_purge.opened_before(records, before)
    return records_purge.of_caller(records, caller)


def _warn(chosen: list[Chosen]) -> None:
    live = sum(one.live for one in chosen)
    if live:
        people.print(
            f"[yellow]{live} of them have no end: what a call that still lives says from now on is "
            "recorded. Purge it again when it has ended.[/yellow]",
            soft_wrap=True,
        )


def _line(one: Purged) -> str:
    recording = ", its recording" if one.recording else ""
    return f"{one.call[:12]}  {local(one.opened_at)}  {one.turns} turns{recording}"

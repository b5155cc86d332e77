"""``kefuctl calls migrate``: take the records to another version, for another release."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Annotated

import msgspec
import typer

from daemon.ctl import places
from daemon.ctl.calls_options import records_with_calls
from daemon.ctl.output import people, print_json, results
from daemon.ctl.owner import become_owner
from daemon.errors import RecordsUnusable
from daemon.records import migrations
from daemon.records.store import connect_alone


class Migrated(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    before: int
    after: int
    lost: dict[str, int]
    """What the older version has no place for, and how many of it there were."""


def migrate(
    to: Annotated[
        int,
        typer.Option(min=0, max=migrations.NEWEST, help="Version; the newest is the default."),
    ] = migrations.NEWEST,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, whatever is lost.")] = False,
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Take the records to a version that an older release reads, or back. Stop the gateway first.

    The gateway upgrades by itself when it starts. Where something would be lost, it asks before.

    Examples:
        kefuctl calls migrate --to 1

        kefuctl calls migrate --json
    """
    become_owner(places.records(state))
    records = records_with_calls(state)
    with closing(connect_alone(records)) as database:
        try:
            before = migrations.version_of(database)
            lost = dict(migrations.lost(database, to))
            if lost and not yes:
                what = ", ".join(f"{count} {name}" for name, count in lost.items())
                people.print(f"Version {to} has no place for {what}.", soft_wrap=True)
                typer.confirm("Go on, and lose them?", abort=True, err=True)
            migrations.migrate(database, to)
        except sqlite3.Error as reason:
            raise RecordsUnusable(f"{records}: {reason}.") from reason
    if json:
        print_json(Migrated(before=before, after=to, lost=lost))
    elif before == to:
        results.print(f"{records} has version {to} already.")
    else:
        results.print(f"{records}: version {before} became {to}.")

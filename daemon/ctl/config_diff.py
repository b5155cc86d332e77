"""``kefuctl config diff``: the settings that differ from their defaults, or from another file's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from daemon.ctl import places
from daemon.ctl.output import print_json, results, shown
from daemon.settings import Settings, load_settings
from daemon.settings_file import value


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One setting; what ``--json`` prints."""

    key: str
    value: Any
    other: Any
    """The default, or what the other file says."""


def diff(
    other: Annotated[
        Path | None, typer.Argument(help="Another settings file; left out: the defaults.")
    ] = None,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """What differs from the defaults, or from another file. Exit code 0 in any case.

    Examples:
        kefuctl config diff

        kefuctl config diff /etc/kefu/kefu.toml.new

        kefuctl config diff --json | jq -r '.[].key'
    """
    if other is not None and not other.exists():
        raise typer.BadParameter(f"{other} is not there")
    found = differences(load_settings(config), load_settings(other))
    if json:
        print_json(found)
        return
    if not found:
        results.print("Nothing differs.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "holds", "default" if other is None else other.name):
        table.add_column(heading, overflow="fold")
    for one in found:
        table.add_row(one.key, shown(value(one.value)), shown(value(one.other)))
    results.print(table)


def differences(settings: Settings, other: Settings) -> list[Difference]:
    """In the order of the sections and keys."""
    found = []
    for section in msgspec.structs.fields(Settings):
        ours, theirs = getattr(settings, section.name), getattr(other, section.name)
        for field in msgspec.structs.fields(type(section.default)):
            said, against = getattr(ours, field.name), getattr(theirs, field.name)
            if said != against:
                key = f"{section.name}.{field.name}"
                found.append(Difference(key=key, value=said, other=against))
    return found

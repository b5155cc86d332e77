"""``kefuctl config show``: every setting as it holds."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from daemon.ctl import places
from daemon.ctl.output import print_json, results, shown
from daemon.settings import Settings, load_settings
from daemon.settings_file import value


def show(config: places.Config = None, json: places.Json = False) -> None:
    """Every setting as it holds; where one differs from its default, the default behind it.

    Examples:
        kefuctl config show

        kefuctl config show --json | jq .gateway.max_calls
    """
    settings = load_settings(config)
    if json:
        print_json(settings)
        return
    for line in lines(settings):
        results.print(line, soft_wrap=True)


def lines(settings: Settings) -> Iterator[str]:
    """As TOML, with markup for the terminal."""
    for section in msgspec.structs.fields(Settings):
        given = getattr(settings, section.name)
        yield rf"[dim]\[{section.name}][/dim]"
        for field in msgspec.structs.fields(type(section.default)):
            said, default = getattr(given, field.name), getattr(section.default, field.name)
            plain = f"{field.name} = {shown(value(said))}"
            if said == default:
                yield plain
            else:
                yield f"[bold]{plain}[/bold]  [dim]# default: {shown(value(default))}[/dim]"
        yield ""

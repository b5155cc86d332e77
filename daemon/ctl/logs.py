"""``kefuctl logs``: what gateway, worker and doors have logged."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from daemon.ctl import log_source, places
from daemon.ctl.calls_options import instant, records_with_calls
from daemon.ctl.log_line import LogLine
from daemon.ctl.log_source import Wanted
from daemon.ctl.output import people, results, shown
from daemon.records.reader import find as find_call

LINES: Final = 200
_CALL_ID: Final = re.compile(r"[0-9a-f]{4,32}")
_COLOURS: Final = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red", "DEBUG": "dim"}


def logs(
    call: Annotated[str, typer.Option(help="Of this call only: its id, or its beginning.")] = "",
    since: Annotated[
        str, typer.Option(help="Since: 2026-11-24, 2026-11-24T08:00, or a span: 7d, 12h, 30m.")
    ] = "",
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with new lines, until Ctrl-C.")
    ] = False,
    lines: Annotated[
        int | None,
        typer.Option("--lines", "-n", min=1, help=f"The last so many; else {LINES}, or all of it."),
    ] = None,
    state: places.State = places.STATE,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what gateway, worker and doors have logged, from the journal or STATE/kefud.log.

    It looks where lines were written last, and says on standard error where that is. Reading the
    journal needs root, or the group systemd-journal. docs/operations.md says what each line means.

    Examples:
        kefuctl logs --follow

        kefuctl logs --since 2h

        kefuctl logs --call 3f2a

        kefuctl logs --since 1d --json | jq 'select(.level == "ERROR")'
    """
    started = instant(since, "--since")
    last = lines if lines is not None or since or call else LINES
    wanted = Wanted(
        call=_whole(call.lower(), state) if call else "",
        since=datetime.fromisoformat(started) if started else None,
        last=last,
    )
    source = log_source.find(state)
    people.print(f"From {source.name}.", markup=False, soft_wrap=True)
    found = source.lines(wanted, follow=follow)
    with suppress(KeyboardInterrupt):
        if json:
            _print_json(found)
            return
        for line in found:
            results.print(picture(line), soft_wrap=True)


def picture(line: LogLine) -> str:
    """A line for people, with rich's markup."""
    colour = _COLOURS.get(line.level, "default")
    words = "\n".join(shown(part) for part in line.message.split("\n"))
    at = line.at[:19].replace("T", " ")
    return f"[dim]{at}[/] [{colour}]{line.level:<7}[/] {shown(line.process)} {words}"


def _whole(call: str, state: Path) -> str:
    """The id that begins so. Raises typer.BadParameter, NoSuchCall, RecordsUnusable."""
    if not _CALL_ID.fullmatch(call):
        raise typer.BadParameter(
            f"{call!r} is no call id: 4 to 32 hexadecimal digits.", param_hint="--call"
        )
    return call if len(call) == 32 else find_call(records_with_calls(state), call).call


def _print_json(found: Iterator[LogLine]) -> None:
    try:
        for line in found:
            sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        # The reader has enough. Nothing more may be flushed to it when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

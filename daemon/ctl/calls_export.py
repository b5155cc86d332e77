"""``kefuctl calls export``: calls or turns as a table, masked."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer

from daemon.ctl import places
from daemon.ctl.calls_csv import CALL_COLUMNS, TURN_COLUMNS, Cell, call_row, turn_row
from daemon.ctl.calls_options import Outcome, Scenario, Since, instant, records_with_calls
from daemon.ctl.calls_progress import counted
from daemon.ctl.errors import CannotWrite
from daemon.ctl.output import people
from daemon.records.reader import Filter, count_calls, walk

MODE: Final = 0o640


def export(
    turns: Annotated[bool, typer.Option("--turns", help="A row a turn, not a row a call.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values (always).")] = True,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write this file, not standard output.")
    ] = None,
    since: Since = "",
    scenario: Scenario = "",
    outcome: Outcome = None,
    state: places.State = places.STATE,
) -> None:
    """Export calls or turns as CSV in UTF-8, oldest first.

    Telephone, card and identity numbers, e-mail addresses and the names that were said are masked.
    A cell that a spreadsheet would run as a formula begins with an apostrophe. A file begins with
    a byte order mark, by which spreadsheets know UTF-8; standard output does not.

    Examples:
        kefuctl calls export --csv --since 30d -o calls.csv

        kefuctl calls export --csv --turns | head
    """
    wanted = Filter(since=instant(since, "--since"), scenario=scenario, outcome=outcome or "")
    records = records_with_calls(state)
    calls = 0
    with _opened(out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TURN_COLUMNS if turns else CALL_COLUMNS)
        total = count_calls(records, wanted)
        for summary, its_turns in counted(walk(records, wanted), total, "exporting"):
            rows: Iterator[list[Cell]] = iter((call_row(summary),))
            writer.writerows(map(turn_row, its_turns) if turns else rows)
            calls += 1
    if out is not None:
        people.print(f"{calls} calls to {out}", markup=False, soft_wrap=True)


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    """The file, which appears whole or not at all; standard output where there is none."""
    if out is None:
        file = io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="")
        try:
            yield file
            file.flush()
        except BrokenPipeError:
            # The reader has enough. Nothing more may be flushed to it when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        finally:
            with suppress(ValueError, OSError):
                file.detach()
        return
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
        with open(descriptor, "w", encoding="utf-8-sig", newline="") as file:
            yield file
        part.replace(out)
    except OSError as error:
        raise CannotWrite(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)

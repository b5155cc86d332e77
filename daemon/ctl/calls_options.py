"""The options that choose calls, and what a time on the command line means."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from daemon.ctl import places
from daemon.errors import NoSuchCall, RecordsUnusable
from daemon.records.store import timestamp

Since = Annotated[
    str, typer.Option(help="Opened since: 2026-11-24, 2026-11-24T08:00, or a span: 7d, 12h, 30m.")
]
Scenario = Annotated[str, typer.Option(help="Of this scenario only.")]
Outcome = Annotated[
    Literal["completed", "transferred", "abandoned"] | None,
    typer.Option(help="Only calls that ended so."),
]
CallId = Annotated[str, typer.Argument(help="Call id, or the beginning of one.")]

_SPAN: Final = re.compile(r"(\d{1,6})([dhm])", re.ASCII)
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}


def instant(text: str, option: str, *, now: datetime | None = None) -> str:
    """A time of the command line, in local time, as the records write it; empty stays empty.

    Raises typer.BadParameter.
    """
    if not text:
        return ""
    now = now if now is not None else datetime.now().astimezone()
    span = _SPAN.fullmatch(text)
    try:
        if span:
            return timestamp(now - timedelta(**{_UNITS[span[2]]: int(span[1])}))
        return timestamp(datetime.fromisoformat(text).astimezone())
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is no time: write 2026-11-24, 2026-11-24T08:00, or a span such as 7d.",
            param_hint=option,
        ) from None


def local(opened_at: str) -> str:
    """A time of the records for people: local, to the second."""
    try:
        return datetime.fromisoformat(opened_at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return opened_at[:19]


def existing_records(state: Path) -> Path | None:
    """The database, None where no call was ever recorded. Raises RecordsUnusable: no such state."""
    if not state.is_dir():
        raise RecordsUnusable(
            f"There is no state folder at {state.resolve()}.", mend="Name it with --state."
        )
    records = places.records(state)
    return records if records.exists() else None


def records_with_calls(state: Path) -> Path:
    """The database. Raises NoSuchCall: nothing was recorded yet."""
    records = places.records(state)
    if not records.exists():
        raise NoSuchCall(f"No calls are recorded yet in {records}.")
    return records


def recordings_folder(state: Path) -> Path:
    """Where the gateway records."""
    return state / "recordings"

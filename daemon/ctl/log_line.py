"""One line of kefu's logs, whether it lay in the journal or in a file."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from daemon.journal import PRIORITY, call_in, event_in

LEVELS: Final = {number: logging.getLevelName(level) for level, number in PRIORITY.items()}
"""By syslog's priority."""
_NOTICE: Final = 5
_WRITTEN: Final = re.compile(r"(\d\d):(\d\d):(\d\d) ([A-Z]{4,8}) (\S+) (.*)", re.DOTALL)
_LOGGER: Final = re.compile(r"(?:kefud|kefu(?:-\w+)?|daemon|engines)(?:\.\w+)* (?=[a-z_])")

Text = str | list[int | str] | None
"""How ``journalctl -o json`` writes a field: bytes where it is not UTF-8, null where too long."""


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """What ``kefuctl logs --json`` prints."""

    at: str
    """ISO 8601 in local time, to the second."""
    level: str
    """DEBUG, INFO, WARNING, ERROR or CRITICAL."""
    process: str
    """Who wrote it: ``kefud``, ``kefu-worker``, ``systemd``; in a file its logger."""
    event: str
    """First words of the message: docs/operations.md says what each means."""
    call: str
    """32 hexadecimal digits; empty: it is about no call, or about several."""
    message: str


class _JournalEntry(msgspec.Struct, frozen=True, rename="upper"):
    """The fields that are asked of journalctl."""

    message: Text = ""
    priority: Text = "6"
    syslog_identifier: Text = ""
    kefu_call_id: Text = ""
    logger: Text = ""
    timestamp: str = msgspec.field(default="0", name="__REALTIME_TIMESTAMP")


FIELDS: Final = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,KEFU_CALL_ID,LOGGER"


def from_journal(text: bytes) -> LogLine | None:
    """One line of ``journalctl -o json``; None where it is none."""
    try:
        entry = msgspec.json.decode(text, type=_JournalEntry)
        at = datetime.fromtimestamp(int(entry.timestamp) / 1e6).astimezone()
        level = _level(int(_text(entry.priority) or PRIORITY[logging.INFO]))
    except (msgspec.DecodeError, ValueError, OverflowError, OSError):
        return None
    message = _text(entry.message)
    if not _text(entry.logger) and (logger := _LOGGER.match(message)):
        message = message[logger.end() :]  # read off stderr: systemd-python is missing
    return LogLine(
        at=at.isoformat(timespec="seconds"),
        level=level,
        process=_text(entry.syslog_identifier),
        event=event_in(message),
        call=_text(entry.kefu_call_id) or call_in(message),
        message=message,
    )


def from_file(lines: Iterable[str], changed: datetime) -> list[LogLine]:
    """The lines of a log that was written to stderr, each with what belongs to it (a traceback).

    Such a log has times and no dates: the days are counted back from the file's last change.

    Args:
        lines: without their ends.
        changed: when the file was changed last.
    """
    found: list[LogLine] = []
    day, later = changed.date(), changed.time()
    for words in reversed(list(_with_their_own(lines))):
        hour, minute, second, level, process, message = words
        try:
            at = datetime(day.year, day.month, day.day, int(hour), int(minute), int(second))
        except ValueError:
            continue
        if at.time() > later:
            day -= timedelta(days=1)
            at -= timedelta(days=1)
        later = at.time()
        found.append(
            LogLine(
                at=at.astimezone().isoformat(timespec="seconds"),
                level=level,
                process=process,
                event=event_in(message),
                call=call_in(message),
                message=message,
            )
        )
    return found[::-1]


def _with_their_own(lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
    whole: list[str] = []
    for line in lines:
        if _WRITTEN.match(line):
            yield from _words(whole)
            whole = [line]
        elif whole:
            whole.append(line)
    yield from _words(whole)


def _words(whole: list[str]) -> Iterator[tuple[str, ...]]:
    if found := _WRITTEN.match("\n".join(whole)):
        yield found.groups()


def _level(priority: int) -> str:
    if priority == _NOTICE:
        return "INFO"
    return LEVELS.get(priority, "CRITICAL")


def _text(field: Text) -> str:
    if field is None:
        return ""
    if isinstance(field, str):
        return field
    if field and isinstance(field[-1], str):
        return field[-1]  # the field stood there several times
    return bytes(byte & 255 for byte in field if isinstance(byte, int)).decode(errors="replace")

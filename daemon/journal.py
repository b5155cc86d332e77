"""Log lines, ``event key=value``, and where they go: the journal with fields, else stderr."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import logging
import logging.handlers
import os
import queue
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Final

MOST_WAITING: Final = 10_000
"""Lines that a journal which takes none is waited for with; the next are dropped."""
PRIORITY: Final = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}
"""syslog's, by the level of ``logging``."""
_ELSEWHERE: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+/:@")
_CALL: Final = re.compile(r"[0-9a-f]{32}")
_EVENT: Final = re.compile(r"[a-z_]+(?: [a-z_]+)*(?=$| [a-z_]+=)")
# A field as ``line`` writes it: what is quoted belongs to the value, whatever it looks like.
_FIELD: Final = re.compile(
    r" ([A-Za-z_]\w*)=([\w./+:@-]+|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?=$| )", re.ASCII
)

OF_CALL: Final[ContextVar[str]] = ContextVar("OF_CALL", default="")
"""The id of the call that is worked on, for lines that are written where nobody knows it."""

Send = Callable[..., object]
"""``systemd.journal.sendv``: takes ``FIELD=value`` texts."""


def line(event: str, **fields: object) -> str:
    """``event key=value …``; values with other than plain characters are quoted."""
    return " ".join([event, *(f"{key}={_shown(value)}" for key, value in fields.items())])


@contextlib.contextmanager
def about_call(call: bytes) -> Iterator[None]:
    """What is done in here, and in the tasks that are begun in here, is done for ``call``."""
    token = OF_CALL.set(call.hex())
    try:
        yield
    finally:
        OF_CALL.reset(token)


def add_level_option(parser: argparse.ArgumentParser) -> None:
    """``--log-level``, for ``configure``."""
    parser.add_argument(
        "--log-level",
        default="info",
        choices=("debug", "info", "warning", "error"),
        help="what is logged (default: %(default)s)",
    )


def configure(level: str, name: str, environment: Mapping[str, str] = os.environ) -> None:
    """Set up the logging of a process.

    Under systemd, and with systemd-python installed, each line goes to the journal with the fields
    KEFU_CALL_ID, KEFU_EVENT, LOGGER and PRIORITY; without the package it goes to stderr, with the
    priority in front that the journal understands. Elsewhere it goes to stderr with the time.

    Args:
        level: the least that is logged: debug, info, warning, error.
        name: of the process, SYSLOG_IDENTIFIER.
        environment: where systemd says whether stderr is its own.
    """
    logging.basicConfig(level=level.upper(), handlers=[_handler(name, environment)], force=True)


def fields(record: logging.LogRecord, name: str) -> Iterator[str]:
    """What the journal keeps of a line, as ``FIELD=value``."""
    message = record.getMessage()
    yield f"MESSAGE={message}"
    yield f"PRIORITY={PRIORITY.get(record.levelno, 6)}"
    yield f"SYSLOG_IDENTIFIER={name}"
    yield f"LOGGER={record.name}"
    yield f"CODE_FILE={record.pathname}"
    yield f"CODE_LINE={record.lineno}"
    yield f"CODE_FUNC={record.funcName}"
    if event := event_in(message):
        yield f"KEFU_EVENT={event}"
    if call := _call(record, message):
        yield f"KEFU_CALL_ID={call}"


def event_in(message: str) -> str:
    """``call_opened`` of ``call opened call=…``; empty where a message does not begin so."""
    found = _EVENT.match(message.partition("\n")[0])
    return found[0].replace(" ", "_") if found else ""


def fields_in(message: str) -> Iterator[re.Match[str]]:
    """The fields behind the event, up to the first word that is none.

    Groups: name, and value as it stands there. What comes behind them may be anybody's words, and
    so may a quoted value be.
    """
    first = message.partition("\n")[0]
    event = _EVENT.match(first)
    end = event.end() if event else len(first)
    while (found := _FIELD.match(first, end)) is not None:
        yield found
        end = found.end()


def call_in(message: str) -> str:
    """The id of the first field ``call``, 32 hexadecimal digits; empty: none."""
    told = next((found[2] for found in fields_in(message) if found[1] == "call"), "")
    return told if _CALL.fullmatch(told) else ""


class JournalHandler(logging.Handler):
    """Hands each line to ``send``, ``systemd.journal.sendv``, with its fields."""

    def __init__(self, name: str, send: Send) -> None:
        super().__init__()
        self._name = name
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """One line; raises nothing."""
        try:
            self._send(*fields(record, self._name))
        except Exception:
            self.handleError(record)


class Waiting(logging.handlers.QueueHandler):
    """Lines for a handler that may be slow, on a thread of its own: the 20 ms clock never waits."""

    def __init__(self, behind: logging.Handler) -> None:
        self.dropped = 0
        self.lines: queue.Queue[logging.LogRecord] = queue.Queue(MOST_WAITING)
        super().__init__(self.lines)
        self.setFormatter(logging.Formatter())  # message and traceback; the rest are fields
        self._thread = logging.handlers.QueueListener(self.lines, behind)
        self._thread.start()
        atexit.register(self.end)

    def enqueue(self, record: logging.LogRecord) -> None:
        """Drop it where too many wait: a journal that hangs must not fill the memory."""
        try:
            if self.dropped:
                self.lines.put_nowait(self._told_of_drops())
                self.dropped = 0
            self.lines.put_nowait(record)
        except queue.Full:
            self.dropped += 1

    def end(self) -> None:
        """Write what waits, and end the thread."""
        atexit.unregister(self.end)
        with contextlib.suppress(queue.Full):
            self._thread.stop()

    def _told_of_drops(self) -> logging.LogRecord:
        message = line("log_lines_dropped", count=self.dropped)
        fields = {"name": "kefu.journal", "levelno": logging.WARNING, "msg": message}
        return logging.makeLogRecord(fields)


class PriorityFormatter(logging.Formatter):
    """``<6>kefud opened …``: every line with the priority that systemd reads off stderr."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, which may have several lines."""
        mark = f"<{PRIORITY.get(record.levelno, 6)}>"
        return "\n".join(mark + line for line in super().format(record).splitlines())


def _handler(name: str, environment: Mapping[str, str]) -> logging.Handler:
    journal = _stderr_is_the_journal(environment)
    if journal and (send := _journal_send()) is not None:
        return Waiting(JournalHandler(name, send))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        PriorityFormatter("%(name)s %(message)s")
        if journal
        else logging.Formatter(_ELSEWHERE, "%H:%M:%S")
    )
    return handler


def _journal_send() -> Send | None:
    """None where systemd-python is missing: it needs a compiler to install."""
    try:
        import systemd.journal
    except ImportError:
        return None
    send: Send = systemd.journal.sendv
    return send


def _stderr_is_the_journal(environment: Mapping[str, str]) -> bool:
    """Whether stderr is still the stream that systemd opened; children may have another one."""
    try:
        stream = os.fstat(2)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{stream.st_dev}:{stream.st_ino}"


def _call(record: logging.LogRecord, message: str) -> str:
    """The call that a line is about, as hex; empty: about none."""
    told = getattr(record, "call", None)
    if isinstance(told, bytes):
        return told.hex()
    if isinstance(told, str):
        return told
    return call_in(message)


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    return text if text and _PLAIN.issuperset(text) else repr(text)

"""Where kefu's log lines lie: in the journal, or in ``kefud.log`` of the state folder."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final, cast

import msgspec

from daemon.ctl.errors import NoLog
from daemon.ctl.log_line import FIELDS, LogLine, from_file, from_journal

UNITS: Final = ("kefud@*.service", "kefu-*.service")
"""Gateway; worker and doors."""
FILE: Final = "kefud.log"
_MOST_BYTES: Final = 64 << 20
"""Of a file; what is older is not read."""
# The state folder is not root's, who may be asking: no link is followed, no FIFO waited for.
_READING: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_EVERY_S: Final = 0.2
_LOOK_S: Final = 5.0


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines."""

    call: str = ""
    """32 hexadecimal digits."""
    since: datetime | None = None
    last: int | None = None
    """So many of them; None: all."""


class Journal:
    """The journal of systemd, by its own program."""

    name: Final = "the journal"

    def lines(self, wanted: Wanted, *, follow: bool = False) -> Iterator[LogLine]:
        """The lines, oldest first; with ``follow`` also those to come. Raises NoLog."""
        if follow:
            yield from self._follow(wanted)
            return
        found = 0
        for line in self._ask(_matches(wanted)):
            found += 1
            yield line
        if wanted.call and not found:
            # Where systemd-python is missing, lines have no field with the call.
            everything = msgspec.structs.replace(wanted, call="", last=None)
            of_call = (line for line in self._ask(_matches(everything)) if line.call == wanted.call)
            yield from deque(of_call, wanted.last)

    def _follow(self, wanted: Wanted) -> Iterator[LogLine]:
        if not wanted.call:
            tail = [] if wanted.last is not None else ["--no-tail"]
            yield from self._ask([*_matches(wanted), "--follow", *tail])
            return
        # Not by the field, which may be missing: no call is longer than a day.
        since = wanted.since or datetime.now().astimezone() - timedelta(days=1)
        for line in self._ask([*_matches(Wanted(since=since)), "--follow", "--no-tail"]):
            if line.call == wanted.call:
                yield line

    def _ask(self, options: list[str]) -> Iterator[LogLine]:
        with subprocess.Popen(
            [*_journalctl(), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            try:
                for text in cast("IO[bytes]", process.stdout):
                    if (line := from_journal(text)) is not None:
                        yield line
                said = cast("IO[bytes]", process.stderr).read().decode(errors="replace").strip()
                status = process.wait()
            finally:
                process.kill()
        if status:
            raise NoLog(f"journalctl: {said or f'exit status {status}'}.")

    def newest(self) -> float:
        """When the last line was written, seconds since 1970; 0: there is none, or no journal."""
        with suppress(OSError, NoLog, subprocess.TimeoutExpired):
            asked = subprocess.run(
                [*_journalctl(), "--lines=1"], capture_output=True, timeout=_LOOK_S, check=False
            )
            line = from_journal(asked.stdout)
            return datetime.fromisoformat(line.at).timestamp() if line is not None else 0.0
        return 0.0


class LogFile:
    """What ``kefuctl run`` lets gateway and worker write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name: Final = str(path)

    def lines(self, wanted: Wanted, *, follow: bool = False) -> Iterator[LogLine]:
        """As of ``Journal``. Raises NoLog."""
        content, changed, end = self._read(0)
        found = [line for line in from_file(content, changed) if _is_wanted(line, wanted)]
        yield from found if wanted.last is None else found[max(0, len(found) - wanted.last) :]
        while follow:
            time.sleep(_EVERY_S)
            content, changed, end = self._read(end)
            yield from (line for line in from_file(content, changed) if _is_wanted(line, wanted))

    def newest(self) -> float:
        """When it was changed last, seconds since 1970; 0: there is no such file."""
        with suppress(OSError):
            state = self._path.lstat()
            return state.st_mtime if stat.S_ISREG(state.st_mode) else 0.0
        return 0.0

    def _read(self, start: int) -> tuple[list[str], datetime, int]:
        """The whole lines from ``start``, when the file was changed, and where they end."""
        try:
            with open(os.open(self._path, _READING), "rb") as file:
                state = os.fstat(file.fileno())
                if not stat.S_ISREG(state.st_mode):
                    raise NoLog(f"{self._path} is no regular file.")
                if state.st_size < start:
                    start = 0  # it was begun anew
                file.seek(max(start, state.st_size - _MOST_BYTES))
                content = file.read(_MOST_BYTES)
                end = file.tell()
        except OSError as reason:
            raise NoLog(f"{self._path} cannot be read: {reason.strerror}.") from reason
        whole = content.rfind(b"\n") + 1
        lines = content[:whole].decode(errors="replace").split("\n")[:-1]
        return lines, datetime.fromtimestamp(state.st_mtime), end - (len(content) - whole)


def find(state: Path) -> Journal | LogFile:
    """The place where lines were written last. Raises NoLog."""
    journal, file = Journal(), LogFile(state / FILE)
    by_journal, by_file = journal.newest(), file.newest()
    if not by_journal and not by_file:
        path = state.absolute() / FILE
        if os.path.lexists(path):
            raise NoLog(f"{path} is no regular file, and the journal has no line of kefu.")
        raise NoLog(f"Neither the journal nor {path} has a line of kefu that may be read.")
    return journal if by_journal >= by_file else file


def _journalctl() -> list[str]:
    program = shutil.which("journalctl")
    if program is None:
        raise NoLog("There is no journalctl on this machine.")
    fields = f"--output-fields={FIELDS}"
    units = [f"--unit={unit}" for unit in UNITS]
    return [program, "--quiet", "--no-pager", "--all", "--output=json", fields, *units]


def _matches(wanted: Wanted) -> list[str]:
    given = []
    if wanted.since is not None:
        given.append(f"--since=@{wanted.since.timestamp():.6f}")
    if wanted.last is not None:
        given.append(f"--lines={wanted.last}")
    if wanted.call:
        given.append(f"KEFU_CALL_ID={wanted.call}")
    return given


def _is_wanted(line: LogLine, wanted: Wanted) -> bool:
    # Whole seconds are written: a line of the second that is asked for is one of them.
    since = wanted.since.replace(microsecond=0) if wanted.since is not None else None
    return (not wanted.call or line.call == wanted.call) and (
        since is None or datetime.fromisoformat(line.at) >= since
    )

"""``kefuctl support-bundle``: one archive with what a helper needs to know, and nothing private."""

from __future__ import annotations

import io
import os
import tarfile
import time
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Future
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Annotated, Final

import msgspec
import typer

from daemon.ctl import places
from daemon.ctl.bundle_log import masked_log
from daemon.ctl.bundle_parts import PARTS, Asked
from daemon.ctl.calls_options import instant
from daemon.ctl.errors import CannotWrite
from daemon.ctl.output import people, print_json, results
from kefu.errors import KefuError

MODE: Final = 0o600
MOST_S: Final = 120.0
"""A part that is not there by then is left out."""
IN_IT: Final = """\
versions.json   software, release, system, every package
settings.json   every setting as it is in force; passwords, tokens, keys hidden
doctor.json     what `kefuctl doctor` finds
status.json     the gateway's own account, live calls
units.txt       what systemd says of the units
metrics.json    waits, memory, errors and refusals of each period
calls.jsonl     the last calls with their turns: of what callers said, keyed and were told of
                themselves only the shape (字字, x0000); every digit that was said is 0
logs.txt        the log lines; numbers of five digits and more hidden but for times, ids, ports and
                what was measured; e-mail addresses, passwords, tokens and keys hidden
files.txt       names, sizes, owners of the state folder
NAME.error.txt  why a part could not be had
"""
NOT_IN_IT: Final = """\
Not in it: audio, words or numbers of callers, the databases, weights, scenario files,
operations and the company's data.
"""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    path: str
    bytes: int
    parts: tuple[str, ...]
    failed: tuple[str, ...]
    """Parts that could not be had; their reasons are in the archive."""


def support_bundle(
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="The archive, or a folder for it. [here, by time]"),
    ] = None,
    since: Annotated[str, typer.Option(help="Logs and metrics since: a time, or 7d, 12h.")] = "1d",
    calls: Annotated[int, typer.Option(min=0, max=10_000, help="So many of the last calls.")] = 20,
    state: places.State = places.STATE,
    run: places.Run = None,
    release: places.ReleaseName = places.RELEASE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Collect logs, settings, versions, figures and the last turns for somebody who helps you.

    What callers said and who they are is not in it: of their words and numbers only the shape
    stays (字字, x0000), and so it is where our answers repeat them. Audio, databases, weights,
    scenarios and the company's data stay here. Secrets in settings and logs are hidden. A part that
    cannot be had is left out and its reason is put in its place. Look before you send it: it is
    plain text. A file that is there already is not overwritten; only you can read the archive.

    Examples:
        sudo kefuctl support-bundle

        kefuctl support-bundle --since 7d --calls 100 -o /tmp/kefu.tar.gz

        tar -xzOf kefu-support-*.tar.gz --wildcards '*/logs.txt' | less
    """
    name = f"kefu-support-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}"
    path = out if out is not None else Path()
    path = path / f"{name}.tar.gz" if path.is_dir() else path
    asked = Asked(
        state=state,
        run=run,
        release=release,
        config=config,
        since=instant(since or "1d", "--since"),
        calls=calls,
    )
    _refuse_early(path)
    failed = []
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as archive:
        _add(archive, f"{name}/README.txt", f"{name}\n\n{IN_IT}\n{NOT_IN_IT}".encode())
        for part in PARTS:
            people.print(f"{part} …", style="dim")
            content, reason = _made(part, asked)
            if reason:
                failed.append(part)
                people.print(f"{part} is left out: {reason}", markup=False, soft_wrap=True)
            _add(archive, f"{name}/{part}{'.error.txt' if reason else ''}", content)
    _write(path, whole.getbuffer())
    made = tuple(part for part in PARTS if part not in failed)
    bundle = Bundle(path=str(path), bytes=whole.tell(), parts=made, failed=tuple(failed))
    if json:
        print_json(bundle)
        return
    results.print(f"{path} ({bundle.bytes / 1e3:.0f} kB)", markup=False, soft_wrap=True)
    results.print(f"{IN_IT}{NOT_IN_IT}", markup=False, soft_wrap=True)


def _made(part: str, asked: Asked) -> tuple[bytes, str]:
    """The content of a part, or why there is none, twice."""
    try:
        return _in_time(partial(PARTS[part], asked)), ""
    except KefuError as error:
        reason = f"{error.code}: {error}"
    except Exception as error:  # the other parts are wanted all the more
        reason = f"{type(error).__name__}: {error}"
    return f"{masked_log(reason)}\n".encode(), reason


def _in_time(make: Callable[[], bytes]) -> bytes:
    """What ``make`` gives. Raises what it raises, and TimeoutError.

    Files of a state folder that is not root's may be anything, a FIFO that nobody writes to: what
    waits for one is left alone on its thread, and ends with the process.
    """
    done: Future[bytes] = Future()

    def work() -> None:
        try:
            done.set_result(make())
        except BaseException as error:
            done.set_exception(error)

    Thread(target=work, daemon=True).start()
    try:
        return done.result(MOST_S)
    except futures.TimeoutError as reason:
        if done.done():
            raise
        raise TimeoutError(f"It was not there after {MOST_S:g} s.") from reason


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    about = tarfile.TarInfo(name)
    about.size, about.mtime, about.mode = len(content), int(time.time()), 0o644
    archive.addfile(about, io.BytesIO(content))


def _refuse_early(path: Path) -> None:
    """Before anything is collected. Raises CannotWrite."""
    if os.path.lexists(path):
        raise CannotWrite(f"{path} is there already.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise CannotWrite(f"{path} cannot be written: {path.parent} is no folder for it.")


def _write(path: Path, content: memoryview) -> None:
    """A new file of this content, or none. Raises CannotWrite."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
    except FileExistsError as error:
        raise CannotWrite(f"{path} is there already.") from error
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise CannotWrite(f"{path} cannot be written: {error.strerror}.") from error
        raise

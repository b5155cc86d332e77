"""The parts of a support bundle, each a file of it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from daemon import control
from daemon.ctl import checks, log_source, places
from daemon.ctl.bundle_log import masked_log
from daemon.ctl.bundle_masking import masked_summary, masked_turns
from daemon.ctl.bundle_secrets import masked_document
from daemon.ctl.control_client import ControlClient, control_path
from daemon.ctl.log_source import UNITS, Wanted
from daemon.errors import RecordsUnusable
from daemon.records.reader import Filter, count_calls, list_calls, metrics, show
from daemon.settings import load_settings
from kefu.errors import KefuError

LOG_LINES: Final = 50_000
_SYSTEMCTL_S: Final = 10.0
_MOST_FILES: Final = 2_000


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Of which installation, and how much."""

    state: Path
    run: Path | None
    release: str
    config: Path | None
    since: str
    """Logs and metrics from this instant on: a ``store.timestamp``."""
    calls: int
    """So many of the last calls, with their turns."""


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """What is installed."""

    kefu: str
    at: str
    """Folder of its Python."""
    python: str
    system: str
    kernel: str
    systemd: str
    release: str
    """The worker's release, as the profile names it."""
    slots: dict[str, str]
    """Links below STATE/slots."""
    packages: dict[str, str]


def versions(asked: Asked) -> bytes:
    """Versions of software, release, system and every package."""
    packages = {one.metadata["Name"]: one.version for one in metadata.distributions()}
    slots = asked.state / "slots"
    links = sorted(path for path in slots.glob("*/*") if path.is_symlink())
    return _json(
        Versions(
            kefu=packages.get("kefu-appliance", ""),
            at=sys.prefix,
            python=sys.version,
            system=_os_name(),
            kernel=platform.release(),
            systemd=_output("systemctl", "--version").partition("\n")[0],
            release=(asked.state / "releases" / asked.release).resolve().name,
            slots={str(path.relative_to(slots)): os.readlink(path) for path in links},
            packages=dict(sorted(packages.items())),
        )
    )


def settings(asked: Asked) -> bytes:
    """Every setting as it is in force, secrets hidden."""
    return _json(masked_document(msgspec.to_builtins(load_settings(asked.config))))


def doctor(asked: Asked) -> bytes:
    """What `kefuctl doctor` finds."""
    run = places.run_folder(asked.state, asked.run)
    found = checks.examine(asked.state, run, asked.release, load_settings(asked.config))
    return _json(found)


def status(asked: Asked) -> bytes:
    """The gateway's own account, and its live calls."""
    with ControlClient(control_path(asked.state, asked.run)) as client:
        told = client.ask(control.StatusRequest(), control.Status)
        calls = client.ask(control.CallsRequest(), control.Calls)
    return _json({"status": told, "calls": calls.calls})


def units(asked: Asked) -> bytes:
    """What systemd says of the units."""
    return _output("systemctl", "status", "--full", "--lines=0", "kefu.target", *UNITS).encode()


def figures(asked: Asked) -> bytes:
    """Metrics since the instant asked for."""
    return _json(metrics(_records(asked), asked.since))


def calls(asked: Asked) -> bytes:
    """The last calls with their turns, masked; a JSON object a line, the newest first."""
    records = _records(asked)
    lines = []
    for summary in list_calls(records, asked.calls):
        turns = masked_turns(show(records, summary.call)[1])
        lines.append(msgspec.json.encode({"call": masked_summary(summary), "turns": turns}))
    return b"".join(line + b"\n" for line in lines)


def logs(asked: Asked) -> bytes:
    """The log lines, masked."""
    source = log_source.find(asked.state)
    wanted = Wanted(since=datetime.fromisoformat(asked.since), last=LOG_LINES)
    lines = (
        f"{line.at} {line.level} {masked_log(line.process)} {masked_log(line.message)}\n"
        for line in source.lines(wanted)
    )
    return f"from {source.name}\n{''.join(lines)}".encode()


def files(asked: Asked) -> bytes:
    """Names, sizes, owners and modes of the state folder; of what is in the files nothing."""
    if not asked.state.is_dir():
        raise FileNotFoundError(2, "There is no state folder", str(asked.state))
    usage = shutil.disk_usage(asked.state)
    head = f"{usage.free} of {usage.total} bytes free, {_recorded(asked)}\n"
    found = list(islice(_walk(asked.state), _MOST_FILES))
    return (head + "".join(found)).encode(errors="replace")


PARTS: Final[Mapping[str, Callable[[Asked], bytes]]] = {
    "versions.json": versions,
    "settings.json": settings,
    "doctor.json": doctor,
    "status.json": status,
    "units.txt": units,
    "metrics.json": figures,
    "calls.jsonl": calls,
    "logs.txt": logs,
    "files.txt": files,
}


def _recorded(asked: Asked) -> str:
    try:
        path = _records(asked)
        return f"{count_calls(path, Filter()) if path.exists() else 0} calls recorded"
    except KefuError as error:  # the names tell all the more
        return f"{error.code}: {error.message}"


def _records(asked: Asked) -> Path:
    """Their file. Raises RecordsUnusable: opening a FIFO would not end."""
    path = places.records(asked.state)
    if path.exists() and not path.is_file():
        raise RecordsUnusable(f"{path} is no regular file.")
    return path


def _walk(state: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(state):
        depth = len(Path(folder).relative_to(state).parts)
        folders[:] = sorted(folders) if depth < 2 else []
        for name in sorted(names):
            path = Path(folder) / name
            try:
                one = path.lstat()
            except OSError:
                continue
            where = path.relative_to(state)
            yield f"{one.st_mode:06o} {one.st_uid}:{one.st_gid} {one.st_size:>12} {where}\n"


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return platform.platform()


def _output(*command: str) -> str:
    """Of a program that may be missing; empty then."""
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_SYSTEMCTL_S, check=False, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as reason:
        return f"{command[0]}: {reason}"
    return done.stdout or done.stderr


def _json(document: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2) + b"\n"

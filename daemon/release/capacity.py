"""How many calls fit, as it was measured: one number for each release and machine.

``kefuctl doctor --measure`` writes it to ``capacity.json`` in the state folder; the gateway reads
it when a worker arrives. A file that cannot be read counts as none: the gateway serves without.
"""

from __future__ import annotations

import functools
import logging
import os
import platform
import tempfile
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from daemon.objects.store import sync_folder

FILE: Final = "capacity.json"
MAX_CALLS: Final = 1_000
_MAX_BYTES: Final = 1 << 20
_MOST_ENTRIES: Final = 64
"""The oldest measurements are forgotten."""

_log = logging.getLogger("kefu.capacity")


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What a measured number holds for, beside the release."""

    cpu: str
    """Model name."""
    cores: Annotated[int, msgspec.Meta(ge=1)]
    """Those that this process may use."""


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement."""

    release: str
    machine: Machine
    max_calls: Annotated[int, msgspec.Meta(ge=1, le=MAX_CALLS)]
    measured_at: str = ""
    """ISO 8601, UTC."""
    wait_p95_s: float | None = None
    """At ``max_calls``."""
    wait_limit_s: float | None = None


class CapacityFile(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file, the newest measurement last."""

    format: Literal["kefu-capacity/1"] = "kefu-capacity/1"
    measured: tuple[Capacity, ...] = ()


def this_machine() -> Machine:
    """The processor that we run on."""
    return Machine(cpu=_cpu_model(), cores=len(os.sched_getaffinity(0)))


def stored_capacity(path: Path, release: str, machine: Machine | None = None) -> int | None:
    """The measured number of calls for ``release`` on this machine; None where there is none.

    A file that is missing, damaged, or of another release or machine gives None; damage is logged.
    """
    machine = machine or this_machine()
    return next(
        (
            one.max_calls
            for one in reversed(read(path).measured)
            if one.release == release and one.machine == machine
        ),
        None,
    )


def read(path: Path) -> CapacityFile:
    """What is stored; nothing where the file is missing or damaged, which is logged."""
    try:
        if path.exists() and not path.is_file():
            raise ValueError("no regular file")  # reading a FIFO would wait for ever
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise ValueError(f"larger than {_MAX_BYTES} bytes")
        return msgspec.json.decode(content, type=CapacityFile)
    except FileNotFoundError:
        return CapacityFile()
    except (OSError, ValueError, msgspec.MsgspecError, RecursionError) as reason:
        _log.warning("capacity_ignored path=%s reason=%r", path, str(reason)[:200])
        return CapacityFile()


def store(path: Path, measured: Capacity) -> None:
    """Put a measurement in the place of the one for the same release and machine, durably.

    Raises:
        OSError: nothing was changed.
    """
    others = [
        one
        for one in read(path).measured
        if (one.release, one.machine) != (measured.release, measured.machine)
    ]
    kept = CapacityFile(measured=(*others[-(_MOST_ENTRIES - 1) :], measured))
    # A name that nobody can lay a link under beforehand.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")
            file.flush()
            os.fchmod(descriptor, 0o644)
            if os.geteuid() == 0:  # who owns the folder may replace it
                owner = path.parent.stat()
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            os.fsync(descriptor)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


@functools.cache
def _cpu_model() -> str:
    """As /proc/cpuinfo names it, else the architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    fields = [line.partition(":") for line in lines]
    names = (value.strip() for name, _, value in fields if name.strip() == "model name")
    return next(names, platform.machine())

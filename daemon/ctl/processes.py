"""What the processes that this one has started use: memory and processor time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from daemon.records.memory import Memory, measured

_PROC_STAT: Final = Path("/proc/stat")
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Of all descendants together."""

    pss_mib: float
    cpu_s: float
    """User and system time since each began."""


class _Process(msgspec.Struct, frozen=True):
    parent: int
    cpu_s: float


def usage() -> Usage:
    """Of this process's descendants at this moment."""
    pids = descendants()
    memory = [measured(Memory(process="", pid=pid)).pss_mib or 0.0 for pid in pids]
    return Usage(pss_mib=sum(memory), cpu_s=cpu_s())


def cpu_s() -> float:
    """Processor seconds of this process's descendants; cheap."""
    return sum(process.cpu_s for process in descendants().values())


def machine_busy_s() -> float:
    """Processor seconds that all processes of the machine have used since it was started."""
    fields = _PROC_STAT.read_text().split("\n", 1)[0].split()[1:]
    # user, nice, system, idle, iowait, irq, softirq, steal; guest is within user.
    busy = [int(field) for field in (*fields[:3], *fields[5:8])]
    return sum(busy) / _TICKS_PER_S


def own_cpu_s() -> float:
    """Processor seconds of this process without its children."""
    times = os.times()
    return times.user + times.system


def descendants() -> dict[int, _Process]:
    """This process's children, their children and so on, by process id."""
    found = {
        int(path.name): process
        for path in Path("/proc").glob("[0-9]*")
        if (process := _look(path)) is not None
    }
    mine = {}
    for pid, process in found.items():
        ancestor = process.parent
        while ancestor in found and ancestor != os.getpid():
            ancestor = found[ancestor].parent
        if ancestor == os.getpid():
            mine[pid] = process
    return mine


def _look(path: Path) -> _Process | None:
    try:
        # The program's name, in parentheses, may itself have spaces and parentheses in it.
        fields = (path / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return _Process(int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICKS_PER_S)

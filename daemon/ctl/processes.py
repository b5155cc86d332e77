"""What the processes that this one has started use: memory and processor time."""

from __future__ import annotations

import os

import msgspec

from daemon import processor_time
from daemon.processor_time import Process
from daemon.records.memory import Memory, measured


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Of all descendants together."""

    pss_mib: float
    cpu_s: float
    """User and system time since each began."""


def usage() -> Usage:
    """Of this process's descendants at this moment."""
    pids = descendants()
    memory = [measured(Memory(process="", pid=pid)).pss_mib or 0.0 for pid in pids]
    return Usage(pss_mib=sum(memory), cpu_s=cpu_s())


def cpu_s() -> float:
    """Processor seconds of this process's descendants; cheap."""
    return sum(process.worked_s for process in descendants().values())


def machine_busy_s() -> float:
    """Processor seconds that all processes of the machine have used since it was started."""
    machine = processor_time.cores()[processor_time.ALL_CORES]
    return machine.worked_s + machine.stolen_s


def own_cpu_s() -> float:
    """Processor seconds of this process without its children."""
    times = os.times()
    return times.user + times.system


def descendants() -> dict[int, Process]:
    """This process's children, their children and so on, by process id."""
    found = {
        int(path.name): process
        for path in processor_time.PROC.glob("[0-9]*")
        if (process := _look(int(path.name))) is not None
    }
    mine = {}
    for pid, process in found.items():
        ancestor = process.parent
        while ancestor in found and ancestor != os.getpid():
            ancestor = found[ancestor].parent
        if ancestor == os.getpid():
            mine[pid] = process
    return mine


def _look(pid: int) -> Process | None:
    try:
        return processor_time.process(pid)
    except OSError:
        return None

"""Processor time as the kernel tells it: the stat files of ``proc(5)``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

PROC: Final = Path("/proc")
ALL_CORES: Final = "cpu"
_TICK_S: Final = 1.0 / os.sysconf("SC_CLK_TCK")


class Core(msgspec.Struct, frozen=True):
    """Seconds since the machine was started."""

    worked_s: float
    """By processes and for interrupts."""
    stolen_s: float
    """By other guests of the same host."""


class Process(msgspec.Struct, frozen=True):
    """Of one process, its threads among it, its children not."""

    parent: int
    worked_s: float


def cores(proc: Path = PROC) -> dict[str, Core]:
    """All cores together (``ALL_CORES``) and each (``cpu0`` …).

    Raises:
        OSError, ValueError: another system than Linux, or no ``/proc``.
    """
    found = {}
    for line in (proc / "stat").read_text().splitlines():
        name, *fields = line.split(maxsplit=9)
        if name.startswith(ALL_CORES):
            # Guests' time is within user's; idle and iowait are nobody's.
            user, nice, system, _, _, irq, soft_irq, stolen = map(int, fields[:8])
            worked = user + nice + system + irq + soft_irq
            found[name] = Core(worked * _TICK_S, stolen * _TICK_S)
    return found


def process(pid: int, proc: Path = PROC) -> Process:
    """One process.

    Raises:
        OSError, ValueError, IndexError: it has ended, or the system does not tell.
    """
    # The program's name, in parentheses, may itself have spaces and parentheses in it.
    fields = (proc / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    return Process(int(fields[1]), (int(fields[11]) + int(fields[12])) * _TICK_S)

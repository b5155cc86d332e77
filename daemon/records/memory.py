"""What a process holds of the memory, as /proc tells it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

_MIB: Final = 1024 * 1024
_PROC: Final = Path("/proc")


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """One process. None: it has ended, or it may not be looked at."""

    process: str
    """``gateway`` or ``worker``."""
    pid: int
    rss_mib: float | None = None
    """Resident, what it shares counted whole."""
    pss_mib: float | None = None
    """Resident, what it shares divided by those who share it."""


def measured(asked: Memory, proc: Path = _PROC) -> Memory:
    """``asked`` with the figures of this moment. It walks page tables: never on an audio thread."""
    rollup = _read(proc / str(asked.pid) / "smaps_rollup")
    rss, pss = _figure(rollup, "Rss"), _figure(rollup, "Pss")
    if rss is None:  # the rollup is for the owner alone, the status for everybody
        rss = _figure(_read(proc / str(asked.pid) / "status"), "VmRSS")
    return msgspec.structs.replace(asked, rss_mib=rss, pss_mib=pss)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _figure(text: str, name: str) -> float | None:
    found = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    return round(int(found[1]) * 1024 / _MIB, 1) if found else None

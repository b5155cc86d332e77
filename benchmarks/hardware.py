"""What a benchmark ran on, for the head of its result file."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import msgspec


class Hardware(msgspec.Struct, frozen=True, kw_only=True):
    """A machine and the commit that ran on it."""

    cpu: str
    cores: int
    memory_gib: int
    system: str
    python: str
    commit: str

    def line(self) -> str:
        """One line for people."""
        machine = f"{self.cores} cores {self.cpu}, {self.memory_gib} GiB, {self.system}"
        return f"{machine}, commit {self.commit}"


def hardware() -> Hardware:
    """This machine, and the commit that is checked out (``+`` where the tree was changed)."""
    return Hardware(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        system=_system(),
        python=platform.python_version(),
        commit=_commit(),
    )


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    trimmed = {key.strip(): value.strip() for key, value in fields.items()}
    flags = trimmed.get("flags", "").split()
    extras = [name for name in ("avx2", "avx512f", "avx512_vnni") if name in flags]
    return f"{trimmed.get('model name', platform.machine())} ({' '.join(extras)})"


def _system() -> str:
    release = Path("/etc/os-release")
    if not release.exists():
        return platform.platform()
    fields = dict(line.split("=", 1) for line in release.read_text().splitlines() if "=" in line)
    return fields.get("PRETTY_NAME", platform.platform()).strip('"')


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], capture_output=True, text=True, check=False
        ).stdout.strip()

    dirty = "+" if git("status", "--porcelain", "--untracked-files=no") else ""
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + dirty

"""A throw-away machine with a real systemd, made by ``tests/system/lab``."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

LAB: Final = Path(__file__).with_name("lab")
ROOT: Final = Path(__file__).parents[2]
CANNOT: Final = 77


class Machine:
    """One that is up; the tests' own process reaches its files and sockets."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def lab(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a verb of ``lab``."""
        command = [str(LAB), verb, "--root", str(self.root), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)

    def path(self, inside: str) -> Path:
        """A path of the machine as this process sees it; another one after each boot."""
        init = (self.root / "init").read_text().split()[0]
        return Path(f"/proc/{init}/root{inside}")

    @property
    def door(self) -> str:
        """Where its gateway listens."""
        return f"ipc://{self.path('/run/kefu/kefu.sock')}"

    def run(self, *command: str) -> str:
        """Run a command inside; returns what it prints. It must succeed."""
        done = self.lab("exec", *command)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", "-p", name, unit).strip()

    def pid(self, unit: str) -> int:
        """Of its main process, inside; 0: none."""
        return int(self.show(unit, "MainPID"))

    def journal(self, unit: str) -> str:
        """What a unit has said since the boot."""
        return self.run("journalctl", "-b", "--no-pager", "-o", "cat", "-u", unit)

    def write(self, inside: str, text: str) -> None:
        """Write a file."""
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def reboot(self) -> float:
        """In good order; returns the seconds that it took."""
        began = time.monotonic()
        done = self.lab("reboot")
        assert done.returncode == 0, done.stderr
        return time.monotonic() - began


@contextmanager
def machine() -> Iterator[Machine]:
    """Boot one, and delete it afterwards. Skips the test where this host cannot have any."""
    with tempfile.TemporaryDirectory(prefix="kefu-lab-", dir=_disk()) as folder:
        one = Machine(Path(folder) / "lab")
        booted = one.lab("up", *_binds())
        if booted.returncode == CANNOT:
            pytest.skip(booted.stderr.strip())
        try:
            assert booted.returncode == 0, booted.stderr
            yield one
        finally:
            one.lab("down")


def wait_until(true: Callable[[], bool], within_s: float, what: str) -> float:
    """Wait for something; returns the seconds it took. Fails with ``what``."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s, f"not within {within_s:.0f} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


def _binds() -> list[str]:
    """A checkout on a disk of its own is not in the overlay of ``/``: it is bound as it is."""
    same = ROOT.stat().st_dev == Path("/").stat().st_dev
    return [] if same else ["--bind", str(ROOT)]


def _disk() -> str | None:
    """Where the upper layer lies: the default folder may be an overlay, which cannot have one."""
    cache = Path("/var/cache")
    return str(cache) if os.access(cache, os.W_OK) else None

"""The door as a child process, on free ports, and what it logs."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]


class Ports(NamedTuple):
    """Where it listens."""

    zh: int
    wide: int
    """Of 16 kHz."""
    human: int
    """Called number 4004."""
    any: int
    """That says no number."""
    agi: int


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


class DoorProcess:
    """``with DoorProcess(folder, run) as door``: listening, and ended with SIGTERM."""

    def __init__(
        self,
        folder: Path,
        run: Path,
        settings: str = "",
        agi: str = "",
        gateway: str = "drain_s = 2",
        zh: int = 0,
    ) -> None:
        """``folder``: of its settings and log; ``run``: of the gateway's sockets.

        Lines of ``settings`` join [audiosocket], those of ``agi`` [agi], of ``gateway`` [gateway].
        ``zh``: a port, 0 for a free one.
        """
        self.ports = Ports(*free_ports(5))
        if zh:
            self.ports = self.ports._replace(zh=zh)
        self._log = folder / f"door-{self.ports.zh}.log"
        config = folder / f"door-{self.ports.zh}.toml"
        config.write_text(
            f"[gateway]\n{gateway}\n[audiosocket]\n{settings}\nlines = [\n"
            f'  {{port = {self.ports.zh}, called = "4000", language = "zh"}},\n'
            f'  {{port = {self.ports.wide}, called = "tone", rate_hz = 16000}},\n'
            f'  {{port = {self.ports.human}, called = "4004", language = "zh"}},\n'
            f'  {{port = {self.ports.any}, language = "zh"}},\n'
            f"]\n[agi]\n{agi}\nport = {self.ports.agi}\n"
        )
        command = [sys.executable, "-m", "daemon.doors.audiosocket"]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--run", str(run), "--config", str(config)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        self.ready = self.process.stdout.readline()
        assert self.ready.startswith("READY "), self.log

    def __enter__(self) -> DoorProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=15)

    @property
    def log(self) -> str:
        """All that it has logged."""
        return self._log.read_text(errors="replace")

    def logged(self, *parts: str, timeout_s: float = 5.0) -> str:
        """The first line with all of ``parts`` in it, once it is there."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            for text in self.log.splitlines():
                if all(part in text for part in parts):
                    return text
            time.sleep(0.02)
        raise AssertionError(f"{parts} was not logged:\n{self.log[-3_000:]}")

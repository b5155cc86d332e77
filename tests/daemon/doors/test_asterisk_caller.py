"""The caller as a program: what an operator reads where nothing is heard."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.daemon.doors.door_process import DoorProcess, free_ports


def place(port: int, folder: Path) -> subprocess.CompletedProcess[str]:
    said = folder / "said.raw"
    said.write_bytes(bytes(320))
    command = [sys.executable, "-m", "tests.daemon.doors.asterisk_caller"]
    return subprocess.run(
        [*command, str(port), str(said), str(folder / "heard.raw")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_no_gateway_behind_the_door(tmp_path: Path) -> None:
    with DoorProcess(tmp_path, tmp_path) as door:
        done = place(door.ports.zh, tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    last = done.stdout.splitlines()[-1]
    assert last.startswith("hung up before anything was heard: ")
    assert "0 with a voice in them, then 0x00" in last
    heard = (tmp_path / "heard.raw").read_bytes()
    assert heard == bytes(len(heard))


def test_no_door(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    done = place(port, tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == f"no door at port {port}: Connection refused\n"

"""``kefud --standalone`` as a child, with a state folder and a worker of the caller's choosing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import kefu

ROOT: Final = Path(__file__).parents[2]


@contextmanager
def standalone(config: str, *options: str) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """Start it and wait for its worker; gives its state folder and the process.

    Args:
        config: content of kefu.toml; it names the worker's command.
        options: further ones of kefud.
    """
    state = Path(tempfile.mkdtemp(prefix="kefu-"))
    path = state / "kefu.toml"
    path.write_text(config)
    kefud = [sys.executable, "-m", "daemon.gateway.main", "--standalone"]
    with (state / "log").open("wb") as log:
        process = subprocess.Popen(
            [*kefud, "--state", str(state), "--config", str(path), *options],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        _await_worker(state)
        yield state, process
    finally:
        process.send_signal(signal.SIGINT)  # at once: SIGTERM lets calls end first
        process.wait(15)
        shutil.rmtree(state)


def address(state: Path) -> str:
    """Of the gateway's door."""
    return f"ipc://{state}/run/kefu.sock"


def _await_worker(state: Path) -> None:
    deadline = time.monotonic() + 20
    with kefu.Client(address(state)) as client:
        while client.ping().state != "serving":
            if time.monotonic() > deadline:
                raise AssertionError((state / "log").read_text(errors="replace")[-3_000:])
            time.sleep(0.05)

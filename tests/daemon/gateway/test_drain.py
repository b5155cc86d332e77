"""kefud as a service: what it tells systemd, and how its calls end when it is stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import kefu
from kefu.errors import Draining, NoWorker
from tests.daemon.gateway.house import until
from tests.daemon.gateway.test_gateway_process import cause

ROOT = Path(__file__).parents[3]
WORKER = [sys.executable, "-m", "tests.drills.tiny_worker"]
WATCHDOG_S = 0.6


class Service:
    """A process under a service manager of ours."""

    def __init__(self, folder: Path, name: str, command: list[str]) -> None:
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        address = str(folder / f"{name}.notify")
        self._told.bind(address)
        self._lines: list[str] = []
        self._log = (folder / f"{name}.log").open("wb")
        environment = {
            **os.environ,
            "NOTIFY_SOCKET": address,
            "WATCHDOG_USEC": str(round(WATCHDOG_S * 1e6)),
        }
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=self._log)

    def told(self, start: str = "") -> list[str]:
        """What it has told so far that begins so."""
        while True:
            try:
                self._lines.append(self._told.recv(4096).decode())
            except BlockingIOError:
                return [line for line in self._lines if line.startswith(start)]

    def status(self) -> str:
        """The line of `systemctl status`."""
        return next(iter(self.told("STATUS=")[::-1]), "").removeprefix("STATUS=")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._told.close()
        self._log.close()


class Box:
    """Gateway and worker, each a service of its own."""

    def __init__(self, folder: Path, drain_s: int) -> None:
        self.folder = folder
        (folder / "kefu.toml").write_text(f"[gateway]\nmax_calls = 8\ndrain_s = {drain_s}\n")
        config = ["--state", str(folder), "--config", str(folder / "kefu.toml")]
        self._worker = [*WORKER, "--slot", str(folder / "run" / "slot.sock"), *config]
        gateway = [sys.executable, "-m", "daemon.gateway.main", *config]
        self.services: list[Service] = []
        self.gateway = self._start("kefud", gateway)
        until(lambda: self.gateway.told("READY=1"), 20.0)
        self.client = kefu.Client(f"ipc://{folder}/run/kefu.sock")

    def _start(self, name: str, command: list[str]) -> Service:
        self.services.append(Service(self.folder, name, command))
        return self.services[-1]

    def serve(self) -> Service:
        """Start the worker, and wait until calls are taken."""
        worker = self._start("worker", self._worker)
        until(lambda: self.client.ping().state == "serving", 20.0)
        return worker

    def close(self) -> None:
        self.client.close()
        for service in self.services:
            service.close()


@pytest.fixture
def drain_s() -> int:
    return 60


@pytest.fixture
def box(drain_s: int) -> Iterator[Box]:
    folder = Path(tempfile.mkdtemp(prefix="kefu-"))
    made = Box(folder, drain_s)
    yield made
    made.close()
    shutil.rmtree(folder)


def test_ready_before_any_worker_and_its_state_in_words(box: Box) -> None:
    until(lambda: box.gateway.status() == "No new calls: 0 calls open, waiting for a worker")
    with pytest.raises(NoWorker) as refused:
        box.client.call()
    assert refused.value.retry_after_ms > 0
    worker = box.serve()
    assert worker.told("READY=1") == ["READY=1"]
    until(lambda: worker.status() == "Serving: 0 of 8 calls, release tiny")
    until(lambda: box.gateway.status() == "Open: 0 of 8 calls, release tiny, worker blue ready")
    call = box.client.call(called="800", on_audio=lambda _: None)
    until(lambda: box.gateway.status().startswith("Open: 1 of 8 calls"))
    until(lambda: worker.status() == "Serving: 1 of 8 calls, release tiny")
    call.close()
    until(lambda: box.gateway.status().startswith("Open: 0 of 8 calls"))
    until(lambda: worker.status() == "Serving: 0 of 8 calls, release tiny")
    assert len(box.gateway.told("STATUS=")) <= 6, "told where it changes, not by the tick"


def test_a_clock_that_stands_still_feeds_no_watchdog(box: Box) -> None:
    until(lambda: len(box.gateway.told("WATCHDOG=1")) >= 3)
    box.gateway.process.send_signal(signal.SIGSTOP)
    time.sleep(0.1)
    fed = len(box.gateway.told("WATCHDOG=1"))
    time.sleep(2 * WATCHDOG_S)
    assert len(box.gateway.told("WATCHDOG=1")) == fed
    box.gateway.process.send_signal(signal.SIGCONT)
    until(lambda: len(box.gateway.told("WATCHDOG=1")) > fed)


def test_stopping_both_lets_a_call_end_by_itself(box: Box) -> None:
    worker = box.serve()
    call = box.client.call(called="800", on_audio=lambda _: None)
    box.gateway.process.terminate()
    worker.process.terminate()
    for service in (box.gateway, worker):
        until(lambda told=service.told: told("STOPPING=1"))  # type: ignore[misc]
        until(lambda told=service.told: told("EXTEND_TIMEOUT_USEC="))  # type: ignore[misc]
    with kefu.Client(f"ipc://{box.folder}/run/kefu.sock") as other:
        assert other.ping().state == "draining"
        with pytest.raises(Draining):
            other.call()
    until(lambda: box.gateway.status().startswith("Draining: 1 call left"))
    call.mark("still here")
    kinds = []
    while "mark" not in kinds:
        event = call.next_event(5.0)
        assert event is not None, "the worker serves it on"
        kinds.append(event.kind)
    assert cause(call.close()) == "normal"
    assert box.gateway.process.wait(5) == 0
    assert worker.process.wait(5) == 0


@pytest.mark.parametrize("drain_s", [1])
def test_a_call_that_does_not_end_is_closed_after_drain_s(box: Box) -> None:
    box.serve()
    call = box.client.call(called="800", on_audio=lambda _: None)
    box.gateway.process.terminate()
    began = time.monotonic()
    assert cause(call.wait_closed(5.0)) == "shutdown"
    assert time.monotonic() - began > 0.8
    assert box.gateway.process.wait(5) == 0


def test_a_second_sigterm_ends_it_at_once(box: Box) -> None:
    worker = box.serve()
    call = box.client.call(called="800", on_audio=lambda _: None)
    for service in (box.gateway, worker):
        service.process.terminate()
        until(lambda told=service.told: told("STOPPING=1"))  # type: ignore[misc]
        service.process.terminate()
    assert cause(call.wait_closed(5.0))
    assert box.gateway.process.wait(5) == 0
    assert worker.process.wait(5) == 0


def test_a_gateway_without_calls_ends_at_once(box: Box) -> None:
    worker = box.serve()
    box.gateway.process.terminate()
    assert box.gateway.process.wait(3) == 0
    assert worker.process.poll() is None, "a new gateway finds its worker"


def test_a_worker_that_is_ending_gets_no_new_call_and_keeps_its_own(box: Box) -> None:
    worker = box.serve()
    call = box.client.call(called="800", on_audio=lambda _: None)
    worker.process.terminate()
    until(lambda: box.client.ping().state == "no_worker")
    with kefu.Client(f"ipc://{box.folder}/run/kefu.sock") as other, pytest.raises(NoWorker):
        other.call()
    until(lambda: worker.status().startswith("Draining: 1 call left"))
    until(lambda: "worker blue is ending" in box.gateway.status())
    assert worker.process.poll() is None
    assert cause(call.close()) == "normal"
    assert worker.process.wait(5) == 0


def test_a_killed_gateway_leaves_no_orphan_in_its_worker(box: Box) -> None:
    worker = box.serve()
    with kefu.Client(f"ipc://{box.folder}/run/kefu.sock") as lost:
        lost.call(called="800", on_audio=lambda _: None)
        until(lambda: worker.status() == "Serving: 1 of 8 calls, release tiny")
        box.gateway.process.kill()
        box.gateway.process.wait()
    command = [str(part) for part in box.gateway.process.args]  # type: ignore[union-attr]
    again = box._start("kefud-again", command)
    until(lambda: again.told("READY=1"), 20.0)
    until(lambda: worker.status() == "Serving: 0 of 8 calls, release tiny", 4.0)
    until(lambda: again.status() == "Open: 0 of 8 calls, release tiny, worker blue ready")

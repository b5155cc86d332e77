"""What the service manager is told, at a datagram socket of its kind."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.notify import Notifier


class Manager:
    """The manager's end."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.address = address

    def told(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return messages

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["file", "abstract"])
def manager(request: pytest.FixtureRequest) -> Iterator[Manager]:
    with tempfile.TemporaryDirectory(prefix="kefu-") as folder:
        path = str(Path(folder) / "notify")
        made = Manager(path if request.param == "file" else f"@{path}")
        yield made
        made.close()


def test_each_word_arrives_as_the_manager_reads_it(manager: Manager) -> None:
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": manager.address})
    notifier.ready()
    notifier.extend_timeout(1.5)
    notifier.stopping()
    assert manager.told() == ["READY=1", "EXTEND_TIMEOUT_USEC=1500000", "STOPPING=1"]


def test_a_status_is_told_once_and_stays_one_line(manager: Manager) -> None:
    notifier = Notifier(manager.address)
    for text in ("Open: 3 of 8 calls", "Open: 3 of 8 calls", "a\nREADY=1", "Open: 3 of 8 calls"):
        notifier.status(text)
    assert manager.told() == [
        "STATUS=Open: 3 of 8 calls",
        "STATUS=a READY=1",
        "STATUS=Open: 3 of 8 calls",
    ]


def test_the_watchdog_is_fed_four_times_in_its_interval_however_often_it_is_called(
    manager: Manager,
) -> None:
    now = 100.0
    environment = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "5000000"}
    watched = Notifier.from_environment(environment)
    assert watched.watchdog_s == 5.0
    notifier = Notifier(manager.address, watched.watchdog_s, clock=lambda: now)
    for _ in range(500):
        notifier.watchdog()
        now += 0.02
    assert manager.told() == ["WATCHDOG=1"] * 8


@pytest.mark.parametrize(
    ("asked", "watchdog_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "me"}, None),
    ],
)
def test_who_is_watched(asked: dict[str, str], watchdog_s: float | None) -> None:
    environment = {"NOTIFY_SOCKET": "/run/none", **asked}
    assert Notifier.from_environment(environment).watchdog_s == watchdog_s


def test_no_child_process_speaks_for_us() -> None:
    environment = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "2", "HOME": "/"}
    Notifier.from_environment(environment)
    assert environment == {"HOME": "/"}


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "vsock:2:1234", "@", "/" + "x" * 200])
def test_without_a_manager_nothing_happens(address: str) -> None:
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"})
    notifier.ready()
    notifier.status("Open")
    notifier.extend_timeout(1.0)
    notifier.watchdog()
    notifier.stopping()
    notifier.close()
    notifier.status("closed")


def test_a_manager_that_reads_nothing_is_not_waited_for(manager: Manager) -> None:
    notifier = Notifier(manager.address)
    began = time.monotonic()
    for number in range(5_000):
        notifier.status(f"call {number}")
    assert time.monotonic() - began < 2.0
    took = manager.told()
    notifier.status("call 4999")
    assert manager.told() == ["STATUS=call 4999"], "what was not taken is told again"
    assert 0 < len(took) < 5_000

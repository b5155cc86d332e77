"""The door as a service: ready, alive, stopping; its ports; its settings."""

from __future__ import annotations

import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.errors import BadSettings
from daemon.settings import load_settings
from tests.daemon.doors.asterisk_caller import AsteriskCaller, agi
from tests.daemon.doors.door_process import DoorProcess
from tests.daemon.gateway.house import House


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as house:
        yield house


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What systemd hears of the processes that are started."""
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified,
    ):
        notified.bind(f"{folder}/notify")
        notified.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", f"{folder}/notify")
        monkeypatch.setenv("WATCHDOG_USEC", "1000000")
        yield notified


def told(manager: socket.socket, what: str) -> None:
    """Systemd hears this sooner or later."""
    end = time.monotonic() + 5
    while what not in (said := manager.recv(4_096).decode()):
        assert time.monotonic() < end, said


def test_systemd_is_told(house: House, manager: socket.socket) -> None:
    with DoorProcess(house.folder, house.folder) as door:
        told(manager, "READY=1")
        told(manager, "WATCHDOG=1")
        with AsteriskCaller(door.ports.zh) as caller:
            caller.wait_heard()
            told(manager, "STATUS=1 calls, 1 connections")
            told(manager, "WATCHDOG=1")
            door.process.terminate()
            told(manager, "STOPPING=1")
            told(manager, "EXTEND_TIMEOUT_USEC=")
            told(manager, "closing")
        assert door.process.wait(5) == 0


def test_it_ends_when_its_calls_have_ended(house: House) -> None:
    with DoorProcess(house.folder, house.folder) as door:
        with AsteriskCaller(door.ports.zh) as caller:
            caller.wait_heard()
            door.process.terminate()
            time.sleep(0.3)
            with AsteriskCaller(door.ports.zh) as late:
                late.wait_hung_up(5)
            assert agi(door.ports.agi, "next", str(late.uuid))["KEFU_CAUSE"] == "draining"
            assert not caller.closed.is_set()
        assert door.process.wait(5) == 0
    assert " ended" in door.log


def test_a_call_that_does_not_end_is_hung_up_in_the_end(house: House) -> None:
    with DoorProcess(house.folder, house.folder) as door, AsteriskCaller(door.ports.zh) as caller:
        caller.wait_heard()
        door.process.terminate()
        caller.wait_hung_up(6)  # drain_s is 2
        assert door.process.wait(5) == 0


@pytest.mark.parametrize(
    "signals", [(signal.SIGINT,), (signal.SIGTERM, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT)]
)
def test_told_twice_or_by_hand_it_ends_at_once(
    house: House, signals: tuple[signal.Signals, ...]
) -> None:
    with (
        DoorProcess(house.folder, house.folder, gateway="drain_s = 60") as door,
        AsteriskCaller(door.ports.zh) as caller,
        socket.create_connection(("127.0.0.1", door.ports.agi)),
        socket.create_connection(("127.0.0.1", door.ports.zh)),
    ):
        caller.wait_heard()
        for name in signals:
            door.process.send_signal(name)
            time.sleep(0.3)
        caller.wait_hung_up(6)
        assert door.process.wait(6) == 0
        assert door.log.rstrip().endswith(" ended"), "nothing is told behind the end"
        assert "Traceback" not in door.log


def test_a_port_that_is_taken(house: House, tmp_path: Path) -> None:
    with (
        DoorProcess(house.folder, house.folder) as door,
        pytest.raises(AssertionError, match="door_port_taken"),
    ):
        DoorProcess(tmp_path, tmp_path, zh=door.ports.zh)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("{port = 1}, {port = 2}, {port = 1}", "port 1 is there twice"),
        ("{called = '4000'}", "audiosocket.lines[0]: object missing required field `port`"),
        ("{port = 0}", "audiosocket.lines[0].port"),
        ("{port = 9092, language = 'fr'}", "audiosocket.lines[0].language"),
        ("{port = 9092, rate_hz = 12000}", "audiosocket.lines[0].rate_hz"),
        ("{port = 9092, colour = 1}", "audiosocket.lines[0].colour: unknown key"),
    ],
)
def test_settings_that_do_not_fit_are_named(tmp_path: Path, lines: str, message: str) -> None:
    path = tmp_path / "kefu.toml"
    path.write_text(f"[audiosocket]\nlines = [{lines}]\n")
    with pytest.raises(BadSettings) as refused:
        load_settings(path)
    assert message in str(refused.value)

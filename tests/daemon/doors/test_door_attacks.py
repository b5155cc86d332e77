"""Who wants to bring the door down, or another's call: the calls that are open do not notice."""

from __future__ import annotations

import re
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from daemon.settings import GatewaySettings, Settings
from tests.daemon.doors.asterisk_caller import AsteriskCaller, agi
from tests.daemon.doors.conversation import recorded
from tests.daemon.doors.door_process import DoorProcess
from tests.daemon.doors.test_transfer import put_through
from tests.daemon.gateway.house import House, until

MOST_GROWTH_KB = 48 * 1_024
"""The unit allows 256 MB for all."""
A_SECOND = 300
FLOOD_S = 3.0
NOTICED_S = 1.8
"""Asterisk gives a connection up after 2 s; the flood's own machine is busy with it too."""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House(Settings(gateway=GatewaySettings(max_calls=8, transfer_timeout_ms=1_500))) as house:
        yield house


@pytest.fixture
def door(house: House) -> Iterator[DoorProcess]:
    with DoorProcess(house.folder, house.folder) as process:
        yield process


def memory_kb(door: DoorProcess, name: str) -> int:
    """``VmRSS``: now; ``VmHWM``: the most that there was."""
    status = Path(f"/proc/{door.process.pid}/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0])


@pytest.mark.parametrize("line_bytes", [16_000, 2_000])
def test_a_burst_to_the_fastagi_costs_little_memory(door: DoorProcess, line_bytes: int) -> None:
    line = ("\U0001f600" + "a" * (line_bytes - 20)).encode()
    burst = b"".join(b"agi_%03d: %b\n" % (number, line) for number in range(127))
    before = memory_kb(door, "VmRSS")
    connections = [socket.create_connection(("127.0.0.1", door.ports.agi)) for _ in range(64)]

    def feed(connection: socket.socket) -> None:
        with suppress(OSError):
            connection.sendall(burst)

    feeding = [threading.Thread(target=feed, args=(connection,)) for connection in connections]
    for thread in feeding:
        thread.start()
    for thread, connection in zip(feeding, connections, strict=True):
        thread.join()
        connection.close()
    until(lambda: door.log.count("agi_refused") == 64, 10)
    assert memory_kb(door, "VmHWM") - before < MOST_GROWTH_KB


def flood(port: int, lasts_s: float) -> int:
    """Connections that say nothing, each open until it is closed; returns how many."""
    began, made = time.monotonic(), 0
    with selectors.DefaultSelector() as waiting:
        while (lasted := time.monotonic() - began) < lasts_s:
            while made < lasted * A_SECOND:
                connection = socket.socket()
                connection.setblocking(False)
                with suppress(BlockingIOError):
                    connection.connect(("127.0.0.1", port))
                waiting.register(connection, selectors.EVENT_READ)
                made += 1
            for key, _ in waiting.select(0.01):
                connection = key.fileobj  # type: ignore[assignment]
                try:
                    over = not connection.recv(4_096)
                except OSError:
                    over = True
                if over:
                    waiting.unregister(connection)
                    connection.close()
        for key in list(waiting.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
    return made


@pytest.mark.parametrize("name", ["zh", "agi"])
def test_a_flood_of_connections_silences_nobody(door: DoorProcess, name: str) -> None:
    with AsteriskCaller(door.ports.wide, rate_hz=16_000) as caller:
        caller.wait_heard()
        before = len(caller.heard)
        made = flood(getattr(door.ports, name), FLOOD_S)
        frames = caller.heard[before:]
        assert not caller.closed.is_set()
    gaps = sorted(b.at - a.at for a, b in pairwise(frames))
    assert gaps[-1] < NOTICED_S, gaps[-5:]
    assert gaps[len(gaps) // 2] < 0.03
    assert gaps[len(gaps) * 9 // 10] < 0.2
    door.logged("connections_refused")
    until(lambda: counted(door) > made / 3)
    assert door.log.count("connections_refused") <= FLOOD_S + 2
    until(lambda: answered(door), 10)  # the silent ones have lost their places


def answered(door: DoorProcess) -> bool:
    """Whoever calls now is heard."""
    with suppress(OSError, AssertionError), AsteriskCaller(door.ports.zh) as caller:
        caller.wait_heard(1)
        return True
    return False


def counted(door: DoorProcess) -> int:
    """How many the log says were refused."""
    return sum(map(int, re.findall(r"connections_refused .*count=(\d+)", door.log)))


def test_a_call_whose_transfer_nobody_reports_loses_its_place(house: House) -> None:
    with DoorProcess(house.folder, house.folder, "return_timeout_ms = 300") as door:
        caller = put_through(house, door)
        summary, _ = recorded(house.folder, door, caller)
        assert (summary.cause, summary.transfer_result) == ("normal", "no_answer")


def test_who_comes_back_on_a_port_of_another_rate_is_refused(
    house: House, door: DoorProcess
) -> None:
    caller = put_through(house, door)
    assert agi(door.ports.agi, "result", str(caller.uuid), "BUSY")["KEFU_NEXT"] == "agent"
    with AsteriskCaller(door.ports.wide, caller.uuid, 16_000) as back:
        back.wait_hung_up()
    refused = door.logged("connection_refused", "reason=audiosocket_other_rate", str(caller.uuid))
    assert "8000" in refused
    assert "16000" in refused
    asked = agi(door.ports.agi, "next", str(caller.uuid))  # else the dialplan goes round
    assert (asked["KEFU_NEXT"], asked["KEFU_CAUSE"]) == ("failed", "audiosocket_other_rate")


@pytest.mark.parametrize("status", ["CANCEL", "ANSWER", "BUSY"])
def test_a_result_leaves_a_call_that_is_not_put_through_alone(
    door: DoorProcess, status: str
) -> None:
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_heard()
        told = agi(door.ports.agi, "result", str(caller.uuid), status)
        assert told["KEFU_NEXT"] == "agent"
        before = len(caller.heard)
        until(lambda: len(caller.heard) > before + 25)
        assert not caller.closed.is_set()
    assert "transferred" not in door.log


def test_it_ends_without_a_stack_whoever_is_connected(door: DoorProcess) -> None:
    asking = b"agi_network: yes\n"
    open_ones = [socket.create_connection(("127.0.0.1", port)) for port in door.ports]
    open_ones[-1].sendall(asking)
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_heard()
        door.process.terminate()
        caller.wait_hung_up(6)
    assert door.process.wait(8) == 0
    for connection in open_ones:
        connection.close()
    assert door.log.rstrip().splitlines()[-1].endswith(" ended")
    assert "Traceback" not in door.log

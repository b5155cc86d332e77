"""What no Asterisk sends: that connection ends with a logged reason, the others do not notice."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import pytest

from tests.daemon.doors.asterisk_caller import AsteriskCaller
from tests.daemon.doors.door_process import DoorProcess
from tests.daemon.gateway.house import House, until

SETTINGS = "uuid_timeout_ms = 600\nframe_timeout_ms = 400\nmax_connections = 8"
NAME = b"\x01\x00\x10" + bytes(range(16))
SILENCE = b"\x10\x01\x40" + bytes(320)
NOTICED_S = 0.5
"""A frame of another call that came later than this was held up; Asterisk gives up after 2 s."""


@pytest.fixture(scope="module")
def door() -> Iterator[DoorProcess]:
    with House() as house, DoorProcess(house.folder, house.folder, SETTINGS) as process:
        yield process


@pytest.fixture(scope="module")
def talking(door: DoorProcess) -> Iterator[AsteriskCaller]:
    """A caller who is on the line all the time."""
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_heard()
        yield caller


@pytest.fixture
def other(talking: AsteriskCaller) -> Iterator[AsteriskCaller]:
    """He hears a frame every 20 ms, before, meanwhile and after."""
    before = len(talking.heard)
    until(lambda: len(talking.heard) > before + 5)
    yield talking
    after = len(talking.heard)
    until(lambda: len(talking.heard) > after + 5)
    gaps = sorted(b.at - a.at for a, b in pairwise(talking.heard[before:]))
    assert gaps[-1] < NOTICED_S
    assert gaps[len(gaps) // 2] < 0.03
    assert not talking.closed.is_set()


def connect(door: DoorProcess, data: bytes) -> socket.socket:
    """A connection that sends these bytes."""
    connection = socket.create_connection(("127.0.0.1", door.ports.zh), timeout=5)
    connection.sendall(data)
    return connection


def ended(connection: socket.socket) -> None:
    """Read to the end, which has to come."""
    with connection, suppress(ConnectionResetError):
        while connection.recv(4_096):
            pass


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(NAME + b"\x02\x00\x01x", "audiosocket_bad_kind", id="a kind that is none"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", "audiosocket_bad_kind", id="a browser"),
        pytest.param(b"\x16\x03\x01\x02\x00", "audiosocket_bad_length", id="TLS"),
        pytest.param(NAME + b"\x11\x00\x02ab", "audiosocket_bad_kind", id="12 kHz"),
        pytest.param(NAME + b"\x12\x00\x02ab", "audiosocket_bad_kind", id="16 kHz at 8 kHz"),
        pytest.param(NAME + b"\x10\x00\x00", "audiosocket_bad_length", id="length 0"),
        pytest.param(NAME + b"\x10\xff\xff", "audiosocket_bad_length", id="length 65,535"),
        pytest.param(NAME + b"\x10\x01\x41", "audiosocket_bad_length", id="half a sample"),
        pytest.param(NAME + b"\x03\x00\x00", "audiosocket_bad_length", id="a key of length 0"),
        pytest.param(SILENCE, "audiosocket_no_uuid", id="audio first"),
        pytest.param(b"\x03\x00\x015", "audiosocket_no_uuid", id="a key first"),
        pytest.param(b"\xff\x00\x01\x02", "audiosocket_no_uuid", id="an error first"),
        pytest.param(NAME + NAME, "audiosocket_no_uuid", id="two UUIDs"),
        pytest.param(b"\x01\x00\x0f" + bytes(15), "audiosocket_bad_length", id="a short UUID"),
        pytest.param(b"\x01\x00\x11" + bytes(17), "audiosocket_bad_length", id="a long UUID"),
        pytest.param(b"", "audiosocket_no_uuid", id="nothing"),
        pytest.param(b"\x01\x00", "audiosocket_half_frame", id="half a header"),
        pytest.param(NAME + b"\x10\x01\x40ab", "audiosocket_half_frame", id="half a frame"),
    ],
)
def test_that_connection_ends_with_a_reason(
    door: DoorProcess, other: AsteriskCaller, data: bytes, reason: str
) -> None:
    logged = door.log.count(f"reason={reason}")
    ended(connect(door, data))
    until(lambda: door.log.count(f"reason={reason}") == logged + 1)
    line = [line for line in door.log.splitlines() if f"reason={reason}" in line][-1]
    assert "connection_refused" in line
    assert "said=" in line


def test_half_a_header_and_then_the_end(door: DoorProcess, other: AsteriskCaller) -> None:
    logged = door.log.count("The connection ended within a frame.")
    connect(door, NAME + b"\x10\x01").close()
    until(lambda: door.log.count("The connection ended within a frame.") == logged + 1)


def test_a_flood(door: DoorProcess, other: AsteriskCaller) -> None:
    with connect(door, b"\x01\x00\x10" + uuid.uuid4().bytes) as flood, suppress(OSError):
        for _ in range(1_000):
            flood.sendall(SILENCE * 100)
    door.logged("reason=audiosocket_flood")


def test_a_flood_of_keys(door: DoorProcess, other: AsteriskCaller) -> None:
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_heard()
        caller.press("1" * 60)
        before = len(caller.heard)
        until(lambda: len(caller.heard) > before + 10)
        with suppress(OSError):
            caller.press("1" * 500)
        caller.wait_hung_up()
    door.logged("reason=audiosocket_flood", str(caller.uuid), "keys")


def test_asterisks_own_error_ends_the_connection(door: DoorProcess, other: AsteriskCaller) -> None:
    with AsteriskCaller(door.ports.zh) as caller:
        caller.raw(0xFF, b"\x02")
        caller.wait_hung_up()
    door.logged("connection_ended", str(caller.uuid), "reason=asterisk_error_02")


def test_a_reader_who_sleeps(door: DoorProcess, other: AsteriskCaller) -> None:
    sleeper = socket.socket()
    with sleeper:
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        sleeper.connect(("127.0.0.1", door.ports.zh))
        sleeper.sendall(b"\x01\x00\x10" + uuid.uuid4().bytes)
        end = time.monotonic() + 15
        while "reason=audiosocket_slow_reader" not in door.log:
            assert time.monotonic() < end
            time.sleep(0.1)
            with suppress(OSError):
                sleeper.sendall(SILENCE * 5)
    door.logged("reason=audiosocket_slow_reader")


def test_one_connection_too_many(door: DoorProcess, other: AsteriskCaller) -> None:
    """Those that hold places say nothing, and lose them after ``uuid_timeout_ms``."""
    silent = [connect(door, b"") for _ in range(7)]
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_hung_up(3)
    assert "said=" in door.logged("reason=audiosocket_too_many")
    for connection in silent:
        ended(connection)
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_heard()

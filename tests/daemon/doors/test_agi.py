"""FastAGI: what the dialplan asks, what it is told, and who is no dialplan."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.doors.agi import Request, answer, read_request, set_variable
from daemon.doors.call_book import CallBook
from daemon.doors.door_call import Transfer
from daemon.doors.errors import BadAgiRequest
from tests.daemon.doors.asterisk_caller import agi
from tests.daemon.doors.door_process import DoorProcess

NAME = str(uuid.uuid4())


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorProcess]:
    folder = tmp_path_factory.mktemp("door")
    agi_settings = "timeout_ms = 500\nmax_connections = 4"
    with DoorProcess(folder, folder, agi=agi_settings) as process:
        yield process


async def read(data: bytes) -> Request:
    reader = asyncio.StreamReader(limit=4_096)
    reader.feed_data(data)
    reader.feed_eof()
    return await read_request(reader)


async def test_a_request_is_read() -> None:
    data = b"agi_network: yes\nagi_network_script: result\nagi_arg_1: a: b\nagi_arg_2: BUSY\n\n"
    assert await read(data) == Request("result", ("a: b", "BUSY"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"agi_network: yes\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"agi_x\n\n",
        b"agi_x: y\n" * 3_000 + b"\n",
        b"agi_x: " + b"y" * 9_000 + b"\n\n",
        bytes(range(256)),
    ],
)
async def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(BadAgiRequest):
        await read(data)


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("", (NAME,)),
        ("next", ()),
        ("next", (NAME, "BUSY")),
        ("result", (NAME,)),
        ("result", (NAME, "WON")),
        ("next", ("no uuid",)),
        ("hangup", (NAME,)),
    ],
)
def test_what_is_not_offered_is_refused(script: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(BadAgiRequest):
        answer(Request(script, arguments), CallBook("ipc:///nowhere", 1.0))


class Call:
    """One that is being put through, and what is said of it."""

    call = SimpleNamespace(id=b"\1" * 16)

    def __init__(self) -> None:
        self.transfer: Transfer | None = Transfer(target="service")
        self.told: list[str] = []

    def report(self, result: str) -> None:
        self.transfer = None
        self.told.append(result)

    def hang_up(self) -> None:
        self.told.append("hang up")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("ANSWER", ["ok"]),
        ("BUSY", ["busy"]),
        ("NOANSWER", ["no_answer"]),
        ("CHANUNAVAIL", ["refused"]),
        ("CONGESTION", ["refused"]),
        ("CANCEL", ["no_answer", "hang up"]),
        ("DONTCALL", ["refused"]),
        ("TORTURE", ["refused"]),
        ("INVALIDARGS", ["refused"]),
        ("TIMEOUT", ["no_answer"]),
        ("FULL", ["busy"]),
        ("JOINEMPTY", ["refused"]),
        ("LEAVEEMPTY", ["no_answer"]),
        ("busy", ["busy"]),
    ],
)
def test_what_became_of_the_transfer(
    monkeypatch: pytest.MonkeyPatch, status: str, told: list[str]
) -> None:
    book, call = CallBook("ipc:///nowhere", 1.0), Call()
    monkeypatch.setattr(book, "live", {NAME: call}.get)
    assert answer(Request("result", (NAME, status)), book)["KEFU_NEXT"] == "agent"
    assert call.told == told


def test_a_uuid_that_never_talked_has_failed() -> None:
    book = CallBook("ipc:///nowhere", 1.0)
    for request in (Request("next", (NAME.upper(),)), Request("result", (NAME, "busy"))):
        told = answer(request, book)
        assert told == {"KEFU_NEXT": "failed", "KEFU_CAUSE": "unknown_uuid", "KEFU_CALL": ""}


@given(st.text())
def test_no_value_means_anything_to_agi_or_to_the_dialplan(text: str) -> None:
    command = set_variable("KEFU_SUMMARY", text).decode()
    assert command.startswith('SET VARIABLE KEFU_SUMMARY "')
    assert command.endswith('"\n')
    value = command[len('SET VARIABLE KEFU_SUMMARY "') : -2]
    assert not set(value) & set('"\\$`{}[]|;&,\n\r\0')
    assert len(command.encode()) < 2_048


def test_words_survive() -> None:
    said = '来电人想查订单，号码 A1024。\nHe said: "now, please" ${EXEC(x)}'
    plain = "来电人想查订单，号码 A1024。 He said: now， please EXEC(x)"
    assert set_variable("X", said).decode() == f'SET VARIABLE X "{plain}"\n'


def test_the_server_goes_on_after_hostile_bytes(door: DoorProcess) -> None:
    for data in (b"\0" * 20_000, b"GET / HTTP/1.1\n", b"agi_network_script: next\n\n", b""):
        with socket.create_connection(("127.0.0.1", door.ports.agi), timeout=5) as connection:
            connection.sendall(data)
            assert connection.recv(100) == b""
    assert door.log.count("agi_refused") == 4
    assert agi(door.ports.agi, "next", NAME)["KEFU_CAUSE"] == "unknown_uuid"


def test_asterisk_hangs_up_meanwhile_or_does_not_take_the_command(door: DoorProcess) -> None:
    for replies in (b"HANGUP\n200 result=1\n" * 3, b"511 Command Not Permitted\n"):
        with socket.create_connection(("127.0.0.1", door.ports.agi), timeout=5) as connection:
            request = f"agi_network_script: next\nagi_arg_1: {NAME}\n\n"
            connection.sendall(request.encode() + replies)
            data = b""
            while more := connection.recv(4_096):
                data += more
            assert b"KEFU_NEXT" in data
    door.logged("agi_refused", "511")


def test_silent_ones_hold_no_place_for_long(door: DoorProcess) -> None:
    silent = [socket.create_connection(("127.0.0.1", door.ports.agi)) for _ in range(6)]
    for connection in silent:
        with connection:
            connection.settimeout(3)
            assert connection.recv(100) == b""
    assert agi(door.ports.agi, "next", NAME)["KEFU_NEXT"] == "failed"


def test_there_is_no_number_to_dial_in_a_target_that_is_none(tmp_path: Path) -> None:
    command = set_variable("KEFU_TARGET", "100&PJSIP/mallory,30,U(x)")
    assert command == 'SET VARIABLE KEFU_TARGET "100 PJSIP/mallory，30，U(x)"\n'.encode()

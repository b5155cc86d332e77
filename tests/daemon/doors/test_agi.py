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
from daemon.doors.errors import BadAgiRequest, BadUuid
from daemon.doors.settings import AudioSocketSettings
from tests.daemon.doors.asterisk_caller import agi
from tests.daemon.doors.door_process import DoorProcess

NAME = str(uuid.uuid4())


def no_calls() -> CallBook:
    return CallBook("ipc:///nowhere", AudioSocketSettings(), 30.0)


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
        ("begin", (NAME,)),
        ("begin", (NAME, "1001", "4000", "more")),
        ("hangup", (NAME,)),
    ],
)
def test_what_is_not_offered_is_refused(script: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(BadAgiRequest):
        answer(Request(script, arguments), no_calls())


@pytest.mark.parametrize("name", ["", "no uuid", "${UUID()}"])
@pytest.mark.parametrize("script", ["next", "begin", "result"])
def test_a_uuid_that_is_none_has_its_own_cause(script: str, name: str) -> None:
    """As an Asterisk without UUID() sends it."""
    arguments = {"next": (name,), "begin": (name, "1001"), "result": (name, "BUSY")}[script]
    with pytest.raises(BadUuid):
        answer(Request(script, arguments), no_calls())


class Call:
    """One that is being put through, and what is said of it."""

    call = SimpleNamespace(id=b"\1" * 16)
    attached = False
    ending = ""

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
        ("WITHDRAW", ["no_answer"]),
        ("CONTINUE", ["ok"]),
        ("FULL", ["busy"]),
        ("JOINEMPTY", ["refused"]),
        ("LEAVEEMPTY", ["no_answer"]),
        ("busy", ["busy"]),
    ],
)
def test_what_became_of_the_transfer(
    monkeypatch: pytest.MonkeyPatch, status: str, told: list[str]
) -> None:
    book, call = no_calls(), Call()
    monkeypatch.setattr(book, "live", {NAME: call}.get)
    over = status in ("ANSWER", "CONTINUE", "CANCEL")
    following = answer(Request("result", (NAME, status)), book)["KEFU_NEXT"]
    assert following == ("hangup" if over else "agent")
    assert call.told == told


def test_a_uuid_that_never_talked_has_failed() -> None:
    book = no_calls()
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
    for data in (b"\0" * 20_000, b"GET / HTTP/1.1\n", b""):
        with socket.create_connection(("127.0.0.1", door.ports.agi), timeout=5) as connection:
            connection.sendall(data)
            assert connection.recv(100) == b""
    assert door.log.count("agi_refused") == 3
    assert agi(door.ports.agi, "next", NAME)["KEFU_CAUSE"] == "unknown_uuid"


def answered(door: DoorProcess, replies: bytes) -> list[str]:
    """The variables that an Asterisk with these replies was given, in their order."""
    with socket.create_connection(("127.0.0.1", door.ports.agi), timeout=5) as connection:
        request = f"agi_network_script: next\nagi_arg_1: {NAME}\n\n"
        connection.sendall(request.encode() + replies)
        data = b""
        while more := connection.recv(4_096):
            data += more
    return [command.split()[2] for command in data.decode().splitlines()]


def test_what_comes_next_is_set_last_and_only_where_all_before_was_taken(
    door: DoorProcess,
) -> None:
    taken = b"200 result=1\n"
    assert answered(door, taken * 3) == ["KEFU_CAUSE", "KEFU_CALL", "KEFU_NEXT"]
    assert answered(door, b"HANGUP\n" + taken * 3)[-1] == "KEFU_NEXT"
    assert answered(door, taken + b"511 Command Not Permitted\n") == ["KEFU_CAUSE", "KEFU_CALL"]
    door.logged("agi_refused", "511")


@pytest.mark.parametrize(
    ("script", "arguments", "cause"),
    [
        ("next", ("",), "bad_uuid"),
        ("begin", ("", "1001"), "bad_uuid"),
        ("result", (NAME, "WON"), "bad_agi_request"),
        ("nowhere", (NAME,), "bad_agi_request"),
    ],
)
def test_a_request_that_cannot_be_answered_sends_the_caller_to_somebody_else(
    door: DoorProcess, script: str, arguments: tuple[str, ...], cause: str
) -> None:
    told = agi(door.ports.agi, script, *arguments)
    assert told == {"KEFU_CAUSE": cause, "KEFU_CALL": "", "KEFU_NEXT": "failed"}
    door.logged("agi_refused")


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

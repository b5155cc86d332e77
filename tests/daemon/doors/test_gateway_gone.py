"""The gateway is away, comes back, or ends: lost calls are hung up, and the door goes on."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.doors.asterisk_caller import AsteriskCaller, agi
from tests.daemon.doors.door_process import DoorProcess
from tests.daemon.gateway.test_gateway_process import TOY, Kefud


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """State folder of a gateway that is not started yet."""
    path = Path(tempfile.mkdtemp(prefix="kefu-"))
    (path / "kefu.toml").write_text(
        f"[worker]\ncommand = {TOY!r}\nrestart_first_ms = 50\nnice = 0\n"
        "[gateway]\nmax_calls = 8\ndrain_s = 1\n"
    )
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def door(folder: Path) -> Iterator[DoorProcess]:
    with DoorProcess(folder, folder / "run") as process:
        yield process


def kefud(folder: Path) -> Kefud:
    return Kefud(folder, "--standalone", "--config", str(folder / "kefu.toml"))


def refused(door: DoorProcess) -> str:
    """A caller who is hung up at once; why, as the dialplan is told."""
    with AsteriskCaller(door.ports.wide, rate_hz=16_000) as caller:
        caller.wait_hung_up(5)
    told = agi(door.ports.agi, "next", str(caller.uuid))
    assert told["KEFU_NEXT"] == "failed"
    assert f"reason={told['KEFU_CAUSE']}" in door.logged("connection_refused", str(caller.uuid))
    return told["KEFU_CAUSE"]


def call(door: DoorProcess) -> AsteriskCaller:
    """A caller who hears the toy's tone at 16 kHz."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        caller = AsteriskCaller(door.ports.wide, rate_hz=16_000)
        try:
            caller.wait_loud(timeout_s=3)
        except AssertionError:
            caller.hang_up()  # the worker is still starting
        else:
            return caller
    raise AssertionError(door.log[-3_000:])


def test_without_a_gateway_the_caller_goes_on_in_the_dialplan(door: DoorProcess) -> None:
    assert refused(door) == "gateway_unreachable"


def test_a_gateway_that_comes_later_is_found(door: DoorProcess, folder: Path) -> None:
    with kefud(folder), call(door) as caller:
        assert {(frame.kind, len(frame.payload)) for frame in caller.heard} == {(0x12, 640)}


def test_a_gateway_that_is_killed_loses_its_calls_and_no_more(
    door: DoorProcess, folder: Path
) -> None:
    with kefud(folder) as first, call(door) as caller:
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        assert refused(door) == "gateway_unreachable"
        before = len(caller.heard)
        time.sleep(1)
        assert len(caller.heard) - before > 40  # silence goes on: Asterisk must not give up
        with kefud(folder):
            caller.wait_hung_up(12)
            told = agi(door.ports.agi, "next", str(caller.uuid))
            assert (told["KEFU_NEXT"], told["KEFU_CAUSE"]) == ("failed", "unknown_call")
            call(door).hang_up()


def test_a_gateway_that_is_stopped_ends_its_calls(door: DoorProcess, folder: Path) -> None:
    with kefud(folder) as gateway, call(door) as caller:
        gateway.process.terminate()
        caller.wait_hung_up(10)
    told = agi(door.ports.agi, "next", str(caller.uuid))
    assert (told["KEFU_NEXT"], told["KEFU_CAUSE"]) == ("failed", "shutdown")

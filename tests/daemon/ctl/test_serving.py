"""Waiting for gateway and worker that were started here: what ends it, and what it says."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path
from typing import cast

import pytest

from daemon.ctl import serving
from daemon.ctl.errors import GatewayAway
from daemon.errors import SocketInUse


class Child:
    """A gateway that runs until ``status`` is set."""

    def __init__(self) -> None:
        self.status: int | None = None

    def poll(self) -> int | None:
        return self.status


def await_phrases(child: Child, log: serving._Log) -> None:
    cache = log.path.parent / "phrases"
    cache.mkdir(exist_ok=True)
    serving._await_phrases(cast("subprocess.Popen[bytes]", child), log, cache)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> serving._Log:
    monkeypatch.setattr(serving, "PHRASES_STILL_S", 0.6)
    path = tmp_path / "kefud.log"
    path.touch()
    return serving._Log(path)


def test_phrases_that_are_still_being_made_are_waited_for(log: serving._Log) -> None:
    def make() -> None:
        for made in range(6):
            time.sleep(0.3)
            (log.path.parent / "phrases" / f"{made}.pcm").touch()
        with log.path.open("a") as file:
            file.write("INFO phrases ready scenario=order_status\n")
            file.write("INFO phrases ready scenario=refund\n")

    maker = threading.Thread(target=make)
    maker.start()
    began = time.monotonic()
    await_phrases(Child(), log)
    maker.join()
    assert time.monotonic() - began > 1.7


def test_a_busy_machine_ends_no_gateway_that_takes_calls(
    log: serving._Log, capfd: pytest.CaptureFixture[str]
) -> None:
    log.path.write_text("INFO phrases made=5 of=9\n")
    await_phrases(Child(), log)
    assert "made behind the calls" in " ".join(capfd.readouterr().err.split())


def test_a_gateway_that_ends_meanwhile_gives_its_reason(log: serving._Log) -> None:
    child = Child()
    child.status = 5
    log.path.write_text("kefud: records_unusable: The disk is full.\n")
    with pytest.raises(GatewayAway, match="The disk is full"):
        await_phrases(child, log)


def test_a_taken_socket_is_mended_with_an_option_that_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_answers", lambda _: True)
    with pytest.raises(SocketInUse) as taken, serving.serving(tmp_path):
        pass
    assert "--state" in taken.value.instance_mend
    assert "--run" not in taken.value.instance_mend

"""``kefuctl status`` and ``drain`` against a control socket, a gateway without one, and none."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from daemon import control
from daemon.ctl import drain, main
from daemon.ctl import status as verb
from daemon.ctl.control_client import ControlClient
from daemon.errors import BadRequest, MeasureDiffers
from daemon.gateway.control import ControlSocket
from kefu.errors import GatewayUnreachable
from tests.daemon.gateway.house import House

LIVE = control.LiveCall(
    call="ab" * 16,
    since="2026-01-02T03:04:05+00:00",
    age_s=75.0,
    turns=3,
    scenario="refund[bold]",
    language="zh",
    state="held",
    action="ask_order",
)
STATUS = control.Status(
    state="serving",
    calls=1,
    free=2,
    max_calls=3,
    max_calls_from="measured",
    slot="blue",
    release="lite-1",
    worker="serving",
    uptime_s=7_500.0,
    refusals={"busy": 4},
    events_not_stored=2,
    recordings=1,
    waits=control.Waits(turns=120, p50_s=0.8, p95_s=1.7),
)


class Gateway(threading.Thread):
    """A control socket with a call that ends once it was told to drain."""

    def __init__(self, path: Path, live: int = 1) -> None:
        super().__init__(daemon=True)
        self.live = live
        self.drained = False
        self.socket = ControlSocket(path, self.answer, Counter())
        self._ending = False

    def answer(self, request: control.Request) -> control.Answer:
        if isinstance(request, control.StatusRequest):
            return STATUS
        if isinstance(request, control.DrainRequest):
            self.drained = True
            return control.Draining(calls=self.live)
        if isinstance(request, control.CallsRequest):
            self.live -= self.drained and self.live > 0
            return control.Calls(calls=(LIVE,) * self.live)
        raise MeasureDiffers("has 3")

    def run(self) -> None:
        while not self._ending:
            self.socket.poll(time.monotonic())
            time.sleep(0.002)

    def end(self) -> None:
        self._ending = True
        self.join()
        self.socket.close()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path / "run" / "control.sock")
    gateway.start()
    yield gateway
    gateway.end()


def kefuctl(*arguments: object, capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main.main([str(argument) for argument in arguments])
    out, err = capfd.readouterr()
    return code, out, err


def test_one_screen_tells_what_an_operator_asks(
    gateway: Gateway, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = kefuctl("status", "--state", tmp_path, capfd=capfd)
    assert code == 0
    for words in ("serving, up 2 h 5 min", "lite-1", "1 of 3", "measured", "0.80 s", "1.70 s"):
        assert words in out
    for words in ("busy 4", "2 events", "recording", "faults      none"):
        assert words in out
    assert len(out.splitlines()) <= 24


def test_engines_that_fail_are_alarming() -> None:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(verb.screen(replace(STATUS, stages_failed=7)))
    assert "7 failures" in captured.get()


def test_a_drained_gateway_says_what_is_left_to_do() -> None:
    told = replace(STATUS, state="draining", worker="drained", calls=0)
    console = Console(width=100)
    with console.capture() as captured:
        console.print(verb.screen(told))
    assert "drained: stop kefud now" in captured.get()
    assert "dead" not in captured.get()


def test_scripts_get_the_whole_of_it(
    gateway: Gateway, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = kefuctl("status", "--state", tmp_path, "--json", capfd=capfd)
    told = json.loads(out)
    assert code == 0
    assert (told["state"], told["calls"], told["free"]) == ("serving", 1, 2)
    assert told["details"]["refusals"] == {"busy": 4}
    assert told["details"]["waits"]["p95_s"] == 1.7


def test_live_calls_are_listed(
    gateway: Gateway, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = kefuctl("status", "--calls", "--state", tmp_path, capfd=capfd)
    assert code == 0
    for words in ("abababababab", "1 min 15 s", "refund[bold]", "held", "ask_order"):
        assert words in out
    code, out, _ = kefuctl("status", "--calls", "--json", "--state", tmp_path, capfd=capfd)
    assert json.loads(out)[0]["call"] == "ab" * 16
    gateway.live = 0
    assert "No calls" in kefuctl("status", "--calls", "--state", tmp_path, capfd=capfd)[1]


def test_watching_ends_with_ctrl_c_and_outlives_the_gateway(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway(tmp_path / "run" / "control.sock")
    gateway.start()
    looks = 0

    def pause(_: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            gateway.end()
        if looks == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(verb, "time", type("Clock", (), {"sleep": staticmethod(pause)}))
    code, out, _ = kefuctl("status", "--watch", "--state", tmp_path, capfd=capfd)
    assert code == 0
    assert looks == 4
    assert "There is no socket" in out


def test_a_gateway_without_the_socket_is_asked_by_ping(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with House() as house:
        (house.folder / "control.sock").unlink(missing_ok=True)
        arguments = ("status", "--state", house.folder, "--run", house.folder)
        code, out, _ = kefuctl(*arguments, capfd=capfd)
        assert code == 0
        assert "0 calls, room for 8" in out
        code, out, _ = kefuctl(*arguments, "--json", capfd=capfd)
        assert json.loads(out)["free"] == 8
        assert json.loads(out)["details"] is None
        assert kefuctl(*arguments, "--calls", capfd=capfd)[0] == 3


@pytest.mark.parametrize("arguments", [("status",), ("status", "--calls"), ("drain",)])
def test_nobody_there(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = kefuctl(*arguments, "--state", tmp_path, capfd=capfd)
    assert (code, out) == (3, "")
    assert "gateway_unreachable" in err


@pytest.mark.parametrize("arguments", [("status",), ("drain",)])
def test_a_relative_folder_is_told_whole(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    _, _, err = kefuctl(*arguments, "--state", "var", capfd=capfd)
    assert f"{tmp_path}/var/run/" in err


def test_drain_waits_for_the_last_call(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "_EVERY_S", 0.01)
    gateway = Gateway(tmp_path / "run" / "control.sock", live=3)
    gateway.start()
    code, out, err = kefuctl("drain", "--state", tmp_path, capfd=capfd)
    gateway.end()
    assert code == 0
    assert "No calls are left" in out
    assert "stop kefud now" in out
    assert "2 of 3 calls are left" in err
    assert "1 of 3 calls are left" in err


def test_ctrl_c_leaves_the_drain_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(drain, "_wait", interrupt)
    gateway = Gateway(tmp_path / "run" / "control.sock", live=2)
    gateway.start()
    code, out, err = kefuctl("drain", "--json", "--state", tmp_path, capfd=capfd)
    gateway.end()
    assert code == 130
    assert gateway.drained
    assert "stays on" in err
    assert (json.loads(out)["calls"], json.loads(out)["left"]) == (2, 2)


def test_a_refusal_has_the_gateways_own_code(gateway: Gateway, tmp_path: Path) -> None:
    with (
        ControlClient(tmp_path / "run" / "control.sock") as client,
        pytest.raises(MeasureDiffers, match="has 3"),
    ):
        client.ask(control.MeasureRequest(max_calls=2), control.Measured)


def stranger(path: Path, answer: Callable[[socket.socket], None]) -> threading.Thread:
    """Somebody else listens at the socket."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.fspath(path))
    listener.listen()

    def serve() -> None:
        peer, _ = listener.accept()
        with peer, listener:
            peer.recv(4_096)
            answer(peer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("bytes_", "error"),
    [
        (b"", GatewayUnreachable),
        (b"half a line", GatewayUnreachable),
        (b"not json\n", BadRequest),
        (b"\x00\xff\n", BadRequest),
        (b"[" * 200_000 + b"\n", BadRequest),
        (b'{"answer":"calls","calls":[]}\n', BadRequest),
        (b'{"answer":"error","error":"of_tomorrow","message":"?"}\n', BadRequest),
    ],
)
def test_a_stranger_at_the_socket_ends_in_an_error(
    tmp_path: Path, bytes_: bytes, error: type[Exception]
) -> None:
    thread = stranger(tmp_path / "control.sock", lambda peer: peer.sendall(bytes_))
    with ControlClient(tmp_path / "control.sock") as client, pytest.raises(error):
        client.ask(control.StatusRequest(), control.Status)
    thread.join()


def test_who_never_answers_is_not_waited_for(tmp_path: Path) -> None:
    thread = stranger(tmp_path / "control.sock", lambda peer: time.sleep(0.4))
    with (
        ControlClient(tmp_path / "control.sock", timeout_s=0.1) as client,
        pytest.raises(GatewayUnreachable),
    ):
        client.ask(control.StatusRequest(), control.Status)
    thread.join()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min 0 s"), (3_700, "1 h 1 min"), (90_000, "1 d 1 h")],
)
def test_durations_have_two_units(seconds: float, words: str) -> None:
    assert verb.duration(seconds) == words


def test_who_is_not_in_the_group_is_told_how_to_get_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)  # root is never refused
    assert main.main(["status", "--run", str(tmp_path)]) == 3
    assert "usermod -aG kefu" in capfd.readouterr().err

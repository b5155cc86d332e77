"""The control socket: what it answers, and that no peer can hold up the gateway's tick."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
import stat
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.control import (
    Answer,
    Calls,
    CallsRequest,
    Draining,
    DrainRequest,
    LiveCall,
    Measured,
    MeasureRequest,
    Request,
    Status,
    StatusRequest,
    pack,
    parse_answer,
    parse_request,
)
from daemon.errors import BadRequest, BadSocketPath, MeasureDiffers, SocketInUse
from daemon.gateway.call_limit import CallLimit, call_limit
from daemon.gateway.control import CONNECTIONS, IDLE_S, YIELDS_S, ControlSocket

STATUS = Status(state="serving", calls=1, free=2, max_calls=3, max_calls_from="measured")
LIVE = LiveCall(call="ab" * 16, since="2026-01-02T03:04:05+00:00", age_s=1.5, turns=2)


def answer(request: Request) -> Answer:
    """The gateway's part, as short as it can be."""
    if isinstance(request, StatusRequest):
        return STATUS
    if isinstance(request, CallsRequest):
        return Calls(calls=(LIVE,) * 500)
    if isinstance(request, DrainRequest):
        return Draining(calls=1)
    if request.max_calls == 666:
        raise ZeroDivisionError
    if request.max_calls != 3:
        raise MeasureDiffers("capacity.json says 3.")
    return Measured(max_calls=3, max_calls_from="measured")


class Desk:
    """A control socket that is polled on a clock of the test's own."""

    def __init__(self, path: Path) -> None:
        self.counters: Counter[str] = Counter()
        self.socket = ControlSocket(path, answer, self.counters)
        self.now = 100.0
        self.tick_s = 0.02
        self.longest_s = 0.0

    def poll(self, ticks: int = 1) -> None:
        for _ in range(ticks):
            self.now += self.tick_s
            began = time.thread_time()
            self.socket.poll(self.now)
            self.longest_s = max(self.longest_s, time.thread_time() - began)

    def peer(self) -> socket.socket:
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(2)
        peer.connect(os.fspath(self.socket.path))
        return peer

    def ask(self, peer: socket.socket, *lines: bytes) -> list[dict[str, Any]]:
        """Send lines and poll until so many answers came."""
        peer.sendall(b"".join(lines))
        return self.answers(peer, b"".join(lines).count(b"\n"))

    def answers(self, peer: socket.socket, count: int) -> list[dict[str, Any]]:
        """Poll until so many lines came, or the gateway has closed."""
        peer.setblocking(False)
        received = b""
        for _ in range(5_000):
            self.poll()
            try:
                chunk = peer.recv(1 << 16)
            except BlockingIOError:
                continue
            received += chunk
            if not chunk or received.count(b"\n") >= count:
                break
        return [json.loads(one) for one in received.splitlines()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "control.sock")
    yield desk
    desk.socket.close()
    assert not desk.socket.path.exists()


def gone(peer: socket.socket) -> bool:
    peer.setblocking(False)
    try:
        return peer.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_each_request_has_its_answer(desk: Desk) -> None:
    with desk.peer() as peer:
        status, calls, drain, measured = desk.ask(
            peer,
            b'{"ask":"status"}\n',
            b'{"ask":"calls"}\n',
            b'{"ask":"drain"}\n',
            b'{"ask":"measure","max_calls":3}\n',
        )
    assert (status["answer"], status["max_calls"]) == ("status", 3)
    assert len(calls["calls"]) == 500
    assert calls["calls"][0]["call"] == LIVE.call
    assert drain == {"answer": "draining", "draining": True, "calls": 1}
    assert measured["max_calls_from"] == "measured"


@pytest.mark.parametrize("line", [b"status\n", b"STATUS\r\n", b"  status  \n"])
def test_a_bare_word_asks_too(desk: Desk, line: bytes) -> None:
    with desk.peer() as peer:
        assert desk.ask(peer, line)[0]["answer"] == "status"


@pytest.mark.parametrize(
    "message",
    [StatusRequest(), CallsRequest(), DrainRequest(), MeasureRequest(max_calls=7)],
)
def test_requests_survive_their_bytes(message: Request) -> None:
    assert parse_request(pack(message)) == message


def test_answers_survive_their_bytes() -> None:
    for message in (STATUS, Calls(calls=(LIVE,)), Draining(calls=2)):
        assert parse_answer(pack(message)) == message


HOSTILE = [
    b"\n",
    b"hello\n",
    b"\x00\x00\x00\n",
    b'{"ask":"status\x00"}\n',
    b"\xff\xfe{}\n",
    b"{\n",
    b"{}\n",
    b"[]\n",
    b'{"ask":"reboot"}\n',
    b'{"ask":1}\n',
    b'{"ask":["status"]}\n',
    b'{"ask":"measure"}\n',
    b'{"ask":"measure","max_calls":0}\n',
    b'{"ask":"measure","max_calls":-1}\n',
    b'{"ask":"measure","max_calls":1e300}\n',
    b'{"ask":"measure","max_calls":"3"}\n',
    b'{"ask":"measure","max_calls":99999999999999999999999}\n',
    b'{"ask":"status","x":' + b"[" * 4_000 + b"\n",
    b"[" * 4_000 + b"\n",
    b'{"ask":"status","ask":"drain\n',
]


@pytest.mark.parametrize("line", HOSTILE)
def test_what_is_no_request_is_refused_and_the_next_one_works(desk: Desk, line: bytes) -> None:
    with desk.peer() as peer:
        refused, status = desk.ask(peer, line, b"status\n")
    assert (refused["answer"], refused["error"]) == ("error", "bad_request")
    assert refused["message"]
    assert refused["mend"]
    assert status["answer"] == "status"
    assert desk.counters["control_bad_request"] == 1


@pytest.mark.parametrize("size", [4_096, 4_097, 100_000, 3_000_000])
def test_a_giant_line_is_not_kept_and_the_next_one_works(desk: Desk, size: int) -> None:
    desk.tick_s = 0.0  # the sender is another thread: no time passes here
    line = b"[" * size + b"\nstatus\n"
    with desk.peer() as peer, peer.dup() as taker:
        sender = threading.Thread(target=peer.sendall, args=(line,))
        taker.setblocking(False)
        sender.start()
        received = b""
        ends = time.monotonic() + 10
        while received.count(b"\n") < 2:
            assert time.monotonic() < ends
            desk.poll()
            try:
                received += taker.recv(4_096)
            except BlockingIOError:
                continue
        sender.join()
    refused, status = [json.loads(one) for one in received.splitlines()]
    assert refused["error"] == "bad_request"
    assert "4096" in refused["message"]
    assert status["answer"] == "status"
    assert desk.longest_s < 0.015


def test_random_bytes_end_in_errors_only(desk: Desk) -> None:
    noise = random.Random(5)
    got: list[dict[str, Any]] = []
    with desk.peer() as peer:
        for _ in range(300):
            got += desk.ask(peer, noise.randbytes(noise.randint(0, 300)) + b"\n")
    assert len(got) >= 300
    assert {one["error"] for one in got} == {"bad_request"}
    assert desk.counters["faults"] == 0


def test_refusals_and_faults_of_the_gateway_are_lines_too(desk: Desk) -> None:
    with desk.peer() as peer:
        differs, fault, status = desk.ask(
            peer,
            b'{"ask":"measure","max_calls":4}\n',
            b'{"ask":"measure","max_calls":666}\n',
            b"status\n",
        )
    assert differs["error"] == "measure_differs"
    assert fault["error"] == "control_fault"
    assert status["answer"] == "status"
    assert desk.counters["faults"] == 1


def test_half_a_line_is_not_carried_out(desk: Desk) -> None:
    with desk.peer() as peer:
        peer.sendall(b"status\ndrain")
        peer.shutdown(socket.SHUT_WR)
        status, refused = desk.answers(peer, 3)
        assert gone(peer)
    assert status["answer"] == "status"
    assert refused["error"] == "bad_request"


def test_who_asks_and_hangs_up_at_once_harms_nobody(desk: Desk) -> None:
    for line in (b"status\n", b"calls\n", b"dra", b"", b"calls\n" * 50):
        peer = desk.peer()
        peer.sendall(line)
        peer.close()
    desk.poll(3)
    with desk.peer() as peer:
        assert desk.ask(peer, b"status\n")[0]["answer"] == "status"


def test_a_peer_that_takes_nothing_is_not_read_and_is_dropped(desk: Desk) -> None:
    with desk.peer() as peer, desk.peer() as good:
        peer.setblocking(False)
        sent = 0
        for _ in range(200):
            with contextlib.suppress(BlockingIOError):
                sent += peer.send(b"calls\n" * 500)
            desk.poll()
        assert desk.counters["control_dropped"] == 0
        stalled_at = sent
        desk.poll(50)
        with pytest.raises(BlockingIOError):
            peer.send(b"calls\n" * 500)
        assert sent == stalled_at
        assert desk.ask(good, b"status\n")[0]["answer"] == "status"
        desk.now += IDLE_S
        desk.poll()
        assert desk.counters["control_dropped"] >= 1
        with pytest.raises(BrokenPipeError):
            peer.send(b"calls\n")
    assert desk.longest_s < 0.015


def test_who_trickles_bytes_without_a_line_is_dropped(desk: Desk) -> None:
    with desk.peer() as peer:
        for _ in range(int(IDLE_S) + 1):
            if gone(peer):
                break
            peer.sendall(b"s")
            desk.now += 1.0
            desk.poll()
        desk.poll()
        assert gone(peer)


def test_silent_peers_give_their_place_to_who_asks(desk: Desk) -> None:
    silent = [desk.peer() for _ in range(CONNECTIONS)]
    desk.poll()
    with desk.peer() as peer:
        assert desk.answers(peer, 1)[0]["error"] == "control_busy"
    desk.now += YIELDS_S
    with desk.peer() as peer:
        assert desk.ask(peer, b"status\n")[0]["answer"] == "status"
    assert sum(gone(one) for one in silent) == 1
    for one in silent:
        one.close()


def test_a_thousand_connections_are_refused_one_by_one(desk: Desk) -> None:
    peers, answered = [], Counter[str]()
    for _ in range(1_000):
        peers.append(desk.peer())
        if len(peers) % 8 == 0:
            desk.socket.poll(desk.now)
    desk.poll(5)
    for peer in peers[CONNECTIONS:]:
        peer.settimeout(1)
        answered[json.loads(peer.recv(1_000))["error"]] += 1
        peer.close()
    assert answered == {"control_busy": 1_000 - CONNECTIONS}
    assert desk.ask(peers[0], b"status\n")[0]["answer"] == "status"
    assert desk.longest_s < 0.015
    for peer in peers:
        peer.close()


def test_idle_ticks_cost_next_to_nothing(desk: Desk) -> None:
    peers = [desk.peer() for _ in range(CONNECTIONS)]
    desk.poll(2)
    took = []
    for _ in range(500):
        began = time.thread_time()
        desk.socket.poll(desk.now)
        took.append(time.thread_time() - began)
    assert sorted(took)[250] < 100e-6
    for peer in peers:
        peer.close()


def test_the_file_is_for_the_group_and_a_stale_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(os.fspath(path))
    first = ControlSocket(path, answer, Counter())
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    with pytest.raises(SocketInUse):
        ControlSocket(path, answer, Counter())
    assert path.exists()
    first.close()


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_what_is_no_socket_is_left_alone(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "control.sock"
    make(path)
    with pytest.raises(BadSocketPath):
        ControlSocket(path, answer, Counter())
    assert path.exists()
    with pytest.raises(BadSocketPath):
        ControlSocket(tmp_path / ("x" * 120), answer, Counter())


@pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed")
def test_socat_can_ask(desk: Desk) -> None:
    asked = subprocess.Popen(
        ["socat", "-", f"UNIX:{desk.socket.path}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert asked.stdin is not None
    assert asked.stdout is not None
    asked.stdin.write(b'{"ask":"status"}\n')
    asked.stdin.close()
    while asked.poll() is None:
        desk.poll()
        time.sleep(0.005)
    assert json.loads(asked.stdout.read())["answer"] == "status"
    asked.stdout.close()


@pytest.mark.parametrize(
    ("setting", "measured", "cores", "capacity", "limit"),
    [
        (0, None, 2, 8, CallLimit(calls=2, source="cores")),
        (0, 5, 2, 8, CallLimit(calls=5, source="measured")),
        (3, 5, 2, 8, CallLimit(calls=3, source="setting")),
        (20, 5, 2, 8, CallLimit(calls=8, source="worker")),
        (0, 20, 2, 8, CallLimit(calls=8, source="worker")),
        (0, None, 64, 8, CallLimit(calls=8, source="worker")),
        (0, None, 2, 0, CallLimit(calls=0, source="worker")),
    ],
)
def test_the_setting_goes_before_the_measure_before_the_cores(
    setting: int, measured: int | None, cores: int, capacity: int, limit: CallLimit
) -> None:
    assert call_limit(setting, measured, cores, capacity) == limit


def test_an_answer_that_is_none_is_refused() -> None:
    for line in (b"", b"{}", b'{"answer":"status"}', b"[" * 100_000, b'{"answer":"reboot"}'):
        with pytest.raises(BadRequest):
            parse_answer(line)

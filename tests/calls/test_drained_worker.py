"""A real worker process that is drained: it serves its call to the end, and exits with 0."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq

from daemon import slot
from kefu.protocol import Open as ClientOpen
from tests.calls.conftest import House

CLIENT = ClientOpen(codec="ulaw", rate_hz=8000, frame_ms=20, language="zh", called="800")
FIRST, SECOND = bytes([1]) * 16, bytes([2]) * 16
START_S = 120.0


class Gateway:
    """The gateway's end of a slot: sends a FRAME every 20 ms while it waits."""

    def __init__(self, path: Path) -> None:
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.bind(f"ipc://{path}")
        self._peer = b""
        self._seq = 0
        self.calls: list[bytes] = []

    def close(self) -> None:
        self._context.destroy(linger=0)

    def send(self, message: slot.Message) -> None:
        self._socket.send_multipart([self._peer, *slot.pack(message)])

    def until(self, wanted: Callable[[slot.Message], bool], within_s: float = 20.0) -> slot.Message:
        gives_up = time.monotonic() + within_s
        while time.monotonic() < gives_up:
            if self._peer:
                self._frame()
            while self._socket.poll(20):
                self._peer, *parts = self._socket.recv_multipart()
                message = slot.parse_for_gateway(parts)
                if wanted(message):
                    return message
        raise AssertionError("it never came")

    def _frame(self) -> None:
        self._seq += 1
        frames = tuple(
            slot.CallFrame(call=call, now_ms=20.0 * self._seq, first_sample=160 * self._seq)
            for call in self.calls
        )
        self.send(slot.Frame(seq=self._seq, calls=frames))


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    made = Gateway(tmp_path / "slot.sock")
    yield made
    made.close()


def test_it_serves_its_call_to_the_end_and_exits_with_0(
    house: House, tmp_path: Path, gateway: Gateway
) -> None:
    arguments = ["--slot", str(tmp_path / "slot.sock"), "--state", str(house.state)]
    worker = subprocess.Popen([sys.executable, "-m", "daemon.worker.main", *arguments])
    try:
        hello = gateway.until(lambda message: isinstance(message, slot.Hello), START_S)
        assert isinstance(hello, slot.Hello)
        assert {"zh", "en"} <= {prompt.language for prompt in hello.hold_prompts}
        gateway.send(slot.Open(call=FIRST, client=CLIENT))
        gateway.calls.append(FIRST)
        gateway.until(lambda message: isinstance(message, slot.Say) and message.call == FIRST)
        gateway.send(slot.Drain())
        gateway.send(slot.Open(call=SECOND, client=CLIENT))
        refused = slot.Close(call=SECOND, cause="draining")
        gateway.until(lambda message: message == refused)
        gateway.until(lambda message: isinstance(message, slot.Tick) and message.free == 0)
        assert worker.poll() is None, "its caller is still there"
        gateway.send(slot.Close(call=FIRST))
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.wait()

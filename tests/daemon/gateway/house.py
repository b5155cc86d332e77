"""A gateway and a toy worker in this process, and a client that speaks raw parts."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import zmq

import kefu
from daemon.gateway.gateway import Gateway
from daemon.settings import GatewaySettings, Settings, WorkerSettings
from kefu.protocol import (
    BYTES_PER_SAMPLE,
    AgentAudio,
    Audio,
    Close,
    Header,
    Open,
    pack,
    parse_from_gateway,
)
from tests.daemon.gateway.toy_worker import ToyCall, ToyWorker

WAIT_S = 5.0
# As many calls as the toy takes, and no deafness because the tests' machine is slow.
PATIENT = Settings(
    gateway=GatewaySettings(max_calls=8), worker=WorkerSettings(deaf_ms=5_000, lost_ms=20_000)
)


def until(condition: Callable[[], object], timeout_s: float = WAIT_S) -> None:
    """Wait for a condition; fail where it does not come."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.005)


class Answer(NamedTuple):
    """A message of the gateway."""

    type: bytes
    header: Any
    payload: bytes


class House:
    """``with House() as house``: everything runs, and is taken down afterwards."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        worker: bool = True,
        records: Path | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kefu-"))
        self.address = f"ipc://{self.folder / 'kefu.sock'}"
        self.slot_path = self.folder / "slot.sock"
        self.records = records or self.folder / "records.sqlite"
        settings = settings or PATIENT
        self.gateway = Gateway(settings, self.folder, self.records)
        self._thread = threading.Thread(target=self.gateway.run, daemon=True)
        self._toys: list[ToyWorker] = []
        self._wanted = worker

    def __enter__(self) -> House:
        self._thread.start()
        if self._wanted:
            self.add_worker()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for toy in self._toys:
            toy.end()
        self.gateway.close()
        shutil.rmtree(self.folder)

    def add_worker(self, release: str = "toy-1") -> ToyWorker:
        """Start a toy worker and wait until the gateway serves calls."""
        self._toys.append(ToyWorker(self.slot_path, release=release))
        self.toy.start()
        with self.client() as client:
            until(lambda: client.ping().state == "serving")
        return self.toy

    @property
    def toy(self) -> ToyWorker:
        """The worker that was started last."""
        return self._toys[-1]

    def at_worker(self, call: bytes) -> ToyCall:
        """The call as the toy worker has it, once it has heard of it."""
        until(lambda: call in self.toy.calls and self.toy.calls[call].heard)
        return self.toy.calls[call]

    def stop(self) -> None:
        """End the gateway's loop."""
        self.gateway.stop()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()

    def client(self) -> kefu.Client:
        return kefu.Client(self.address)

    def raw(self) -> RawClient:
        return RawClient(self.address)


class RawClient:
    """A DEALER that sends whatever it is told, and one call's numbers."""

    def __init__(self, address: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._address = address
        self._name = uuid.uuid4().bytes[:4].hex().encode()
        self.connect()
        self.call = uuid.uuid4().bytes
        self.asked = Open(codec="ulaw", rate_hz=8000, frame_ms=20)
        self.next_sample = 0
        self.taken = 0
        self.numbers: list[int] = []

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up, so that the next test finds room."""
        if not self.socket.closed:
            self.say(b"CLOSE", Close())
            self.socket.close(100)
        self._context.term()

    def connect(self) -> None:
        """Connect, again under the same routing id."""
        self.socket = self._context.socket(zmq.DEALER)
        self.socket.set(zmq.ROUTING_ID, self._name)
        self.socket.set(zmq.LINGER, 0)
        self.socket.set(zmq.SNDTIMEO, 2_000)
        self.socket.connect(self._address)

    def reconnect_as_another(self) -> None:
        """Drop the connection and connect under a new routing id."""
        self.socket.close(0)
        self._name = uuid.uuid4().bytes[:4].hex().encode()
        self.connect()

    def resume(self, token: str, **fields: object) -> Answer:
        """OPEN with the token; returns OPENED, CLOSED or ERROR."""
        asked = msgspec.structs.replace(self.asked, token=token, taken=self.taken, **fields)
        self.say(b"OPEN", asked)
        return self.expect(b"OPENED", b"CLOSED", b"ERROR")

    def disconnect(self) -> None:
        """Drop the connection without a word."""
        self.socket.close(0)

    def parts(self, *parts: bytes) -> None:
        self.socket.send_multipart(parts)

    def say(self, type_: bytes, header: Header, payload: bytes = b"") -> None:
        self.socket.send_multipart(pack(type_, self.call, header, payload))

    def open(self, **fields: object) -> Answer:
        """OPEN; returns OPENED or ERROR."""
        asked: dict[str, Any] = {"codec": "ulaw", "rate_hz": 8000, "frame_ms": 20, **fields}
        self.asked = Open(**asked)
        self.say(b"OPEN", self.asked)
        return self.expect(b"OPENED", b"ERROR")

    def audio(self, payload: bytes | None = None, *, taken: int | None = None) -> None:
        """One frame, silence unless told otherwise."""
        if payload is None:
            payload = bytes(
                self.asked.rate_hz
                * self.asked.frame_ms
                // 1000
                * BYTES_PER_SAMPLE[self.asked.codec]
            )
        header = Audio(first_sample=self.next_sample, taken=self.taken if taken is None else taken)
        self.say(b"AUDIO", header, payload)
        self.next_sample += len(payload) // BYTES_PER_SAMPLE[self.asked.codec]

    def receive(self, timeout_s: float = WAIT_S) -> Answer | None:
        """The next message; agent audio counts as taken."""
        if not self.socket.poll(int(timeout_s * 1000)):
            return None
        message = parse_from_gateway(self.socket.recv_multipart())
        if isinstance(message.header, AgentAudio):
            samples = len(message.payload) // BYTES_PER_SAMPLE[self.asked.codec]
            self.taken = message.header.first_sample + samples
            self.numbers.append(message.header.first_sample)
        return Answer(message.type, message.header, message.payload)

    def expect(self, *types: bytes, timeout_s: float = WAIT_S) -> Answer:
        """The next message of one of the types; others are passed over."""
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if message is not None and message.type in types:
                return message
        raise AssertionError(f"none of {types} came within {timeout_s} s")

    def event(self, kind: str, timeout_s: float = WAIT_S) -> Answer:
        """The next event of a kind."""
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            message = self.expect(b"EVENT", timeout_s=left)
            if message.header.kind == kind:
                return message
        raise AssertionError(f"no event {kind} within {timeout_s} s")

    def talk(self, duration_s: float) -> list[Answer]:
        """Send silence in real time and take what comes; returns it."""
        messages: list[Answer] = []
        due = time.monotonic()
        end = due + duration_s
        while due < end:
            self.audio()
            due += self.asked.frame_ms / 1000
            while (left := due - time.monotonic()) > 0:
                message = self.receive(left)
                if message is not None:
                    messages.append(message)
        return messages

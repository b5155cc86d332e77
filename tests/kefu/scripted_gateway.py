"""A gateway of a few lines on a real socket that does what a test tells it."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import zmq

from kefu.protocol import Open, parse_from_client
from tests.kefu.gateway_model import GatewayModel, ModelCall, Parts

WAIT_S = 5.0


def until(condition: Callable[[], object], timeout_s: float = WAIT_S) -> None:
    """Wait for a condition; fail where it does not come."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.002)


class ScriptedGateway:
    """``with ScriptedGateway() as gateway``: a ROUTER around the model, in a thread.

    ``answer``, where it is set, is given a client's message and its usual answers, and returns
    those that are sent.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kefu-"))
        self.path = self.folder / "gateway.sock"
        self.model = GatewayModel()
        self.peers: dict[bytes, list[bytes]] = {}
        """Of each call: the routing ids that opened or resumed it, the newest last."""
        self.answer: Callable[[Parts, list[Parts]], list[Parts]] | None = None
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._to_do: deque[Callable[[], None]] = deque()
        self._ending = False
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.set(zmq.ROUTER_MANDATORY, 1)
        self._socket.set(zmq.LINGER, 0)
        self._socket.bind(f"ipc://{self.path}")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failed: BaseException | None = None

    def __enter__(self) -> ScriptedGateway:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending = True
        self._thread.join(WAIT_S)
        self._context.term()
        shutil.rmtree(self.folder)
        if self._failed is not None:
            raise self._failed

    @property
    def address(self) -> str:
        return f"ipc://{self.path}"

    def call(self, call: bytes) -> ModelCall:
        until(lambda: call in self.model.calls)
        return self.model.calls[call]

    def say(self, call: bytes, payload: bytes) -> None:
        """The agent says a frame."""
        self._do(lambda: self._send(call, self.model.calls[call].say(payload)))

    def event(self, call: bytes, kind: str) -> None:
        self._do(lambda: self._send(call, self.model.calls[call].event(kind)))

    def flush(self, call: bytes) -> None:
        self._do(lambda: self._send(call, self.model.calls[call].flush()))

    def send(self, call: bytes, parts: Parts) -> None:
        """Any message to the client of a call."""
        self._do(lambda: self._send(call, parts))

    def settle(self) -> None:
        """Wait until all that was asked for is done."""
        done = threading.Event()
        self._do(done.set)
        assert done.wait(WAIT_S)

    def _do(self, what: Callable[[], None]) -> None:
        self._to_do.append(what)

    def _run(self) -> None:
        try:
            while not self._ending:
                while self._to_do:
                    self._to_do.popleft()()
                if self._socket.poll(2):
                    peer, *parts = self._socket.recv_multipart()
                    self._receive(peer, parts)
        except BaseException as reason:
            self._failed = reason
        finally:
            self._socket.close()

    def _receive(self, peer: bytes, parts: Parts) -> None:
        message = parse_from_client(parts)
        peers = self.peers.setdefault(message.call, [])
        if isinstance(message.header, Open):
            peers.append(peer)
        elif peers and peer != peers[-1]:
            return  # late, from a connection that no longer has the call
        answers = self.model.receive(parts)
        if self.answer is not None:
            answers = self.answer(parts, answers)
        for answer in answers:
            self._to(peer, answer)

    def _send(self, call: bytes, parts: Parts) -> None:
        self._to(self.peers[call][-1], parts)

    def _to(self, peer: bytes, parts: Parts) -> None:
        with suppress(zmq.ZMQError):  # the connection is gone: the message is lost with it
            self._socket.send_multipart([peer, *parts], zmq.NOBLOCK)

"""A worker of tiny engines on a real socket, and the gateway's end of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import zmq
import zmq.asyncio
from numpy.typing import NDArray

from daemon import slot
from daemon.call.conversation import Conversation
from daemon.call.settings import CallSettings
from daemon.worker.call_table import CallTable
from daemon.worker.gateway_link import GatewayLink
from kefu.protocol import Open as ClientOpen
from tests.daemon.call.tiny import TinyStages
from tests.daemon.call.tiny_dialogue import TinyDialogue
from tests.daemon.call.tiny_line import RATE, TICK

CLIENT = ClientOpen(codec="ulaw", rate_hz=RATE, frame_ms=20, language="zh")
Kind = TypeVar("Kind", bound=slot.Message)


class TinyVad:
    """Knows loud from silent; counts its runs."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(
        self, inputs: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        self.batches.append(len(inputs))
        loud = np.abs(inputs[:, 32:]).max(axis=1) > 0.05
        return np.where(loud, 0.95, 0.02).astype(np.float32), state


def table(vad: TinyVad, stages: TinyStages, dialogue: TinyDialogue, send: Any) -> CallTable:
    """Calls over tiny engines; ``send`` takes what they say."""

    def converse(opened: slot.Open) -> Conversation:
        return Conversation(
            opened,
            release="tiny",
            stages=stages,
            dialogue=dialogue,  # type: ignore[arg-type]
            send=send,
            settings=CallSettings(),
        )

    return CallTable(vad, converse, send)


class TinyGateway:
    """Binds the slot socket, starts the worker's end, and speaks with it.

    Lines are not played: a FRAME says what the test says.
    """

    def __init__(self, path: Path, stages: TinyStages, dialogue: TinyDialogue) -> None:
        self._context = zmq.asyncio.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.set(zmq.LINGER, 0)
        self._socket.bind(f"ipc://{path}")
        self._peer = b""
        self._seq = 0
        self.now_ms = 0.0
        self.samples: dict[bytes, int] = {}
        self.received: list[slot.Message] = []
        self._returned: set[int] = set()
        hello = slot.Hello(slot="blue", software="1", release="tiny", capacity=8)
        self.link = GatewayLink(path, hello)
        self.vad = TinyVad()
        self.calls = table(self.vad, stages, dialogue, self.link.send)
        self.serving = asyncio.create_task(self.link.serve(self.calls))

    async def close(self) -> None:
        self.serving.cancel()
        await asyncio.gather(self.serving, return_exceptions=True)
        self._context.destroy(linger=0)

    async def send(self, message: slot.Message) -> None:
        await self.send_raw(slot.pack(message))

    async def send_raw(self, parts: list[bytes]) -> None:
        if not self._peer:
            await self.next(slot.Hello)
        await self._socket.send_multipart([self._peer, *parts])

    async def open(self, number: int, **fields: Any) -> bytes:
        """OPEN a call; returns its id."""
        call = bytes([number]) * 16
        self.samples[call] = 0
        await self.send(slot.Open(call=call, client=CLIENT, **fields))
        return call

    async def frame(self, *calls: bytes, loud: bool = False, **fields: Any) -> slot.Tick:
        """One FRAME, and the TICK that answers it."""
        await self.post_frame(*calls, loud=loud, **fields)
        return await self.next(slot.Tick, seq=self._seq)

    async def post_frame(self, *calls: bytes, loud: bool = False, **fields: Any) -> None:
        """One FRAME, whose TICK nobody waits for."""
        self._seq += 1
        self.now_ms += 20
        pcm = np.full(TICK, 8000 if loud else 0, np.int16).tobytes()
        frames = tuple(
            slot.CallFrame(
                call=call, now_ms=self.now_ms, first_sample=self.samples[call], pcm=pcm, **fields
            )
            for call in calls
        )
        for call in calls:
            self.samples[call] += TICK
        await self.send(slot.Frame(seq=self._seq, calls=frames))

    async def next(self, kind_: type[Kind], *, within_s: float = 5.0, **fields: Any) -> Kind:
        """The first message of that kind with those fields that was not returned before."""
        return await asyncio.wait_for(self._next(kind_, fields), within_s)

    async def _next(self, kind: type[Kind], fields: dict[str, Any]) -> Kind:
        place = 0
        while True:
            while place >= len(self.received):
                self._peer, *parts = await self._socket.recv_multipart()
                self.received.append(slot.parse_for_gateway(parts))
            message = self.received[place]
            if (
                isinstance(message, kind)
                and place not in self._returned
                and all(getattr(message, name) == value for name, value in fields.items())
            ):
                self._returned.add(place)
                return message
            place += 1

    def seen(self, kind: type[Kind]) -> list[Kind]:
        """What has come of a kind so far."""
        return [one for one in self.received if isinstance(one, kind)]

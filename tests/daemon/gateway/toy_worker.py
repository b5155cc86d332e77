"""A worker without engines: it answers FRAME, says tones, and does what ``called`` names."""

from __future__ import annotations

import argparse
import array
import math
import threading
from collections import deque
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import zmq

from daemon import slot
from kefu.records import Turn
from tests.attacks.mutations import slot_messages

TOLD = (slot.Dtmf, slot.Hold, slot.Resume, slot.Play, slot.Mark, slot.Transferred)


def tone(duration_ms: int, rate_hz: int, hz: float = 400.0) -> bytes:
    """(T,) int16."""
    step = 2 * math.pi * hz / rate_hz
    count = duration_ms * rate_hz // 1000
    return array.array("h", (int(8000 * math.sin(step * n)) for n in range(count))).tobytes()


class ToyCall:
    """One call: a queue of utterances said with credit, and what was received."""

    def __init__(
        self,
        opened: slot.Open,
        send: Callable[[slot.Message], None],
        send_raw: Callable[[list[bytes]], None],
    ) -> None:
        self._send_raw = send_raw
        self._babble = slot_messages(2, [opened.call])
        self.opened = opened
        self.rate_hz = opened.client.rate_hz
        self.samples = 0
        self.lost = 0
        self.frames = 0
        self.heard: list[slot.CallFrame] = []
        self.pcm = bytearray()
        self._send = send
        self._pcm = b""
        self._sent = 0
        self._utterance = opened.next_utterance - 1
        self.cut_done: list[slot.CutDone] = []
        self.told: list[slot.Message] = []
        """DTMF, HOLD, RESUME, PLAY, MARK and TRANSFERRED, in order."""

    def speak(self, duration_ms: int) -> None:
        self._utterance += 1
        self._pcm, self._sent = tone(duration_ms, self.rate_hz), 0
        self._pump(0)

    def cut(self) -> None:
        self._pcm = b""
        self._send(slot.Cut(call=self.opened.call, utterance=self._utterance))

    def duck(self) -> None:
        self._send(slot.Duck(call=self.opened.call, utterance=self._utterance))

    def rise(self) -> None:
        self._send(slot.Rise(call=self.opened.call, utterance=self._utterance))

    def snapshot(self, data: bytes, **handover: object) -> None:
        self._send(slot.Snapshot(call=self.opened.call, data=data, handover=handover))

    def event(self, kind: str, turn: Turn | None = None, **data: object) -> None:
        self._send(slot.Event(call=self.opened.call, kind=kind, data=data, turn=turn))

    def hang_up(self, cause: str) -> None:
        self._send(slot.Close(call=self.opened.call, cause=cause))

    def frame(self, frame: slot.CallFrame) -> None:
        self.frames += 1
        self.samples += len(frame.pcm) // 2
        self.lost += frame.lost
        self.heard.append(frame)
        self.pcm += frame.pcm
        if frame.playing is not None and frame.playing[0] == self._utterance:
            self._pump(frame.playing[1])
        self._act(self.opened.client.called, frame)

    def _pump(self, played: int) -> None:
        credit = played + slot.CREDIT_MS * self.rate_hz // 1000
        while self._sent < len(self._pcm) // 2 and self._sent <= credit:
            chunk = self._pcm[2 * self._sent : 2 * (self._sent + self.rate_hz // 50)]
            self._send(
                slot.Say(
                    call=self.opened.call,
                    utterance=self._utterance,
                    offset=self._sent,
                    pcm=chunk,
                    last=2 * self._sent + len(chunk) == len(self._pcm),
                )
            )
            self._sent += len(chunk) // 2

    def _act(self, called: str, frame: slot.CallFrame) -> None:
        if called == "tone" and self.frames == 10:
            self.speak(1_000)
        elif called == "chatter" and self.frames == 1:
            self.speak(20_000)
        elif called == "cut" and self.frames in (1, 20):
            self.speak(5_000) if self.frames == 1 else self.cut()
        elif called == "turns" and self.frames % 10 == 0:
            number = self.frames // 10 - 1
            turn = Turn(call=self.opened.call.hex(), number=number, heard="喂", intent="greet")
            self.event("turn", turn, number=number)
            self.event("reply.ended", number=number)
        elif called == "hang_up" and self.frames == 10:
            self.hang_up("completed")
        elif called == "over_credit" and self.frames == 5:
            self._send(
                slot.Say(call=self.opened.call, utterance=0, offset=8_000, pcm=tone(20, 8_000))
            )
        elif called == "babble":
            for parts in islice(self._babble, 20):
                self._send_raw(parts)
        elif called == "count" and self.frames % 10 == 0:
            self.event("toy.count", samples=self.samples, lost=self.lost, idle_ms=frame.idle_ms)


class ToyWorker(threading.Thread):
    """Connects to ``slot.sock`` and serves until ``end``."""

    def __init__(self, path: Path, capacity: int = 8, release: str = "toy-1") -> None:
        super().__init__(daemon=True)
        self.path = path
        self.capacity = capacity
        self.release = release
        self.drained = False
        self.lag = 0
        """How many FRAMEs ago the one was that it answers."""
        self.forgotten: set[bytes] = set()
        """Calls that it does not name when it is asked for its list."""
        self.calls: dict[bytes, ToyCall] = {}
        self.closed: dict[bytes, str] = {}
        self.deaf = False
        self._ending = False
        self._outbox: deque[list[bytes]] = deque()

    def end(self) -> None:
        self._ending = True
        self.join()

    def send(self, message: slot.Message) -> None:
        self.send_raw(slot.pack(message))

    def send_raw(self, parts: list[bytes]) -> None:
        """From any thread; leaves after the next message that comes in."""
        self._outbox.append(parts)

    def run(self) -> None:
        context = zmq.Context()
        socket = context.socket(zmq.DEALER)
        socket.set(zmq.LINGER, 100)
        socket.set(zmq.RCVTIMEO, 50)
        socket.connect(f"ipc://{self.path}")
        prompts = tuple(
            slot.Prompt(language="zh", rate_hz=rate, pcm=tone(500, rate, 800.0))
            for rate in (8_000, 16_000)
        )
        self.send(
            slot.Hello(
                slot="toy",
                software="toy",
                release=self.release,
                capacity=self.capacity,
                hold_prompts=prompts,
            )
        )
        while not self._ending:
            if self.deaf:
                threading.Event().wait(0.02)
                continue
            while self._outbox:
                socket.send_multipart(self._outbox.popleft())
            try:
                type_, body = socket.recv_multipart()
            except zmq.Again:
                continue
            self._handle(slot.parse_for_worker([type_, body]))
        socket.close()
        context.term()

    def _handle(self, message: slot.Message) -> None:
        if isinstance(message, slot.Frame):
            answered = max(0, message.seq - self.lag)
            self.send(slot.Tick(seq=answered, behind_ms=0.0, free=8 - len(self.calls)))
            for frame in message.calls:
                if frame.call in self.calls:
                    self.calls[frame.call].frame(frame)
        elif isinstance(message, slot.Open):
            self.calls[message.call] = ToyCall(message, self.send, self.send_raw)
        elif isinstance(message, slot.Close):
            self.closed[message.call] = message.cause
            self.calls.pop(message.call, None)
        elif isinstance(message, slot.Calls):
            self.send(slot.Holding(calls=tuple(set(self.calls) - self.forgotten)))
        elif isinstance(message, slot.Drain):
            self.drained = True
        elif isinstance(message, TOLD) and message.call in self.calls:
            self.calls[message.call].told.append(message)
        elif isinstance(message, slot.CutDone) and message.call in self.calls:
            call = self.calls[message.call]
            call.cut_done.append(message)
            call.event("toy.cut_done", utterance=message.utterance, heard=message.heard)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slot", type=Path, required=True)
    parser.add_argument("--capacity", type=int, default=8)
    options, _ = parser.parse_known_args()
    ToyWorker(options.slot, options.capacity).run()

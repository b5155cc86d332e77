"""A caller of tones who answers what he is asked, over the real socket."""

from __future__ import annotations

import threading
import time
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

import kefu
from engines._core import g711_decode, g711_encode
from kefu.agent_voice import AgentFrame
from tests.drills.tiny_engines import tone

FRAME: Final = 160
LOUD: Final = 200
ANSWERS: Final = {"open": 300.0, "ask": 400.0, "check": 600.0, "anything": 500.0, "offer": 600.0}
"""First word of the dialogue's step to the pitch of what he says then."""
SAYS_MS: Final = 640


class Voice(msgspec.Struct, frozen=True):
    """A frame of the agent in which something is heard; seconds, monotonic."""

    at: float
    first_sample: int


class ToneCaller(threading.Thread):
    """Holds one call to its end.

    Args:
        client: an open connection.
        longest_s: he hangs up after this.
        pause_s: what he lets pass before he speaks.
    """

    def __init__(self, client: kefu.Client, longest_s: float, pause_s: float = 0.3) -> None:
        super().__init__(daemon=True)
        self.voices: list[Voice] = []
        self.numbers: list[int] = []
        self.steps: list[str] = []
        """Of each turn, with what was done: ``ask order_id/ask_slot``."""
        self.said: list[str] = []
        """Steps that he answered."""
        self.cause = ""
        self.resumed_at = 0.0
        """When he was told that we go on; 0: never."""
        self.events: list[int] = []
        self._client = client
        self._longest_s = longest_s
        self._pause_s = pause_s
        self._to_say: NDArray[np.int16] = np.zeros(0, np.int16)
        self._speak_at: float | None = None
        self._step = ""
        self._over = threading.Event()

    def hang_up(self) -> None:
        """And wait until his call has ended."""
        self._over.set()
        self.join(10)

    def run(self) -> None:
        """Talk until the agent or the time ends it."""
        with self._client.call(called="4000", language="zh", on_audio=self._hear) as call:
            due = began = time.monotonic()
            until = began + self._longest_s
            while call.closed is None and time.monotonic() < until and not self._over.is_set():
                due += 0.02
                time.sleep(max(0.0, due - time.monotonic()))
                try:
                    call.send(self._frame())
                except kefu.CallEnded:
                    break
                self._follow(call)
            closed = call.closed
            self.cause = closed.cause if closed is not None else "hung up"

    def _frame(self) -> bytes:
        if self._speak_at is not None and time.monotonic() >= self._speak_at:
            self._speak_at = None
            word = self._step.split()[0]
            self.said.append(self._step)
            self._to_say = tone(ANSWERS.get(word, 600.0), SAYS_MS)
        pcm, self._to_say = self._to_say[:FRAME], self._to_say[FRAME:]
        padded = np.zeros(FRAME, np.int16)
        padded[: pcm.size] = pcm
        return g711_encode(padded.astype("<i2").tobytes(), "ulaw")

    def _follow(self, call: kefu.Call) -> None:
        while (event := call.next_event(0)) is not None:
            self.events.append(event.number)
            if event.kind == "turn":
                self._step = str(event.data["step"])
                self.steps.append(f"{self._step}/{event.data['action']}")
                if event.data["action"] == "resume" and not self.resumed_at:
                    self.resumed_at = time.monotonic()
            elif event.kind == "reply.ended" and not event.data["cut"]:
                self._speak_at = time.monotonic() + self._pause_s
            elif event.kind == "transfer":
                call.transferred("ok")

    def _hear(self, frame: AgentFrame) -> None:
        self.numbers.append(frame.first_sample)
        pcm = np.frombuffer(g711_decode(frame.payload, "ulaw"), "<i2")
        if int(np.abs(pcm).max(initial=0)) > LOUD:
            self.voices.append(Voice(frame.arrived, frame.first_sample))

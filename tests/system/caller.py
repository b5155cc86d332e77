"""A caller who says one thing again and again, or nothing, until he hangs up."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Final

import numpy as np

import kefu
from engines._core import g711_decode
from kefu.agent_voice import AgentFrame
from kefu.errors import KefuError

FRAME_BYTES: Final = 160
LOUD: Final = 200
_SILENCE: Final = b"\xff" * FRAME_BYTES


class Caller(threading.Thread):
    """Holds one call.

    Args:
        address: of the gateway.
        speech: µ-law at 8 kHz, repeated without a pause; empty: he is silent.
        called: the number.
    """

    def __init__(self, address: str, speech: bytes = b"", called: str = "") -> None:
        super().__init__(daemon=True)
        self.voices: list[float] = []
        """When a frame came in which the agent is heard; monotonic, in seconds."""
        self.heard: list[str] = []
        """What was recognised, turn by turn."""
        self.error: KefuError | None = None
        self.cause = ""
        """Of CLOSED."""
        self._address = address
        self._speech = speech
        self._called = called
        self._over = threading.Event()

    def hang_up(self) -> None:
        """And wait until the call has ended."""
        self._over.set()
        self.join(10)

    def run(self) -> None:
        """The call, from OPEN to its end."""
        try:
            with (
                kefu.Client(self._address) as client,
                client.call(called=self._called, on_audio=self._hear) as call,
            ):
                self._talk(call)
        except KefuError as error:
            self.error = error

    def _talk(self, call: kefu.Call) -> None:
        due, at = time.monotonic(), 0
        while call.closed is None and not self._over.is_set():
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))
            frame = self._speech[at : at + FRAME_BYTES]
            at = (at + FRAME_BYTES) % max(1, len(self._speech))
            with contextlib.suppress(kefu.CallEnded):  # next_event says why
                call.send(frame.ljust(FRAME_BYTES, b"\xff") if frame else _SILENCE)
            while (event := call.next_event(0)) is not None:
                if event.kind == "heard.final":
                    self.heard.append(str(event.data.get("text", "")))
        if call.closed is not None:
            self.cause = call.closed.cause

    def _hear(self, frame: AgentFrame) -> None:
        pcm = np.frombuffer(g711_decode(frame.payload, "ulaw"), "<i2")
        if int(np.abs(pcm).max(initial=0)) > LOUD:
            self.voices.append(frame.arrived)

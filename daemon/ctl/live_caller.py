"""A person at this machine as the caller: his microphone to the agent, its voice to his ears."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

import kefu
from daemon.ctl.sound_card import FRAME_MS, Sound
from kefu.agent_voice import AgentFrame
from kefu.protocol import Digit, Event, Language, TransferResult

LATE_S: Final = 0.1
"""Silence of the agent that waited longer than this is not played: so delay does not stay."""
_KEYS: Final = frozenset(get_args(Digit))


class LiveCaller:
    """One call of ``client`` at the pace of the sound card.

    Args:
        client: an open connection.
        sound: microphone and loudspeaker.
        called: the number that chooses the scenario.
        scenario: by name; it goes before the number.
        language: what OPEN says.
        number: the caller's own.
        transfer: what he answers when he is to be put through, as a PBX would.
        on_event: told each event of the call as it comes.
        keys: asked each 20 ms which keys were pressed.
    """

    def __init__(
        self,
        client: kefu.Client,
        sound: Sound,
        *,
        called: str = "",
        scenario: str = "",
        language: Language = "auto",
        number: str = "",
        transfer: TransferResult = "ok",
        on_event: Callable[[Event], None] | None = None,
        keys: Callable[[], str] = lambda: "",
    ) -> None:
        self.transfers: list[str] = []
        """What came of each transfer, as EVENT ``transferred`` told it."""
        self._sound = sound
        self._transfer = transfer
        self._on_event = on_event
        self._keys = keys
        self._said: list[bytes] = []
        self._heard: list[bytes] = []
        self.call = client.call(
            codec="slin",
            rate_hz=sound.rate_hz,
            frame_ms=FRAME_MS,
            called=called,
            scenario=scenario,
            caller=number,
            language=language,
        )
        self._silence = bytes(self.call.frame_bytes)

    def talk(self) -> None:
        """Until the agent ends the call, or Ctrl-C does. Raises SoundAway, GatewayUnreachable."""
        try:
            while self.call.closed is None:
                heard = self._next_frame()
                spoken = self._sound.exchange(heard)
                self._heard.append(heard)
                self._said.append(spoken)
                self.call.send(spoken)
                self._press(self._keys())
                self._take_events()
        except (kefu.CallEnded, KeyboardInterrupt):
            pass
        finally:
            self.call.close()
            with suppress(kefu.CallEnded):
                self._take_events()

    def stereo(self) -> NDArray[np.int16]:
        """(T, 2) int16 at the sound card's rate: the caller left, the agent right."""
        sides = (np.frombuffer(b"".join(side), "<i2") for side in (self._said, self._heard))
        return np.stack(list(sides), axis=1)

    def _next_frame(self) -> bytes:
        frame = self.call.read(0)
        while frame is not None and self._is_stale(frame):
            frame = self.call.read(0)
        return frame.payload if frame is not None else self._silence

    def _is_stale(self, frame: AgentFrame) -> bool:
        return time.monotonic() - frame.arrived > LATE_S and frame.payload == self._silence

    def _press(self, typed: str) -> None:
        if keys := "".join(key for key in typed.upper() if key in _KEYS):
            self.call.dtmf(keys)

    def _take_events(self) -> None:
        while (event := self.call.next_event(0)) is not None:
            if event.kind == "transfer":
                self.call.transferred(self._transfer)
            elif event.kind == "transferred":
                self.transfers.append(event.data.get("result", ""))
            if self._on_event is not None:
                self._on_event(event)


def typed_keys() -> str:
    """What was typed, with Enter behind it, since the last time; waits for nothing."""
    if not sys.stdin.isatty() or not select.select([sys.stdin], [], [], 0)[0]:
        return ""
    return os.read(sys.stdin.fileno(), 1024).decode(errors="replace")

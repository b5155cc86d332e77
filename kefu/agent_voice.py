"""The agent's half of a call at the client: what was received, what was taken, what was cut."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import msgspec

from kefu.errors import HookFailed, ProtocolError
from kefu.number import check_number
from kefu.protocol import Flushed

Argument = TypeVar("Argument")
Answer = TypeVar("Answer")


class AgentFrame(msgspec.Struct, frozen=True):
    """20 ms of the agent's voice as it came."""

    first_sample: int
    payload: bytes
    """Coded as OPEN asked."""
    arrived: float
    """``time.monotonic()`` at this client, in seconds."""


class AgentVoice:
    """Every sample once and in order, however often it comes."""

    def __init__(
        self,
        sample_bytes: int,
        on_audio: Callable[[AgentFrame], None] | None,
        on_flush: Callable[[int], int] | None,
    ) -> None:
        """Nothing was received yet.

        Args:
            sample_bytes: of one coded sample.
            on_audio: given each frame when it comes, which then counts as taken; without it
                frames queue until ``take``.
            on_flush: told the number that follows a cut; answers the first sample not played.
        """
        self.received = 0
        """The next sample that has not come yet."""
        self.taken = 0
        """The next sample that the application has not taken yet."""
        self.frames: deque[AgentFrame] = deque()
        self._flushed_at: tuple[int, Flushed] | None = None
        self._sample_bytes = sample_bytes
        self._on_audio = on_audio
        self._on_flush = on_flush

    def begin(self, agent_next: int) -> None:
        """The first sample will have this number."""
        self.received = self.taken = agent_next

    def accept(self, first_sample: int, payload: bytes) -> None:
        """Samples that came; those that came before are dropped. Raises ProtocolError, HookFailed.

        A hole in the numbers is passed on: the frame says where it begins.
        """
        check_number("AUDIO.first_sample", first_sample)
        if len(payload) % self._sample_bytes:
            raise ProtocolError(f"AUDIO of {len(payload)} bytes is no whole number of samples.")
        end = first_sample + len(payload) // self._sample_bytes
        if end <= self.received:
            return
        came_before = max(0, self.received - first_sample)
        self.received = end
        payload = payload[came_before * self._sample_bytes :]
        frame = AgentFrame(first_sample + came_before, payload, time.monotonic())
        if self._on_audio is None:
            self.frames.append(frame)
            return
        _call_hook(self._on_audio, frame)
        self._mark_taken(frame)

    def take(self) -> AgentFrame | None:
        """The oldest frame that waits; it counts as played from now on."""
        if not self.frames:
            return None
        frame = self.frames.popleft()
        self._mark_taken(frame)
        return frame

    def flush(self, next_sample: int) -> Flushed:
        """Drop what waits; what follows begins with ``next_sample``.

        Asked again for the same, the answer is the same: the first was lost with the link.
        Raises ProtocolError, HookFailed.
        """
        check_number("FLUSH.next_sample", next_sample)
        if self._flushed_at is not None and self._flushed_at[0] == next_sample:
            return self._flushed_at[1]
        first_dropped = self.taken
        self.frames.clear()
        if self._on_flush is not None:
            played = _call_hook(self._on_flush, next_sample)
            if not isinstance(played, int):
                raise HookFailed(f"on_flush answered {played!r}, which is no sample number.")
            first_dropped = max(0, min(first_dropped, played))
        self.taken = max(self.taken, next_sample)
        self.received = max(self.received, next_sample)
        flushed = Flushed(first_dropped=first_dropped)
        self._flushed_at = next_sample, flushed
        return flushed

    def _mark_taken(self, frame: AgentFrame) -> None:
        samples = len(frame.payload) // self._sample_bytes
        self.taken = max(self.taken, frame.first_sample + samples)


def _call_hook(hook: Callable[[Argument], Answer], argument: Argument) -> Answer:
    try:
        return hook(argument)
    except Exception as reason:  # of the application's: it must not end the other calls
        raise HookFailed(f"The application failed: {reason!r}.") from reason

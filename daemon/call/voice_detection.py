"""Hearing all calls at once: a tick is one call of the core and one run of the detector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from daemon import slot
from daemon.call.caller_audio import CallerAudio
from engines._core import FrontEnd

Floats = NDArray[np.float32]
MOST_LOST_MS: Final = 3000
BATCH: Final = 64
"""Calls in one run; a larger one is not cheaper for each."""


class Detector(Protocol):
    """A voice activity detector for many calls: ``engines.vad.silero``."""

    def run(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        """(N, 288) and (2, N, 128) to probabilities (N,) and the state after them."""


class VoiceDetection:
    """``hear`` the audio of a tick, then ``detect`` what changed by it.

    Args:
        vad: the detector.
    """

    def __init__(self, vad: Detector) -> None:
        self._vad = vad
        self._front = FrontEnd(BATCH)

    def hear(self, calls: Sequence[tuple[CallerAudio, slot.CallFrame]]) -> None:
        """One tick of all lines.

        Raises:
            ValueError: the PCM of a call is no PCM, or more than 3 s are lost; nothing was heard.
        """
        self._front.tick(
            [audio.ear for audio, _ in calls],
            [frame.pcm for _, frame in calls],
            [frame.lost for _, frame in calls],
            [frame.echoed for _, frame in calls],
        )
        for audio, frame in calls:
            audio.note(frame)

    def detect(self) -> Iterator[tuple[int, str, int]]:
        """The detector over what was heard last; a call that is behind takes several runs.

        Yields:
            (place among those calls, ``started`` or ``stopped``, first voiced sample or just past
            the last).
        """
        while self._front.rows:
            yield from self._front.answer(*self._vad.run(self._front.input, self._front.state))


def check_audio(frame: slot.CallFrame, rate_hz: int) -> None:
    """Whether a call's part of a FRAME can be heard. Raises ValueError."""
    if len(frame.pcm) % 2:
        raise ValueError(f"pcm: got {len(frame.pcm)} bytes, expected an even number")
    if not 0 <= frame.lost <= MOST_LOST_MS * rate_hz // 1000:
        raise ValueError(f"lost: got {frame.lost}, expected at most {MOST_LOST_MS} ms")

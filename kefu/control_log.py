"""The control messages of a call, kept until the gateway is known to have them."""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from kefu.errors import ProtocolError

KEPT: Final = 1_024
"""No client says as many within the 10 s in which a link is made again."""


class Control(msgspec.Struct, frozen=True):
    """A DTMF, MARK, PLAY, HOLD, RESUME or TRANSFERRED as it was sent."""

    at_sample: int
    """The caller's next sample when it was said: it belongs before that sample."""
    parts: list[bytes]


class ControlLog:
    """Controls in the order in which they were said, counted from 0."""

    def __init__(self) -> None:
        self._kept: deque[Control] = deque(maxlen=KEPT)
        self._said = 0

    def add(self, control: Control) -> None:
        """Keep what was just said."""
        self._kept.append(control)
        self._said += 1

    def beyond(self, received: int) -> list[Control]:
        """Those that the gateway lacks, which has ``received`` of them; the others are forgotten.

        Raises ProtocolError where it cannot have so many, or had more before.
        """
        lacking = self._said - received
        if not 0 <= lacking <= len(self._kept):
            raise ProtocolError(
                f"OPENED counts {received} controls; {self._said} were sent, "
                f"the last {len(self._kept)} of them can be sent again."
            )
        while len(self._kept) > lacking:
            self._kept.popleft()
        return list(self._kept)

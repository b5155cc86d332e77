"""Whether what we hear is our own voice coming back: a level far below what we have just said."""

from __future__ import annotations

import math
from collections import deque
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

SILENT_DBFS = -96.0


class EchoSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts as our own echo."""

    below_db: Annotated[float, msgspec.Meta(ge=0, le=60)] = 14.0
    """Audio so far below our own voice is taken for its echo: a telephone line returns it at
    -20 dB or less, and a caller speaks about as loudly as we do. 0: nobody is heard over us."""
    longest_delay_ms: Annotated[float, msgspec.Meta(ge=0, le=2000)] = 400.0
    """Echo comes back within this; our loudest level in it is what counts."""


class OwnEcho:
    """Remembers how loud our own voice was on the line lately. One call's; counts in ticks."""

    likelihood = 0.0
    """How likely the caller's newest voice is our own echo, 0..1, beside what is explained."""

    def __init__(
        self, tick_ms: float, settings: EchoSettings | None = None, *, rate_hz: int = 8000
    ) -> None:
        self._settings = settings or EchoSettings()
        self._levels: deque[float] = deque(
            maxlen=1 + math.ceil(self._settings.longest_delay_ms / tick_ms)
        )

    def played(self, pcm: NDArray[np.int16], gain_db: float = 0.0) -> None:
        """Once a tick: what of ours went on the line in it, (T,) int16; empty: nothing.

        ``gain_db`` is what the line did to it: -15 while our voice is ducked.
        """
        self._levels.append(level_dbfs(pcm.astype(np.float32) / 32768.0) + gain_db)

    def explains(self, window: NDArray[np.float32]) -> bool:
        """Whether a window of caller audio, (N,) float32 in -1..1, is no louder than our echo."""
        own = max(self._levels, default=SILENT_DBFS)
        return own > SILENT_DBFS and level_dbfs(window) < own - self._settings.below_db


def level_dbfs(audio: NDArray[np.float32]) -> float:
    """Root mean square against full scale; -96 for silence and for nothing."""
    if audio.size == 0:
        return SILENT_DBFS
    power = float(np.square(audio).mean())
    return max(SILENT_DBFS, 10.0 * math.log10(power)) if power > 0.0 else SILENT_DBFS

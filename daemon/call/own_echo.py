"""Whether what we hear is our own voice coming back: what we said lately explains it.

By level alone where it is far below our voice; else by its shape: the delayed copy of our voice
that fits best is taken away, and what remains is judged by its level.
"""

from __future__ import annotations

import math
from collections import deque
from functools import lru_cache
from typing import Annotated, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

SILENT_DBFS = -96.0
ECHO_RATE_HZ: Final = 8000
_FITTED: Final = 512
"""Samples that a copy of our voice is fitted to: 64 ms."""
_FITS: Final = 4
"""Windows over which the fit is averaged: 128 ms."""
_LATE: Final = 256
"""Samples by which a window of the caller's may be judged late."""


class EchoSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts as our own echo."""

    below_db: Annotated[float, msgspec.Meta(ge=0, le=60)] = 20.0
    """Audio so far below our own voice is taken for its echo: a telephone line returns it at
    -20 dB or less, and a caller speaks about as loudly as we do. 0: nobody is heard over us."""
    longest_delay_ms: Annotated[float, msgspec.Meta(ge=0, le=2000)] = 400.0
    """Echo comes back within this; our loudest level in it is what counts."""


class OwnEcho:
    """Remembers our own voice on the line lately. One call's; counts in ticks.

    Args:
        tick_ms: time between two calls of ``played``.
        settings: what counts as echo; None: as shipped.
        rate_hz: of what is played; windows of the caller are at 8 kHz.
    """

    def __init__(
        self, tick_ms: float, settings: EchoSettings | None = None, *, rate_hz: int = ECHO_RATE_HZ
    ) -> None:
        self._settings = settings or EchoSettings()
        ticks = 1 + math.ceil(self._settings.longest_delay_ms / tick_ms)
        self._levels: deque[float] = deque(maxlen=ticks)
        self._tick = round(tick_ms * ECHO_RATE_HZ / 1000)
        longest = math.ceil(self._settings.longest_delay_ms * ECHO_RATE_HZ / 1000)
        self._ours = np.zeros(longest + _FITTED + _LATE, np.float32)
        self._theirs = np.zeros(_FITTED, np.float32)
        self.explained = False
        """Whether the newest window of ``without_echo`` was our echo."""
        self._fits: deque[float] = deque(maxlen=_FITS)
        self._size = 1 << (self._ours.size - 1).bit_length()
        self._factor = rate_hz // ECHO_RATE_HZ
        taper = np.hanning(4 * self._factor + 1)[1:-1]
        self._taper = (taper / taper.sum()).astype(np.float32)
        self._tail = np.zeros(len(taper) - 1, np.float32)

    def played(self, pcm: NDArray[np.int16], gain_db: float = 0.0) -> None:
        """Once a tick: what of ours went on the line in it, (T,) int16; empty: nothing.

        ``gain_db`` is what the line did to it: -15 while our voice is ducked.
        """
        said = self._narrow(pcm * np.float32(10.0 ** (gain_db / 20.0) / 32768.0))
        self._levels.append(level_dbfs(said))
        quiet = np.zeros(max(0, self._tick - said.size), np.float32)
        self._ours = np.concatenate([self._ours, quiet, said])[-self._ours.size :]

    def _narrow(self, said: NDArray[np.float32]) -> NDArray[np.float32]:
        """At 8 kHz: smoothed, and every n-th sample of it."""
        if self._factor == 1 or said.size == 0:
            return said
        joined = np.concatenate([self._tail, said])
        self._tail = joined[-self._tail.size :]
        narrow: NDArray[np.float32] = np.convolve(joined, self._taper, "valid")[:: self._factor]
        return narrow

    def without_echo(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """The window as it came, or noise as loud where it is our echo: see ``explained``.

        For the voice activity detector: it hears voice for a while after any voice, ours too.
        Call it for every window, in order; what the detector says of one that was explained is
        not to be believed.
        """
        self.explained = self.explains(window)
        if not self.explained:
            return window
        return _noise(window.size) * np.float32(10.0 ** (level_dbfs(window) / 20.0))

    def explains(self, window: NDArray[np.float32]) -> bool:
        """Whether a window of caller audio, (N,) float32 in -1..1 at 8 kHz, is our echo.

        Call it for every window, in order: the fit is over this one and the ones before.
        """
        self._theirs = np.concatenate([self._theirs, window])[-_FITTED:]
        own = max(self._levels, default=SILENT_DBFS)
        if own <= SILENT_DBFS:
            self._fits.clear()
            return False
        most = own - self._settings.below_db
        level = level_dbfs(window)
        if level < most:
            return True
        self._fits.append(self._fit())
        return level + 10.0 * math.log10(max(1.0 - self._fits[-1], 1e-3)) < most

    @property
    def likelihood(self) -> float:
        """How much of what is too loud to be explained is our echo still, 0..1.

        0.6 and more for an echo at -10 dB through a room, mostly below 0.3 for a caller.
        """
        return sum(self._fits) / _FITS

    def _fit(self) -> float:
        """How much of the newest 64 ms' power the best delayed copy of our voice takes away."""
        theirs, ours = self._theirs, self._ours
        power = float(np.square(theirs).sum())
        spectrum = np.fft.rfft(ours, self._size) * np.conj(np.fft.rfft(theirs, self._size))
        delays = ours.size - _FITTED + 1
        fit = np.fft.irfft(spectrum, self._size)[:delays]
        sums = np.concatenate([[0.0], np.cumsum(np.square(ours, dtype=np.float64))])
        powers = sums[_FITTED:] - sums[:-_FITTED]
        return float((np.square(fit) / (powers + 1e-6)).max()) / (power + 1e-9)


@lru_cache(maxsize=4)
def _noise(samples: int) -> NDArray[np.float32]:
    """White noise at full scale, always the same."""
    noise: NDArray[np.float32] = np.random.default_rng(0).normal(0, 1, samples).astype(np.float32)
    return noise


def level_dbfs(audio: NDArray[np.float32]) -> float:
    """Root mean square against full scale; -96 for silence and for nothing."""
    if audio.size == 0:
        return SILENT_DBFS
    power = float(np.square(audio).mean())
    return max(SILENT_DBFS, 10.0 * math.log10(power)) if power > 0.0 else SILENT_DBFS

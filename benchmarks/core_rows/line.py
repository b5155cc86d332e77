"""What the line measures of a tick: echo beside the same in numpy, levels, the noise floor."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.core_rows.duel import Budget, Duel
from engines._core import EchoMeter, NoiseFloor, level

TICK: Final = 160
FITTED: Final = 512
DELAYS: Final = 3200
Pcm = NDArray[np.int16]


def duels() -> list[Duel | Budget]:
    """A tick that levels do not explain: the search over 400 ms; for information."""
    ours, back = _speech()
    meter, peer = EchoMeter(8000), NumpyFit()
    for start in range(0, len(ours) - TICK, TICK):
        meter.played(ours[start : start + TICK])
        peer.played(ours[start : start + TICK])
        meter.heard(back[start : start + TICK])
        peer.heard(back[start : start + TICK])
    return [
        Duel(
            key="echo",
            what="20 ms that are not far below our voice, 8 kHz",
            peer=f"numpy {np.__version__}, by FFT",
            ours=partial(meter.heard, back[-TICK:]),
            theirs=partial(peer.heard, back[-TICK:]),
        ),
        *_budgets(),
    ]


def _budgets() -> list[Budget]:
    """The same without a peer, and what costs next to nothing."""
    ours, back = _speech()
    meter = EchoMeter(8000)
    for start in range(0, len(ours) - TICK, TICK):
        meter.played(ours[start : start + TICK])
        meter.heard(back[start : start + TICK])
    silent, floor, quiet = EchoMeter(8000), NoiseFloor(8000), np.zeros(TICK, np.int16)
    tick = back[-TICK:]
    rows = (
        ("echo_tick", "a tick of loud echo while we speak", partial(meter.heard, tick)),
        ("echo_silence", "a tick while we are silent", partial(silent.heard, tick)),
        ("echo_quiet", "a tick while the caller is silent", partial(meter.heard, quiet)),
        ("noise_floor", "the noise floor moved on by 20 ms", partial(floor.push, tick)),
        ("level", "the level of 20 ms", partial(level, tick)),
    )
    return [
        Budget(key=key, what=what, run=run, unit="µs", per_run=1000.0) for key, what, run in rows
    ]


class NumpyFit:
    """The best delayed copy of our voice, by numpy's FFT: what the meter computes in lanes."""

    def __init__(self) -> None:
        self._ours = np.zeros(DELAYS + FITTED, np.float32)
        self._theirs = np.zeros(FITTED, np.float32)
        self._size = 1 << (self._ours.size - 1).bit_length()

    def played(self, pcm: Pcm) -> None:
        """What went on the line."""
        self._ours = np.concatenate([self._ours, pcm / np.float32(32768)])[-self._ours.size :]

    def heard(self, pcm: Pcm) -> float:
        """Share of power that the best copy takes away from the last 64 ms."""
        self._theirs = np.concatenate([self._theirs, pcm / np.float32(32768)])[-FITTED:]
        ours, theirs = self._ours, self._theirs
        spectrum = np.fft.rfft(ours, self._size) * np.conj(np.fft.rfft(theirs, self._size))
        fit = np.fft.irfft(spectrum, self._size)[: DELAYS + 1]
        sums = np.concatenate([[0.0], np.cumsum(np.square(ours, dtype=np.float64))])
        powers = sums[FITTED:] - sums[:-FITTED]
        power = float(np.square(theirs).sum())
        return float((np.square(fit) / (powers + 1e-6)).max()) / (power + 1e-9)


def _speech() -> tuple[Pcm, Pcm]:
    """Two seconds of a voice's colour, and their echo at -10 dB after 200 ms."""
    noise = np.random.default_rng(1).normal(size=16_009)
    smooth = np.convolve(noise, np.hanning(12)[1:-1], "valid")[:16_000]
    ours = (4000 * smooth / smooth.std()).clip(-32768, 32767).astype(np.int16)
    back = (np.concatenate([np.zeros(1600), ours[:-1600]]) * 0.316).astype(np.int16)
    return ours, back

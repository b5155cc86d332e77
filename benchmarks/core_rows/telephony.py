"""The telephone line: G.711 beside the standard library's audioop, and what the rest costs.

audioop encodes negative µ-law samples by another rounding, so the two are compared by their
distance from the sample there (``tests/engines/core/test_g711.py``), elsewhere code by code.
"""

from __future__ import annotations

import platform
import warnings
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.core_rows.duel import Budget, Duel
from engines._core import CallProgress, Concealer, Dtmf, Line, g711_decode, g711_encode

RATE_HZ: Final = 8000
SECONDS: Final = 10
FRAME: Final = RATE_HZ // 50

Pcm = NDArray[np.int16]


def duels() -> list[Duel | Budget]:
    """G.711 beside its peer, then what a call-second costs."""
    return [*_beside_audioop(), *_budgets()]


def _beside_audioop() -> list[Duel]:
    """Arrays of 10 s, of which a ratio is required, and single frames for information."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            import audioop
    except ImportError:  # gone from Python 3.13 on
        return []
    peer = f"audioop of Python {platform.python_version()}"
    rows = []
    for samples, required in ((RATE_HZ * SECONDS, 4.0), (FRAME, None)):
        key = "g711" if required else "g711_frame"
        what = f"{samples} samples"
        pcm = _voice_like(samples).tobytes()
        for law in ("ulaw", "alaw"):
            codes = g711_encode(pcm, law)
            rows += [
                Duel(
                    key=key,
                    what=f"{law} decoded, {what}",
                    peer=peer,
                    ours=partial(g711_decode, codes, law),
                    theirs=partial(getattr(audioop, f"{law}2lin"), codes, 2),
                    required=required,
                    check=partial(_same_values, codes, law, getattr(audioop, f"{law}2lin")),
                ),
                Duel(
                    key=key,
                    what=f"{law} encoded, {what}",
                    peer=peer,
                    ours=partial(g711_encode, pcm, law),
                    theirs=partial(getattr(audioop, f"lin2{law}"), pcm, 2),
                    required=required,
                    check=partial(_no_farther, pcm, law, getattr(audioop, f"lin2{law}")),
                ),
            ]
    return rows


def _budgets() -> list[Budget]:
    """A call-second of each, in frames of 20 ms."""
    frames = _voice_like(RATE_HZ).reshape(-1, FRAME)
    pcm = [frame.tobytes() for frame in frames]
    coded = [g711_encode(frame, "ulaw") for frame in pcm]
    keys, progress = Dtmf(RATE_HZ), CallProgress(RATE_HZ)
    return [
        Budget(key="dtmf", what="keys in 1 s", run=partial(_each, keys.push, pcm), unit="ms"),
        Budget(
            key="call_progress",
            what="call-progress tones in 1 s",
            run=partial(_each, progress.push, pcm),
            unit="ms",
        ),
        Budget(key="conceal", what="a gap of 20 ms", run=partial(_gap, pcm), unit="ms"),
        Budget(key="line", what="1 s of a line, both directions", run=_second(coded), unit="ms"),
    ]


def _voice_like(samples: int) -> Pcm:
    """(samples,) harmonics of 120 Hz that swell, and noise."""
    t = np.arange(samples) / RATE_HZ
    voice = sum(np.sin(2 * np.pi * 120 * k * t + k) / k for k in range(1, 20))
    noise = np.random.default_rng(1).normal(0, 0.05, samples)
    return (4000 * (voice * (1 + np.sin(2 * np.pi * 3 * t)) + noise)).astype(np.int16)


def _each(push: object, pieces: list[bytes]) -> None:
    for piece in pieces:
        push(piece)  # type: ignore[operator]


def _gap(pcm: list[bytes]) -> None:
    concealer = Concealer(RATE_HZ)
    for piece in pcm[:3]:
        concealer.received(piece)
    concealer.conceal(FRAME)
    concealer.received(pcm[4])


def _second(coded: list[bytes]) -> Callable[[], None]:
    line = Line("ulaw", RATE_HZ, 20)

    def run() -> None:
        for payload in coded:
            line.receive(line.caller_next, payload)
            line.take()
            line.keys()
            line.progress()
            line.frame()
            line.set_taken(line.agent_next)

    return run


def _same_values(codes: bytes, law: str, peer: object) -> None:
    assert g711_decode(codes, law) == peer(codes, 2)  # type: ignore[operator]


def _no_farther(pcm: bytes, law: str, peer: object) -> None:
    samples = np.frombuffer(pcm, np.int16).astype(int)
    ours = np.frombuffer(g711_decode(g711_encode(pcm, law), law), np.int16)
    theirs = np.frombuffer(g711_decode(peer(pcm, 2), law), np.int16)  # type: ignore[operator]
    assert (abs(ours - samples) <= abs(theirs - samples)).all()

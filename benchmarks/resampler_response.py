"""What the resampler does to a spectrum, measured on impulses that went through it, beside soxr.

    python -m benchmarks.resampler_response            a minute; writes docs/resampling.png too
    python -m benchmarks.resampler_response --quick    two pairs, nothing written but --json FILE

A resampler answers an impulse differently at each place of the input between two outputs; the
answers at all places, laid between each other, are its lowpass on the grid of both rates.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations
from math import gcd
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import soxr
from numpy.typing import NDArray

from benchmarks.results import save
from engines._core import Resampler

ROOT: Final = Path(__file__).parents[1]
PICTURE: Final = ROOT / "docs" / "resampling.png"
RATES_HZ: Final = (8000, 12000, 16000, 24000, 32000, 48000)
QUICK_PAIRS: Final = ((8000, 16000), (24000, 8000))
QUALITIES: Final = ("QQ", "LQ", "MQ", "HQ", "VHQ")

SPEECH_HZ: Final = 3400
PASS: Final = 0.85
"""Of the lower rate's half: 3.4 kHz for 8 kHz."""
RIPPLE_DB: Final = 0.1
STOPBAND_DB: Final = 80.0

_REACH: Final = 2400
"""Input samples before and after an impulse; soxr's VHQ rings for 700."""
_BINS: Final = 1 << 17

Floats = NDArray[np.floating[Any]]
Samples = NDArray[np.float32]


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one pair of rates."""

    name: str
    from_hz: int
    to_hz: int
    ripple_speech_db: float
    """Greatest distance from 0 dB up to 3.4 kHz."""
    ripple_pass_db: float
    """The same up to 0.85 of the lower rate's half."""
    stopband_db: float
    """Least attenuation from the lower rate's half on: images and what would alias."""
    late_ms: float
    """How long after a sample its place in the output comes, when audio comes bit by bit."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; write the figures and the picture."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="example: python -m benchmarks.resampler_response",
    )
    parser.add_argument("--quick", action="store_true", help="two pairs, no picture")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    pairs = QUICK_PAIRS if options.quick else tuple(permutations(RATES_HZ, 2))
    ours = [ours_of(*pair) for pair in pairs]
    theirs = [soxr_of(quality, *pair) for quality in QUALITIES for pair in QUICK_PAIRS]
    for each in [*ours, *theirs]:
        print(" | ".join(_cells(each)))
    figures = {
        "ours": msgspec.to_builtins(ours),
        "soxr": msgspec.to_builtins(theirs),
        "soxr_version": soxr.__version__,
        "nearest": nearest(theirs),
    }
    if options.json is not None or not options.quick:
        save("resampler_response", figures, options.json)
    if not options.quick:
        _draw(pairs, figures["nearest"])
    return 0


def ours_of(from_hz: int, to_hz: int) -> Response:
    """Of ``engines._core.Resampler``, streaming."""
    lowpass = impulse_answer(partial(_push, from_hz, to_hz), from_hz, to_hz)
    _, delay_ms = group_delay(lowpass, from_hz, to_hz)
    return _measure("ours", lowpass, from_hz, to_hz, float(delay_ms.max()))


def soxr_of(quality: str, from_hz: int, to_hz: int) -> Response:
    """Of one of soxr's qualities; how late it is, from its stream."""
    lowpass = impulse_answer(partial(_soxr, quality, from_hz, to_hz), from_hz, to_hz)
    return _measure(quality, lowpass, from_hz, to_hz, _soxr_late_ms(quality, from_hz, to_hz))


def nearest(theirs: Sequence[Response]) -> str:
    """The least of soxr's qualities that holds ripple and stopband for every pair."""
    for quality in QUALITIES:
        if all(
            each.ripple_speech_db <= RIPPLE_DB and each.stopband_db >= STOPBAND_DB
            for each in theirs
            if each.name == quality
        ):
            return quality
    return QUALITIES[-1]


def impulse_answer(through: Callable[[Samples], Samples], from_hz: int, to_hz: int) -> Floats:
    """(T,) the lowpass at from × up = to × down Hz, its middle at the time of the impulse."""
    up, down = _ratio(from_hz, to_hz)
    middle = 2 * _REACH * up
    lowpass = np.zeros(2 * middle + 1)
    for place in range(down):
        audio = np.zeros(2 * _REACH + down, np.float32)
        audio[_REACH + place] = 1
        answer = through(audio)
        at = np.arange(answer.size) * down - (_REACH + place) * up + middle
        inside = (at >= 0) & (at < lowpass.size)
        lowpass[at[inside]] = answer[inside]
    return lowpass / up


def spectrum(lowpass: Floats, from_hz: int, to_hz: int) -> tuple[Floats, Floats]:
    """Frequencies in Hz up to the grid's half, and the gain there in dB."""
    up, _ = _ratio(from_hz, to_hz)
    gain = np.abs(np.fft.rfft(lowpass, _BINS))
    return np.fft.rfftfreq(_BINS, 1 / (from_hz * up)), 20 * np.log10(np.maximum(gain, 1e-9))


def group_delay(lowpass: Floats, from_hz: int, to_hz: int) -> tuple[Floats, Floats]:
    """Frequencies of the passband in Hz, and the delay there in ms."""
    up, _ = _ratio(from_hz, to_hz)
    time = np.arange(lowpass.size) - lowpass.size // 2
    frequency = np.fft.rfftfreq(_BINS, 1 / (from_hz * up))
    passing = frequency <= PASS * min(from_hz, to_hz) / 2
    ramped, plain = (np.fft.rfft(each, _BINS)[passing] for each in (lowpass * time, lowpass))
    return frequency[passing], (ramped / plain).real * 1000 / (from_hz * up)


def ours_table(result: dict[str, Any]) -> str:
    """All pairs, for ``docs/resampling.md``."""
    head = [
        "| from → to | ripple to 3.4 kHz | ripple to the edge, 0.85 of the lower half | "
        "from the lower half on | delay |",
        "|" + " --- |" * 5,
    ]
    rows = msgspec.convert(result["ours"], list[Response])
    return "\n".join(head + [f"| {' | '.join(_cells(row)[1:])} |" for row in rows])


def soxr_table(result: dict[str, Any]) -> str:
    """Soxr's qualities, for ``docs/resampling.md``."""
    head = [
        f"| soxr {result['soxr_version']} | from → to | ripple to 3.4 kHz | ripple to 0.85 of "
        "the lower half | from the lower half on | its stream is late by up to |",
        "|" + " --- |" * 6,
    ]
    rows = msgspec.convert(result["soxr"], list[Response])
    said = f"\n\nThe least quality that holds both figures: **{result['nearest']}**."
    return "\n".join(head + [f"| {' | '.join(_cells(row))} |" for row in rows]) + said


def _cells(row: Response) -> list[str]:
    return [
        row.name,
        f"{row.from_hz // 1000} → {row.to_hz // 1000} kHz",
        f"{row.ripple_speech_db:.3f} dB",
        f"{row.ripple_pass_db:.3f} dB",
        f"{round(-row.stopband_db, 1) + 0.0:.1f} dB".replace("-", "−"),
        f"{row.late_ms:.3f} ms",
    ]


def _ratio(from_hz: int, to_hz: int) -> tuple[int, int]:
    common = gcd(from_hz, to_hz)
    return to_hz // common, from_hz // common


def _push(from_hz: int, to_hz: int, audio: Samples) -> Samples:
    return Resampler(from_hz, to_hz).push(audio)


def _soxr(quality: str, from_hz: int, to_hz: int, audio: Samples) -> Samples:
    resampled: Samples = soxr.resample(audio, from_hz, to_hz, quality=quality)
    return resampled


def _soxr_late_ms(quality: str, from_hz: int, to_hz: int) -> float:
    """A millisecond at a time for two seconds; soxr keeps the delay back instead of filling it."""
    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality=quality)
    out, late = 0, 0.0
    for millisecond in range(1, 2001):
        out += stream.resample_chunk(np.zeros(from_hz // 1000, np.float32)).size
        if millisecond > 1000:
            late = max(late, millisecond - out * 1000 / to_hz)
    return late


def _measure(name: str, lowpass: Floats, from_hz: int, to_hz: int, late_ms: float) -> Response:
    frequency, gain_db = spectrum(lowpass, from_hz, to_hz)
    half = min(from_hz, to_hz) / 2
    return Response(
        name=name,
        from_hz=from_hz,
        to_hz=to_hz,
        ripple_speech_db=float(np.abs(gain_db[frequency <= SPEECH_HZ]).max()),
        ripple_pass_db=float(np.abs(gain_db[frequency <= PASS * half]).max()),
        stopband_db=-float(gain_db[frequency >= half].max()),
        late_ms=late_ms,
    )


def _draw(pairs: Sequence[tuple[int, int]], quality: str) -> None:
    """A row of panels for each lower rate: gain, the passband alone, group delay."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lowers = RATES_HZ[:-1]
    figure, rows = pyplot.subplots(
        len(lowers), 3, figsize=(15, 3.2 * len(lowers)), layout="constrained"
    )
    for lower, (gain, passband, delay) in zip(lowers, rows, strict=True):
        soxr_at = (lower, RATES_HZ[-1])
        theirs = impulse_answer(partial(_soxr, quality, *soxr_at), *soxr_at)
        frequency, gain_db = spectrum(theirs, *soxr_at)
        for panel in (gain, passband):
            panel.plot(frequency, gain_db, color="0.6", linewidth=3, label=f"soxr {quality}")
        for from_hz, to_hz in (pair for pair in pairs if min(pair) == lower):
            ours = impulse_answer(partial(_push, from_hz, to_hz), from_hz, to_hz)
            frequency, gain_db = spectrum(ours, from_hz, to_hz)
            label = f"{from_hz // 1000} → {to_hz // 1000} kHz"
            style = {"linewidth": 0.8, "linestyle": "-" if from_hz < to_hz else "--"}
            gain.plot(frequency, gain_db, **style)
            passband.plot(frequency, gain_db, label=label, **style)
            delay.plot(*group_delay(ours, from_hz, to_hz), label=label, **style)
        gain.axhline(-STOPBAND_DB, color="k", linewidth=0.5)
        gain.axvline(lower / 2, color="k", linewidth=0.5)
        gain.set(title=f"lower rate {lower // 1000} kHz: gain", ylabel="dB", ylim=(-130, 5))
        gain.set(xlim=(0, 1.5 * lower))
        for edge in (-RIPPLE_DB, RIPPLE_DB):
            passband.axhline(edge, color="k", linewidth=0.5)
        passband.set(title="passband", ylabel="dB", ylim=(-0.15, 0.15), xlim=(0, 0.45 * lower))
        passband.legend(fontsize=6, ncols=2, loc="lower left")
        delay.set(title="group delay", ylabel="ms", ylim=(0, 3.5))
        delay.axhline(3.0, color="k", linewidth=0.5)
        delay.legend(fontsize=6, ncols=2, loc="lower left")
        for panel in (gain, passband, delay):
            panel.set_xlabel("Hz")
            panel.grid(visible=True, linewidth=0.3)
    figure.savefig(PICTURE, dpi=80)
    print(f"written: {PICTURE}")


if __name__ == "__main__":
    sys.exit(main())

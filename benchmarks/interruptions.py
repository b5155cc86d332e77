"""Voices, words, noise and echo over our speech: who is ducked, who cuts us, who is let pass.

Hundreds of mixes on a simulated line with the product's own VAD, echo judgement and turn taking
(``benchmarks/simulated_line.py``), counted from the caller's first voice, by energy on the clean
recording, to the first frame that obeys. Sounds are split by clip: settings were chosen on
``--tuning`` ones only.

    python -m benchmarks.interruptions            all mixes, ten minutes of each echo
    python -m benchmarks.interruptions --quick    every fifth mix, one minute
    python -m benchmarks.interruptions --tuning   the sounds that settings may be chosen on
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from benchmarks.hardware import hardware
from benchmarks.interruption_mixes import Sounds, echoes, interruptions, noises, short_words
from benchmarks.results import save
from benchmarks.simulated_line import RATE_HZ, TICK_MS, Heard, Mix, play
from daemon.release.release import load
from engines.vad.silero import SileroVad
from models.nlu.statistics import wilson

LEVELS_DB: Final = (6.0, 0.0, -6.0, -10.0)
"""The caller's voice against ours."""
NOISE_DB: Final = (0.0, -10.0, -20.0)
ECHO_DB: Final = (-20.0, -10.0)
SHORT_MS: Final = 450.0
"""Longer than this a word is no backchannel by its length alone."""
CUT_LIMIT_MS: Final = 600.0
AT_ONCE: Final = 64


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A count with Wilson's 95 % interval."""

    hits: int
    of: int
    share: float
    low95: float
    high95: float


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one kind of mix. Times are null where there are none."""

    name: str
    mixes: int
    seconds: float
    """Of our speech in all of them."""
    cut: Share
    """Mixes in which we were cut at all."""
    cut_in_time: Share
    """The same within 600 ms of the first voiced sample."""
    ducked: Share
    ducks: int
    cuts: int
    duck_p50_ms: float | None
    """From the first voiced sample."""
    duck_p95_ms: float | None
    cut_p50_ms: float | None
    cut_p95_ms: float | None
    rise_p50_ms: float | None
    """From the last voiced sample; for noise and echo from the duck."""
    rise_p95_ms: float | None


def share(hits: int, of: int) -> Share:
    """``hits`` of ``of``."""
    found = wilson(hits, of)
    return Share(
        hits=hits,
        of=of,
        share=hits / of if of else 0.0,
        low95=found.low,
        high95=found.high,
    )


def row(name: str, mixes: Sequence[Mix], heard: Sequence[Heard]) -> Row:
    """Counts and quantiles of one kind of mix."""
    pairs = list(zip(mixes, heard, strict=True))

    def since(mix: Mix, sample: int, at_ms: float) -> float:
        return at_ms - max(0, sample) * 1000 / RATE_HZ

    ducks = [since(mix, mix.voice_start, one.ducks_ms[0]) for mix, one in pairs if one.ducks_ms]
    cuts = [since(mix, mix.voice_start, one.cuts_ms[0]) for mix, one in pairs if one.cuts_ms]
    if mixes and mixes[0].voice_start >= 0 and not name.startswith("noise"):
        rises = [
            since(mix, mix.voice_end, one.rises_ms[-1])
            for mix, one in pairs
            if one.rises_ms and not one.cuts_ms
        ]
    else:
        rises = [rise for one in heard for rise in _lengths(one)]
    duck, cut, rise = _quantiles(ducks), _quantiles(cuts), _quantiles(rises)
    return Row(
        name=name,
        mixes=len(mixes),
        seconds=sum(len(mix.ours) for mix in mixes) / RATE_HZ,
        cut=share(len(cuts), len(mixes)),
        cut_in_time=share(sum(at <= CUT_LIMIT_MS for at in cuts), len(mixes)),
        ducked=share(len(ducks), len(mixes)),
        ducks=sum(len(one.ducks_ms) for one in heard),
        cuts=sum(len(one.cuts_ms) for one in heard),
        duck_p50_ms=duck[0],
        duck_p95_ms=duck[1],
        cut_p50_ms=cut[0],
        cut_p95_ms=cut[1],
        rise_p50_ms=rise[0],
        rise_p95_ms=rise[1],
    )


def _lengths(heard: Heard) -> list[float]:
    """How long each duck lasted that ended in a rise."""
    return [
        rise - max(duck for duck in heard.ducks_ms if duck <= rise)
        for rise in heard.rises_ms
        if any(duck <= rise for duck in heard.ducks_ms)
    ]


def _quantiles(values: Sequence[float]) -> tuple[float | None, float | None]:
    if not values:
        return None, None
    p50, p95 = np.percentile(values, [50, 95])
    return float(p50), float(p95)


def plan(sounds: Sounds, *, quick: bool) -> list[tuple[str, list[Mix], bool]]:
    """(name, mixes, whether our voice goes on after a cut) of every row."""
    every = 5 if quick else 1
    minutes = 1.0 if quick else 10.0
    rows = [(f"interruption {db:+.0f} dB", interruptions(sounds, db), False) for db in LEVELS_DB]
    breath_too = interruptions(sounds, 0.0, breath_counts=True)
    rows.append(("interruption +0 dB, from breath", breath_too, False))
    for kind in ("backchannel", "word", "command"):
        rows += [
            (
                f"{kind} {level:+.0f} dB{', recognised' if recognised else ''}",
                short_words(sounds, kind, level, recognised=recognised),
                False,
            )
            for recognised in (False, True)
            for level in (0.0, -6.0)
        ]
    rows += [
        (
            f"backchannel {level:+.0f} dB, ≤ {SHORT_MS:.0f} ms",
            short_words(sounds, "backchannel", level, recognised=False, longest_ms=SHORT_MS),
            False,
        )
        for level in (0.0, -6.0)
    ]
    rows += [(f"noise {db:+.0f} dB", noises(sounds, db), False) for db in NOISE_DB]
    short = [(name, mixes[::every], go_on) for name, mixes, go_on in rows]
    return short + [
        (
            f"echo {db:.0f} dB{', room' if room else ''}",
            echoes(sounds, db, minutes, room=room),
            True,
        )
        for db in ECHO_DB
        for room in (False, True)
    ]


def measure(state: Path, *, quick: bool = False, tuning: bool = False) -> dict[str, Any]:
    """The whole benchmark: ``rows`` of ``Row`` as plain values.

    Args:
        state: the state folder with the weights of ``lite``.
        quick: every fifth mix, one minute of each echo.
        tuning: with the sounds that settings may be chosen on.
    """
    vad = SileroVad(load(state, "lite", verify=False).path("vad_silero/silero_vad.onnx"))
    rows = []
    for name, mixes, go_on in plan(Sounds(tuning=tuning), quick=quick):
        heard: list[Heard] = []
        for first in range(0, len(mixes), AT_ONCE):
            heard += play(vad, mixes[first : first + AT_ONCE], go_on=go_on)
        rows.append(row(name, mixes, heard))
        print_row(rows[-1])
    return {"tuning": tuning, "rows": msgspec.to_builtins(rows)}


def interruptions_table(figures: dict[str, Any]) -> str:
    """The rows of ``results/interruptions.json`` as a Markdown table."""

    def ms(p50: float | None, p95: float | None) -> str:
        return "" if p50 is None or p95 is None else f"{p50:.0f}, {p95:.0f}"

    lines = [
        "| over our speech | mixes | cut (95 %) | within 600 ms | cut after, p50, p95 ms "
        "| ducked after | risen after | ducks, cuts a minute |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in msgspec.convert(figures["rows"], list[Row]):
        cut = one.cut
        lines.append(
            f"| {one.name} | {one.mixes} | {cut.share:.0%} ({cut.low95:.0%} to {cut.high95:.0%}) "
            f"| {one.cut_in_time.share:.0%} | {ms(one.cut_p50_ms, one.cut_p95_ms)} "
            f"| {ms(one.duck_p50_ms, one.duck_p95_ms)} | {ms(one.rise_p50_ms, one.rise_p95_ms)} "
            f"| {60 * one.ducks / one.seconds:.1f}, {60 * one.cuts / one.seconds:.1f} |"
        )
    return "\n".join(lines)


def print_row(one: Row) -> None:
    """One line of the table for people."""

    def ms(p50: float | None, p95: float | None) -> str:
        return "         " if p50 is None or p95 is None else f"{p50:4.0f} {p95:4.0f}"

    cut = one.cut
    print(
        f"{one.name:31} {one.mixes:4}  {cut.share:5.0%} ({cut.low95:4.0%} to {cut.high95:4.0%})"
        f"  {one.cut_in_time.share:5.0%}  {ms(one.cut_p50_ms, one.cut_p95_ms)}"
        f"  {one.ducked.share:5.0%}  {ms(one.duck_p50_ms, one.duck_p95_ms)}"
        f"  {ms(one.rise_p50_ms, one.rise_p95_ms)}  {60 * one.ducks / one.seconds:5.1f}"
        f" {60 * one.cuts / one.seconds:5.1f}",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="within 50 s")
    parser.add_argument("--tuning", action="store_true", help="other sounds; writes only --json")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    print(hardware().line())
    print(f"times in ms, p50 and p95, to the next frame of the line ({TICK_MS} ms)\n")
    print(
        f"{'over our speech':31}    n  cut (95 %)            ≤ 600  cut after  ducked duck after"
        "  rise after  ducks, cuts a minute"
    )
    figures = measure(options.state, quick=options.quick, tuning=options.tuning)
    if not options.tuning or options.json:
        save("interruptions", figures, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())

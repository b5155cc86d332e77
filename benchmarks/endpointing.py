"""Turn ends against the caller's last syllable: how many come too early, how long others wait.

Stored telephone lines with pauses of 200 to 700 ms put in by seed go through the product's own
VAD, voice edges and turn taking, faster than real time. Compared in the same run: silence alone.

    python -m benchmarks.endpointing            all thresholds on all lines, and a picture
    python -m benchmarks.endpointing --quick    the curve from every fourth line
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from benchmarks.endpointing_lines import FOLDER, Spoken, read_lines, speak
from benchmarks.endpointing_pieces import Piece, pieces, table
from benchmarks.endpointing_turns import Outcome, Task, Trace, take_turns, traces
from benchmarks.hardware import hardware
from benchmarks.results import FOLDER as RESULTS
from benchmarks.results import save
from daemon.call.turn_taking import TurnTakingSettings
from daemon.release.release import load
from engines.vad.silero import SileroVad
from models.nlu.statistics import wilson

THRESHOLDS_MS: Final = (300, 400, 500, 550, 600, 650, 700, 750, 800, 900, 1000)
SEED: Final = 1
"""Of the pauses and noise on which the settings were chosen."""
OTHER_SEED: Final = 2
"""The same recordings with pauses and noise that no setting was chosen on."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One setting on the curve."""

    threshold_ms: int
    premature_end_share: float
    mean_dead_air_ms: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """One language, or all of them, at the default settings."""

    language: str
    lines: int
    premature: int
    premature_end_share: float
    premature_end_low95: float
    premature_end_high95: float
    missed: int
    """Lines that never ended."""
    mean_dead_air_ms: float
    p50_dead_air_ms: float
    p95_dead_air_ms: float
    decodes_per_line: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The figures."""

    seed: int
    lines: int
    premature_end_share: float
    premature_end_low95: float
    premature_end_high95: float
    mean_dead_air_ms: float
    other_seed_share: float
    """Premature ends with ``OTHER_SEED``."""
    silence_alone_at_same_share_ms: float | None
    """Mean dead air that silence alone costs at our share of premature ends."""
    summaries: tuple[Summary, ...]
    silence_alone: tuple[Point, ...]
    turn_taking: tuple[Point, ...]
    pieces: tuple[Piece, ...]
    """What each piece of evidence adds, over sentences, short words and numbers."""


def spoken_lines(seed: int, every: int = 1) -> list[Spoken]:
    """The stored lines with pauses and noise of this seed; ``every`` n-th of them."""
    random = np.random.default_rng(seed)
    return [speak(line, audio, random) for line, audio in read_lines(FOLDER)[::every]]


def silence_alone(threshold_ms: float) -> TurnTakingSettings:
    """Turn taking that knows nothing but the length of the silence."""
    return TurnTakingSettings(
        end_open_ms=threshold_ms,
        end_short_ms=threshold_ms,
        end_digits_ms=threshold_ms,
        pause_margin_ms=0.0,
    )


def summarise(language: str, outcomes: Sequence[Outcome]) -> Summary:
    """Shares and quantiles; dead air over the lines that were not cut off."""
    premature = sum(outcome.premature for outcome in outcomes)
    share = wilson(premature, len(outcomes))
    waits = [outcome.dead_air_ms for outcome in outcomes if outcome.dead_air_ms is not None]
    p50, p95 = np.percentile(waits, [50, 95]) if waits else (math.nan, math.nan)
    return Summary(
        language=language,
        lines=len(outcomes),
        premature=premature,
        premature_end_share=premature / len(outcomes),
        premature_end_low95=share.low,
        premature_end_high95=share.high,
        missed=len(outcomes) - premature - len(waits),
        mean_dead_air_ms=float(np.mean(waits)) if waits else math.nan,
        p50_dead_air_ms=float(p50),
        p95_dead_air_ms=float(p95),
        decodes_per_line=sum(outcome.decodes for outcome in outcomes) / len(outcomes),
    )


def curve(found: Sequence[Trace], kind: str) -> tuple[Point, ...]:
    """Premature share against mean dead air, over thresholds of silence.

    Args:
        found: voice edges of lines with pauses and noise.
        kind: ``silence_alone``, or ``turn_taking`` with its other settings as they are.
    """
    points = []
    for threshold_ms in THRESHOLDS_MS:
        alone = kind == "silence_alone"
        settings = (
            silence_alone(threshold_ms) if alone else TurnTakingSettings(end_open_ms=threshold_ms)
        )
        summary = summarise("all", take_turns(found, settings, stirring=not alone))
        points.append(
            Point(
                threshold_ms=threshold_ms,
                premature_end_share=summary.premature_end_share,
                mean_dead_air_ms=summary.mean_dead_air_ms,
            )
        )
    return tuple(points)


def dead_air_at(points: Sequence[Point], share: float) -> float | None:
    """Mean dead air of the curve at a share of premature ends, between its points."""
    for before, after in itertools.pairwise(points):
        high, low = before.premature_end_share, after.premature_end_share
        if high > share >= low:
            part = (high - share) / (high - low)
            return before.mean_dead_air_ms + part * (
                after.mean_dead_air_ms - before.mean_dead_air_ms
            )
    return None


def measure(state: Path, *, seed: int = SEED, quick: bool = False) -> dict[str, Any]:
    """The whole benchmark, as plain values of ``Report``.

    Args:
        state: the state folder with the weights of ``lite``.
        seed: of pauses and noise.
        quick: shares from all lines, curves from every fourth.
    """
    weights = load(state, "lite", verify=False)
    vad = SileroVad(weights.path("vad_silero/silero_vad.onnx"))
    report: dict[str, Any] = msgspec.to_builtins(judge(vad, seed=seed, quick=quick))
    return report


def judge(vad: SileroVad, *, seed: int, quick: bool) -> Report:
    """Turn taking with its default settings, by language, and both curves."""
    lines = spoken_lines(seed)
    found = traces(vad, [Task(spoken=line) for line in lines])
    outcomes = take_turns(found, TurnTakingSettings())
    languages = sorted({outcome.language for outcome in outcomes})
    summaries = [
        summarise(language, [one for one in outcomes if one.language == language])
        for language in languages
    ]
    total = summarise("all", outcomes)
    other = traces(vad, [Task(spoken=line) for line in spoken_lines(OTHER_SEED)])
    others = take_turns(other, TurnTakingSettings())
    every = 4 if quick else 1
    alone, ours = (curve(found[::every], kind) for kind in ("silence_alone", "turn_taking"))
    return Report(
        seed=seed,
        lines=len(lines),
        premature_end_share=total.premature_end_share,
        premature_end_low95=total.premature_end_low95,
        premature_end_high95=total.premature_end_high95,
        mean_dead_air_ms=total.mean_dead_air_ms,
        other_seed_share=summarise("all", others).premature_end_share,
        silence_alone_at_same_share_ms=dead_air_at(alone, total.premature_end_share),
        summaries=(*summaries, total),
        silence_alone=alone,
        turn_taking=ours,
        pieces=tuple(pieces(vad, lines, seed, quick=quick)),
    )


def print_report(report: Report) -> None:
    """The tables for people."""
    print(f"pauses that no setting was chosen on: {100 * report.other_seed_share:.1f} % premature")
    print(hardware().line())
    print("\nlanguage  lines  premature (95 %)          dead air mean   p50    p95   decodes/line")
    for one in report.summaries:
        print(
            f"{one.language:8}  {one.lines:5}  {one.premature_end_share:6.1%}"
            f" ({one.premature_end_low95:.1%} to {one.premature_end_high95:.1%})"
            f"     {one.mean_dead_air_ms:7.0f} ms {one.p50_dead_air_ms:6.0f}"
            f" {one.p95_dead_air_ms:6.0f}   {one.decodes_per_line:6.2f}"
        )
    print("\nsilence    silence alone             turn taking")
    print("waited     premature   dead air      premature   dead air")
    for alone, ours in zip(report.silence_alone, report.turn_taking, strict=True):
        print(
            f"{alone.threshold_ms:4} ms    {alone.premature_end_share:8.1%}"
            f" {alone.mean_dead_air_ms:8.0f} ms"
            f"    {ours.premature_end_share:8.1%} {ours.mean_dead_air_ms:8.0f} ms"
        )
    print(f"\n{table(report.pieces)}")


def pieces_table(figures: dict[str, Any]) -> str:
    """The pieces of a report, or of ``results/endpointing.json``, as a Markdown table."""
    return table(msgspec.convert(figures["pieces"], list[Piece]))


def plot(report: Report, path: Path) -> None:
    """The curve as a picture."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 4.0))
    for points, label in (
        (report.silence_alone, "silence alone"),
        (report.turn_taking, "turn taking"),
    ):
        axes.plot(
            [point.mean_dead_air_ms for point in points],
            [100 * point.premature_end_share for point in points],
            marker="o",
            label=label,
        )
    axes.plot(
        report.mean_dead_air_ms, 100 * report.premature_end_share, "*", ms=14, label="default"
    )
    axes.axhline(5, color="grey", lw=0.8, ls="--")
    axes.set_xlabel("mean dead air from the last syllable, ms")
    axes.set_ylabel("turns cut off, %")
    axes.set_title(f"{report.lines} telephone lines, pauses of 200 to 700 ms")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="within 50 s")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    figures = measure(options.state, quick=options.quick)
    report = msgspec.convert(figures, Report)
    print_report(report)
    save("endpointing", figures, options.json)
    if not options.quick:
        plot(report, RESULTS / "endpointing.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())

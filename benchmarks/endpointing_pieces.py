"""What each piece of turn taking adds: the same lines with one piece of evidence after the other.

Three kinds of line, each with what the dialogue expects there: sentences (anything), short words
(yes or no), and numbers read out in groups (digits of known length). All silences of turn taking
are scaled together, so every piece is a curve of premature ends against dead air.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
from msgspec.structs import replace

from benchmarks.endpointing_lines import Spoken, telephoned
from benchmarks.endpointing_numbers import numbers
from benchmarks.endpointing_turns import Outcome, Task, Trace, take_turns, traces
from benchmarks.interruption_sounds import read_sounds
from daemon.call.turn_taking import TurnTakingSettings
from engines.dialog.moves import Expectation
from engines.vad.silero import SileroVad

NUMBERS: Final = 60
SHARE: Final = 0.05
"""Of premature ends: what the pieces are compared at."""
SCALES: Final = (0.5, 0.65, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.8)
"""Of all silences, against the default settings."""
QUICK_SCALES: Final = (0.65, 0.8, 1.0, 1.25, 1.5)
NAMES: Final = (
    "silence alone",
    "+ the next word stirring",
    "+ what is expected",
    "+ partial text",
    "+ the caller's own pauses",
)
_SCALED: Final = (
    "end_open_ms",
    "end_short_ms",
    "end_digits_ms",
    "end_unfinished_ms",
    "end_complete_ms",
    "end_incomplete_ms",
    "end_most_ms",
)


class PiecePoint(msgspec.Struct, frozen=True, kw_only=True):
    """One scale of the silences."""

    scale: float
    premature_end_share: float
    mean_dead_air_ms: float


class KindFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of line at the default settings."""

    expects: str
    lines: int
    premature: int
    mean_dead_air_ms: float


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Turn taking with this piece and those before it."""

    name: str
    premature: int
    """At the default settings, of all lines."""
    lines: int
    mean_dead_air_ms: float
    dead_air_at_share_ms: float | None
    """Mean dead air where ``SHARE`` of the ends are premature, between the curve's points."""
    kinds: tuple[KindFigures, ...]
    points: tuple[PiecePoint, ...]


def tasks(lines: Sequence[Spoken], seed: int, *, every: int = 1) -> list[Task]:
    """All kinds of line; ``every`` n-th of each."""
    random = np.random.default_rng(seed)
    short = [
        (sound, audio) for sound, audio in read_sounds() if sound.kind in ("backchannel", "command")
    ]
    words = [
        Task(
            spoken=Spoken(
                line=replace(lines[0].line, language=sound.language, text=sound.text),
                pcm=telephoned(audio, random),
                speech_end=sound.speech_end,
                pauses=(),
            ),
            expects=Expectation(kind="yes_no"),
            words=((sound.speech_end, sound.text),),
        )
        for sound, audio in short
    ]
    digits = [
        Task(
            spoken=one,
            expects=Expectation(kind="digits", digits=one.digits),
            words=one.said,
        )
        for one in numbers(seed, NUMBERS)
    ]
    sentences = [Task(spoken=one, words=partial_words(one)) for one in lines]
    return [*sentences[::every], *words[::every], *digits[::every]]


def partial_words(spoken: Spoken) -> tuple[tuple[int, str], ...]:
    """What was said until each pause, by the share of the speech before it, and at the end."""
    line = spoken.line
    text = list(line.text) if line.language == "zh" else [f" {word}" for word in line.text.split()]
    paused = sum(length for _, length in spoken.pauses)
    speech = spoken.speech_end - line.speech_start - paused
    said, before = [], 0
    for start, length in spoken.pauses:
        share = (start - before - line.speech_start) / speech
        said.append((start, "".join(text[: round(share * len(text))])))
        before += length
    return (*said, (spoken.speech_end, line.text))


def pieces(vad: SileroVad, lines: Sequence[Spoken], seed: int, *, quick: bool) -> list[Piece]:
    """The table: each piece with all before it.

    Args:
        vad: the release's.
        lines: sentences, with pauses and noise.
        seed: of the numbers and of the noise over short words.
        quick: every fourth line, fewer scales.
    """
    found = traces(vad, tasks(lines, seed, every=4 if quick else 1))
    return [
        _piece(found, number, QUICK_SCALES if quick else SCALES) for number in range(len(NAMES))
    ]


def settings_of(number: int, scale: float) -> TurnTakingSettings:
    """Turn taking with the pieces up to ``number``, its silences scaled."""
    plain = TurnTakingSettings()
    if number < 2:
        silence: Any = dict.fromkeys(_SCALED, plain.end_open_ms * scale)
    else:
        silence = {name: getattr(plain, name) * scale for name in _SCALED}
    if number < 4:
        silence["pause_margin_ms"] = 0.0
        silence["pause_ms"] = 60_000.0
    return replace(plain, **silence)


def _piece(found: Sequence[Trace], number: int, scales: Sequence[float]) -> Piece:
    told = [_told(trace, number) for trace in found]
    points = []
    for scale in scales:
        settings = settings_of(number, scale)
        outcomes = take_turns(told, settings, stirring=number >= 1)
        share, dead_air = _figures(outcomes)
        points.append(PiecePoint(scale=scale, premature_end_share=share, mean_dead_air_ms=dead_air))
        if scale == 1.0:
            plain = outcomes
    kinds = []
    for kind in ("open", "yes_no", "digits"):
        of = [
            one for one, trace in zip(plain, found, strict=True) if trace.task.expects.kind == kind
        ]
        early, dead_air = _figures(of)
        kinds.append(
            KindFigures(
                expects=kind,
                lines=len(of),
                premature=round(early * len(of)),
                mean_dead_air_ms=dead_air,
            )
        )
    share, dead_air = _figures(plain)
    return Piece(
        name=NAMES[number],
        premature=round(share * len(plain)),
        lines=len(plain),
        mean_dead_air_ms=dead_air,
        dead_air_at_share_ms=dead_air_at(points, SHARE),
        kinds=tuple(kinds),
        points=tuple(points),
    )


def _told(trace: Trace, number: int) -> Trace:
    """The trace with what this piece and those before it may know."""
    task = trace.task
    if number < 2:
        task = replace(task, expects=Expectation(), words=())
    elif number < 3:
        task = replace(task, words=())
    return replace(trace, task=task)


def _figures(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    waits = [one.dead_air_ms for one in outcomes if one.dead_air_ms is not None]
    early = sum(one.premature for one in outcomes) / max(1, len(outcomes))
    return early, float(np.mean(waits)) if waits else float("nan")


def dead_air_at(points: Sequence[PiecePoint], share: float) -> float | None:
    """Mean dead air of a curve at a share of premature ends, between its points."""
    for before, after in itertools.pairwise(points):
        high, low = before.premature_end_share, after.premature_end_share
        if high > share >= low:
            part = (high - share) / (high - low)
            return before.mean_dead_air_ms + part * (
                after.mean_dead_air_ms - before.mean_dead_air_ms
            )
    return None


def table(found: Sequence[Piece]) -> str:
    """The pieces as a Markdown table."""
    rows = [
        "| evidence | premature, default | dead air, default | sentences | yes or no | numbers "
        f"| dead air at {SHARE:.0%} premature |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in found:
        kinds = " | ".join(
            f"{kind.premature} of {kind.lines}, {kind.mean_dead_air_ms:.0f} ms"
            for kind in one.kinds
        )
        at = "–" if one.dead_air_at_share_ms is None else f"{one.dead_air_at_share_ms:.0f} ms"
        rows.append(
            f"| {one.name} | {one.premature / one.lines:.1%} | {one.mean_dead_air_ms:.0f} ms "
            f"| {kinds} | {at} |"
        )
    return "\n".join(rows)

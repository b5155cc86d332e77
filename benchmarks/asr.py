"""Recognition on telephone lines: error rate, time and memory of the ways to decode, side by side.

The peer in the same run is Whisper as published: padded to 30 s, beam 5, no guard. Lines are the
committed ones of the endpointing benchmark (G.711, 8 kHz), noise the golden clips of the tests.

    python -m benchmarks.asr            every second line
    python -m benchmarks.asr --quick    every twentieth
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from benchmarks.endpointing_lines import RATE_HZ, Line, read_lines
from benchmarks.error_rate import errors, words
from benchmarks.hardware import hardware
from benchmarks.results import save
from daemon.release.release import load
from engines.asr.transcript import Transcript
from engines.asr.whisper import LONGEST_S, WhisperRecogniser, WhisperSettings

GOLDEN: Final = Path("tests/golden/asr")
WAYS: Final = {
    "padded to 30 s, beam 5": WhisperSettings(margin_s=LONGEST_S),
    "default (+4 s, beam 5)": WhisperSettings(),
    "+4 s, beam 2": WhisperSettings(beam=2),
    "+2 s, beam 5": WhisperSettings(margin_s=2.0),
}
CARD: Final = Path("models/asr/CARD.md")
DEFAULT: Final = "default (+4 s, beam 5)"


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One line, heard in one way."""

    language: str
    text: str
    heard: str
    heard_language: str
    units: int
    errors: int
    log_probability: float
    guards: tuple[str, ...]
    dropped: str
    wall_s: float
    cpu_s: float


def hear_line(recogniser: WhisperRecogniser, line: Line, audio: NDArray[np.float32]) -> Heard:
    """Recognise one line, its language not told."""
    pcm = (audio * 32767).astype(np.int16)
    voiced_ms = (line.speech_end - line.speech_start) * 1000 / RATE_HZ
    wall, cpu = time.perf_counter(), time.process_time()
    transcript = recogniser.hear(pcm, RATE_HZ, voiced_ms=voiced_ms, language="auto")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    expected = words(line.text, line.language)
    return Heard(
        language=line.language,
        text=line.text,
        heard=transcript.text,
        heard_language=transcript.language,
        units=len(expected),
        errors=errors(expected, words(transcript.text, line.language)),
        log_probability=transcript.hypotheses[0].log_probability,
        guards=transcript.guards,
        dropped=transcript.dropped,
        wall_s=wall,
        cpu_s=cpu,
    )


def noise(recogniser: WhisperRecogniser) -> list[Transcript]:
    """What is made of clips in which nobody speaks."""
    with (GOLDEN / "manifest.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if not row["text"]]
    heard = []
    for row in rows:
        pcm, rate_hz = soundfile.read(GOLDEN / row["file"], dtype="int16")
        heard.append(recogniser.hear(pcm, rate_hz, voiced_ms=1000.0, language="auto"))
    return heard


def measure(folder: Path, *, every: int) -> dict[str, Any]:
    """All ways on every n-th line, and the confidence curve fitted to the default way."""
    lines = read_lines()[::every]
    result: dict[str, Any] = {"lines": len(lines), "memory_mb": model_mb(folder), "ways": {}}
    for name, settings in WAYS.items():
        recogniser = WhisperRecogniser(folder, settings)
        recogniser.warm_up()
        rows = [hear_line(recogniser, line, audio) for line, audio in lines]
        result["ways"][name] = summarise(rows)
        if name == DEFAULT:
            invented = noise(recogniser)
            result |= {
                "sets": [one_set(rows, language) for language in ("zh", "en")],
                "invented_clip_share": sum(bool(one.text) for one in invented) / len(invented),
                "noise_clips": len(invented),
                "dropped_short_share": dropped_share([row for row in rows if row.units <= 6]),
                "confidence": fit_confidence(rows),
                "rows": msgspec.to_builtins(rows),
            }
        recogniser.close()
    return result


def one_set(rows: Sequence[Heard], language: str) -> dict[str, Any]:
    """The error rate of one language at the default settings."""
    chosen = [row for row in rows if row.language == language]
    rate = sum(row.errors for row in chosen) / sum(row.units for row in chosen)
    return {
        "name": f"endpointing lines, {language}",
        "references": len(chosen),
        "error_rate": {"whisper": rate},
    }


def summarise(rows: Sequence[Heard]) -> dict[str, Any]:
    """One way to decode."""
    result: dict[str, Any] = {}
    for language in ("zh", "en"):
        result[f"error_rate_{language}"] = one_set(rows, language)["error_rate"]["whisper"]
    walls = np.array([row.wall_s for row in rows])
    result |= {
        "wall_p50_s": float(np.percentile(walls, 50)),
        "wall_p95_s": float(np.percentile(walls, 95)),
        "cpu_mean_s": float(np.mean([row.cpu_s for row in rows])),
        "decoded_again_share": float(np.mean([bool(row.guards) for row in rows])),
        "wrong_language_share": float(
            np.mean([row.language != row.heard_language for row in rows])
        ),
        "dropped_share": dropped_share(rows),
    }
    return result


def dropped_share(rows: Sequence[Heard]) -> float:
    """How much speech was taken for noise."""
    return sum(bool(row.dropped) for row in rows) / len(rows) if rows else 0.0


def fit_confidence(rows: Sequence[Heard]) -> dict[str, float]:
    """The logistic curve over the mean log-probability with the least squared error."""
    log_probability = np.array([row.log_probability for row in rows])
    right = np.array([max(0.0, 1 - row.errors / row.units) for row in rows])
    slopes, halves = np.meshgrid(np.arange(1.0, 8.01, 0.25), np.arange(-1.5, -0.29, 0.05))
    steps = slopes[..., None] * (log_probability - halves[..., None])
    error = np.square(1 / (1 + np.exp(-steps)) - right).mean(axis=-1)
    best = np.unravel_index(error.argmin(), error.shape)
    return {
        "slope": float(slopes[best]),
        "half": round(float(halves[best]), 2),
        "mean_squared_error": float(error[best]),
    }


def model_mb(folder: Path) -> int:
    """What the default recogniser adds to this process, a padded decode included."""
    before = memory_mb()
    recogniser = WhisperRecogniser(folder)
    noise = np.random.default_rng(0).integers(-2000, 2000, 26 * RATE_HZ, np.int16)
    recogniser.hear(noise, RATE_HZ, voiced_ms=9000.0, language="auto")
    grown = round(memory_mb() - before)
    recogniser.close()
    return grown


def memory_mb() -> float:
    """Memory of this process, shared pages counted in part (PSS)."""
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    kib = next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(kib) / 1024


def write_card(result: dict[str, Any], card: Path = CARD) -> None:
    """Put the table of the ways between the marks in the model's card."""
    head = "| way | CER zh | WER en | wall p50 | p95 | CPU mean | decoded again |"
    rows = [
        f"| {name} | {way['error_rate_zh']:.3f} | {way['error_rate_en']:.3f}"
        f" | {way['wall_p50_s']:.2f} s | {way['wall_p95_s']:.2f} s | {way['cpu_mean_s']:.2f} s"
        f" | {way['decoded_again_share']:.0%} |"
        for name, way in result["ways"].items()
    ]
    curve = result["confidence"]
    table = "\n".join(
        [
            f"{result['lines']} lines, language not told. {hardware().line()}.",
            "",
            head,
            "| --- | --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
            f"Text on noise: {result['invented_clip_share']:.0%} of {result['noise_clips']} clips."
            f" Speech taken for noise: {result['ways'][DEFAULT]['dropped_share']:.1%}."
            f" Memory: {result['memory_mb']} MB.",
            "",
            f"Best confidence curve: slope {curve['slope']}, half {curve['half']}.",
        ]
    )
    begin, end = "<!-- measured:asr -->", "<!-- /measured -->"
    before, rest = card.read_text(encoding="utf-8").split(begin)
    after = rest.split(end, 1)[1]
    card.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


def print_table(result: dict[str, Any]) -> None:
    """For people."""
    print(f"{hardware().line()}; {result['lines']} lines\n")
    print("way                       CER zh  WER en   wall p50    p95  CPU mean   again")
    for name, way in result["ways"].items():
        print(
            f"{name:25} {way['error_rate_zh']:6.3f} {way['error_rate_en']:7.3f}"
            f"   {way['wall_p50_s']:6.2f} s {way['wall_p95_s']:6.2f} {way['cpu_mean_s']:7.2f} s"
            f"  {way['decoded_again_share']:6.1%}"
        )
    print(
        f"\ntext on noise: {result['invented_clip_share']:.0%} of {result['noise_clips']} clips;"
        f" confidence curve: {result['confidence']}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few lines, within 50 s")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    folder = load(options.state, "lite", verify=False).path("asr_whisper")
    result = measure(folder, every=(20 if options.quick else 2))
    print_table(result)
    save("asr", result, options.json)
    if not options.quick:
        write_card(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Makes the lines of the endpointing benchmark: telephone audio, each with its true end.

The end of speech is found on the clean recording by its energy alone, so that no voice activity
detector is judged by itself. Pauses and line noise are not in here: the benchmark puts them in,
by seed. Run once: ``python -m benchmarks.data.endpointing.make_lines --data FOLDER``.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import soundfile  # type: ignore[import-untyped]
import soxr
from numpy.typing import NDArray

from benchmarks.endpointing_lines import (
    FOLDER,
    FRAME,
    HOP,
    RATE_HZ,
    Line,
    longest_gap_ms,
    loud_frames,
    write_lines,
)

Floats = NDArray[np.float32]
TARGET_DBFS: Final = -23.0
LEAD_MS: Final = 200
TAIL_MS: Final = 150
MOST_GAP_MS: Final = 300
"""A recording with a longer pause of its own is left out: the pauses are those put in."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A set of recordings; ``most`` lines of it are taken."""

    folder: str
    language: str
    licence: str
    credit: str
    most: int
    shortest_s: float = 1.2
    longest_s: float = 5.5


SOURCES: Final = (
    Source(
        folder="speech-zh-aishell",
        language="zh",
        licence="Apache-2.0",
        credit="AISHELL-1, Beijing Shell Shell Technology",
        most=105,
    ),
    Source(
        folder="speech-en-speechocean",
        language="en",
        licence="free incl. commercial use (OpenSLR 101)",
        credit="speechocean762, SpeechOcean and Xiaomi",
        most=100,
    ),
    Source(
        folder="prompts-en-8k",
        language="en",
        licence="CC-BY-SA-3.0",
        credit="Asterisk core sounds, Allison Smith for Digium",
        most=60,
        shortest_s=1.4,
        longest_s=4.5,
    ),
    Source(
        folder="speech-en-misc",
        language="en",
        licence="per recording, see origin",
        credit="SpeechBrain, CMU Sphinx, LibriVox and others, see origin",
        most=30,
    ),
)


def speech_bounds(audio: Floats) -> tuple[int, int]:
    """First and last sample of speech in telephone audio without noise, by energy.

    A frame of 20 ms is speech when ten of the twelve about it (5 ms apart) are loud enough: a
    click is none.
    """
    loud = loud_frames(audio)
    near = np.convolve(loud, np.ones(12), mode="same")
    held = np.flatnonzero(loud & (near >= 10))
    if held.size == 0:
        raise ValueError("no speech in it")
    return int(held[0] * HOP), int(held[-1] * HOP + FRAME)


def telephone(clean: Floats, rate_hz: int) -> Floats:
    """8 kHz, 300 to 3400 Hz, loudness of a normal call."""
    narrow: Floats = soxr.resample(clean, rate_hz, RATE_HZ, quality="HQ").astype(np.float32)
    spectrum = np.fft.rfft(narrow)
    hz = np.fft.rfftfreq(len(narrow), 1 / RATE_HZ)
    spectrum[(hz < 250) | (hz > 3500)] = 0
    band = np.fft.irfft(spectrum, len(narrow)).astype(np.float32)
    frames = band[: len(band) // 160 * 160].reshape(-1, 160)
    active = np.percentile(np.square(frames).mean(axis=1), 75)
    gain = 10 ** (TARGET_DBFS / 20) / np.sqrt(active + 1e-9)
    gain = min(gain, 0.95 / (np.abs(band).max() + 1e-9))
    levelled: Floats = np.clip(band * gain, -1, 1).astype(np.float32)
    return levelled


def read_lines(data: Path, source: Source) -> Iterator[tuple[Line, Floats]]:
    """Usable recordings of a source, as lines."""
    with (data / source.folder / "manifest.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    fitting = [
        row
        for row in rows
        if source.shortest_s <= float(row["seconds"]) <= source.longest_s
        and row["text"].strip()
        and not row["text"].startswith("[")
    ]
    taken = 0
    for row in fitting:
        if taken == source.most:
            return
        path = data / source.folder / "audio" / row["file"]
        clean, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        audio = telephone(clean[:, 0], rate_hz)
        first, last = speech_bounds(audio)
        if longest_gap_ms(audio[first:last]) > MOST_GAP_MS:
            continue
        start = max(0, first - LEAD_MS * RATE_HZ // 1000)
        audio = audio[start : last + TAIL_MS * RATE_HZ // 1000]
        taken += 1
        yield (
            Line(
                source=source.folder,
                file=row["file"],
                language=source.language,
                text=row["text"],
                samples=len(audio),
                speech_start=first - start,
                speech_end=last - start,
                licence=row.get("licence", source.licence),
                credit=row.get("origin", source.credit),
            ),
            audio,
        )


def main() -> None:
    """Write the lines and their manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("KEFU_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    data = parser.parse_args().data
    lines = [line for source in SOURCES for line in read_lines(data, source)]
    write_lines(FOLDER, lines)
    print(f"{len(lines)} lines, {sum(line.samples for line, _ in lines) / RATE_HZ:.0f} s")


if __name__ == "__main__":
    main()

"""Makes the single digits of which the endpointing benchmark builds numbers that are read out.

Real recordings: one Mandarin speaker, six English ones. Run once:
``python -m benchmarks.data.digits.make_digits --data FOLDER``.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from benchmarks.data.endpointing.make_lines import telephone
from benchmarks.data.interruptions.make_sounds import bounds
from benchmarks.endpointing_lines import Line, write_lines
from benchmarks.endpointing_numbers import DIGITS, FOLDER

SETS: Final = ("speech-zh-words", "digits-en-8k")
TAKE: Final = "_3."
"""Of the English speakers' takes."""


def digits(data: Path) -> Iterator[tuple[Line, NDArray[np.float32]]]:
    """Each digit of each speaker, from its first to its last sample of voice."""
    for name in SETS:
        with (data / name / "manifest.tsv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        for row in rows:
            language = row["lang"][:2]
            wanted = language == "zh" or TAKE in row["file"]
            if row["text"] not in DIGITS[language] or not wanted:
                continue
            path = data / name / "audio" / row["file"]
            clean, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
            audio = telephone(clean[:, 0], rate_hz)
            first, last = bounds(audio)
            audio = audio[first:last]
            yield (
                Line(
                    source=name,
                    file=row["file"],
                    language=language,
                    text=row["text"],
                    samples=len(audio),
                    speech_start=0,
                    speech_end=len(audio),
                    licence=row["licence"],
                    credit=f"{row['speaker']}, {row['origin']}",
                ),
                audio,
            )


def main() -> None:
    """Write the digits and their manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("KEFU_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    found = list(digits(parser.parse_args().data))
    write_lines(FOLDER, found)
    print(f"{len(found)} digits")


if __name__ == "__main__":
    main()

"""Recorded lines of callers: WAV files and ``lines.tsv``, which says what is in them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.ctl.audio_file import read_audio
from daemon.ctl.caller import RATE_HZ, Line
from daemon.ctl.errors import BadRecordings
from daemon.ctl.language import language_of

MANIFEST: Final = "lines.tsv"
_VOICE: Final = 328
"""Amplitude above which a sample counts as voice: −40 dBFS."""


def read_scripts(folder: Path) -> dict[str, list[Line]]:
    """The lines of each script (one call), in order.

    Raises:
        BadRecordings: the manifest, or a file that it names, is missing or not as it says.
    """
    manifest = folder / MANIFEST
    scripts: dict[str, list[Line]] = {}
    try:
        with manifest.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                scripts.setdefault(row["script"], []).append(_line(folder, row))
    except (OSError, UnicodeDecodeError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise BadRecordings(f"{manifest}: {type(error).__name__}: {error}.") from error
    return scripts


def read_script(folder: Path, script: str) -> list[Line]:
    """One script. Raises BadRecordings, also where there is none of that name."""
    scripts = read_scripts(folder)
    if script not in scripts:
        raise BadRecordings(f"{folder / MANIFEST} has no script {script!r}.")
    return scripts[script]


def line_of(text: str, pcm: NDArray[np.int16]) -> Line:
    """A line of which only the audio is known, (T,) int16 at 8 kHz: its voice is what is loud."""
    voiced = np.flatnonzero(np.abs(pcm.astype(np.int32)) > _VOICE)
    first, last = (int(voiced[0]), int(voiced[-1])) if voiced.size else (0, pcm.size - 1)
    return Line(
        text=text,
        language=language_of(text),
        pcm=pcm,
        voice_start=first,
        last_syllable=last + 1,
    )


def _line(folder: Path, row: dict[str, str]) -> Line:
    audio = read_audio(folder / row["file"])
    if audio.rate_hz != RATE_HZ or len(audio.pcm) != int(row["samples"]):
        raise ValueError(f"{row['file']} is not {row['samples']} samples at {RATE_HZ} Hz")
    return Line(
        text=row["text"],
        language=row["language"],
        pcm=np.asarray(audio.pcm, np.int16),
        voice_start=int(row["voice_start"]),
        last_syllable=int(row["last_syllable"]),
        interrupts=row["interrupts"] == "1",
    )

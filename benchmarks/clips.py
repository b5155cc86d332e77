"""Clips of sound as they are kept: one µ-law WAV for each group, and ``manifest.tsv`` beside."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

Floats = NDArray[np.float32]


C = TypeVar("C", bound=msgspec.Struct)


def write_clips(
    folder: Path,
    kind: type[C],
    clips: Sequence[tuple[C, Floats]],
    group: Callable[[C], str],
    rate_hz: int,
) -> None:
    """One WAV for each ``group``, its clips one after the other, and the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted({group(clip) for clip, _ in clips}):
        audio = np.concatenate([audio for clip, audio in clips if group(clip) == name])
        soundfile.write(folder / f"{name}.wav", audio, rate_hz, subtype="ULAW")
    with (folder / "manifest.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(field.name for field in msgspec.structs.fields(kind))
        writer.writerows(msgspec.structs.astuple(clip) for clip, _ in clips)


def read_clips(
    folder: Path, kind: type[C], place: Callable[[C], tuple[str, int]]
) -> list[tuple[C, Floats]]:
    """The clips in the manifest's order, each (T,) float32; ``place``: group and length of one."""
    with (folder / "manifest.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        clips = [msgspec.convert(row, kind, strict=False) for row in rows]
    waves: dict[str, Floats] = {}
    places: dict[str, int] = {}
    read = []
    for clip in clips:
        name, samples = place(clip)
        if name not in waves:
            waves[name], _ = soundfile.read(folder / f"{name}.wav", dtype="float32")
        start = places.get(name, 0)
        places[name] = start + samples
        read.append((clip, waves[name][start : start + samples]))
    return read

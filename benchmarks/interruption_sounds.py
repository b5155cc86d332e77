"""The sounds of the interruptions benchmark: telephone audio with the place of the voice in it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

Floats = NDArray[np.float32]
RATE_HZ: Final = 8000
FOLDER: Final = Path(__file__).parent / "data" / "interruptions"
Kind = Literal["ours", "backchannel", "command", "word", "noise"]
"""``ours``: what the product says. ``backchannel``: 嗯, "uh-huh". ``command``: 停, "stop".
``word``: a real short word or digit, said by a person. ``noise``: no voice in it."""


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the manifest. Samples are at 8 kHz, counted from the sound's own first."""

    kind: Kind
    text: str
    language: str
    speaker: str
    tuning: bool
    """Settings may be chosen on it; the reported figures come from the others."""
    samples: int
    speech_start: int
    speech_end: int
    """Just past the last sample of voice."""
    heard: str
    """What the release's recogniser made of it after G.711; empty where it gave nothing."""
    licence: str
    credit: str


def write_sounds(sounds: Sequence[tuple[Sound, Floats]], folder: Path = FOLDER) -> None:
    """One µ-law WAV for each kind, its sounds one after the other, and ``manifest.tsv``."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in sorted({sound.kind for sound, _ in sounds}):
        audio = np.concatenate([audio for sound, audio in sounds if sound.kind == kind])
        soundfile.write(folder / f"{kind}.wav", audio, RATE_HZ, subtype="ULAW")
    with (folder / "manifest.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(Sound.__struct_fields__)
        writer.writerows(msgspec.structs.astuple(sound) for sound, _ in sounds)


def read_sounds(folder: Path = FOLDER) -> list[tuple[Sound, Floats]]:
    """The sounds in the manifest's order, each (T,) float32."""
    with (folder / "manifest.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        sounds = [msgspec.convert(row, Sound, strict=False) for row in rows]
    waves: dict[str, Floats] = {}
    places: dict[str, int] = {}
    read = []
    for sound in sounds:
        if sound.kind not in waves:
            waves[sound.kind], _ = soundfile.read(folder / f"{sound.kind}.wav", dtype="float32")
        start = places.get(sound.kind, 0)
        places[sound.kind] = start + sound.samples
        read.append((sound, waves[sound.kind][start : start + sound.samples]))
    return read

"""The sounds of the interruptions benchmark: telephone audio with the place of the voice in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import read_clips, write_clips

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
    write_clips(folder, Sound, sounds, lambda sound: sound.kind, RATE_HZ)


def read_sounds(folder: Path = FOLDER) -> list[tuple[Sound, Floats]]:
    """The sounds in the manifest's order, each (T,) float32."""
    return read_clips(folder, Sound, lambda sound: (sound.kind, sound.samples))

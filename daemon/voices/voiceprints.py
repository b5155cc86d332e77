"""Embeddings of samples, kept beside them, so that nothing is embedded twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.voices.errors import VoiceError
from daemon.voices.files import read_record, write_record
from daemon.voices.likeness import WIDTH, Clip
from daemon.voices.records import Sample
from daemon.voices.sample_files import wav_seconds
from engines.samples.same_speaker import LEAST_HALF_S

Floats = NDArray[np.float32]
_DIGITS: Final = 6
_OFF: Final = 0.01
"""Of the squared length of an embedding, by rounding."""


class Embedder(Protocol):
    """``daemon.voices.likeness.Likeness``, or what stands in for it."""

    def embed(self, clips: list[Clip]) -> Floats:
        """(N, D) float32 of length 1."""


class Voiceprint(msgspec.Struct, frozen=True, kw_only=True):
    """``samples/0001.json``."""

    format: str = "kefu-voiceprint/1"
    sha256: str
    """The sample's: another recording of the same number has another."""
    whole: tuple[float, ...]
    halves: tuple[tuple[float, ...], ...] = ()
    """Of its two halves; empty where they are too short to be told apart."""


def is_print(embedding: tuple[float, ...]) -> bool:
    """Whether it can be compared: ECAPA's width, and of length 1."""
    return len(embedding) == WIDTH and abs(sum(one * one for one in embedding) - 1.0) < _OFF


def voiceprint(
    folder: Path,
    sample: Sample,
    embedder: Embedder,
    keep: Callable[[Path, Voiceprint], None] = write_record,
) -> Voiceprint:
    """The sample's voiceprint, embedded and written down where it is not known.

    Args:
        folder: ``samples/``.
        sample: one that has a file.
        embedder: asked where there is none yet.
        keep: writes it down.

    Raises:
        LikenessFailed: it cannot be embedded.
        DiskFull: nothing was written.
    """
    path = (folder / sample.file).with_suffix(".json")
    try:
        known = read_record(path, Voiceprint)
        if known.sha256 == sample.sha256 and all(map(is_print, (known.whole, *known.halves))):
            return known
    except VoiceError:  # not there, or damaged: it is made again
        pass
    file, seconds = str(folder / sample.file), wav_seconds(folder / sample.file)
    clips = [Clip(file=file)]
    if seconds >= 2 * LEAST_HALF_S:
        clips += [
            Clip(file=file, seconds=seconds / 2),
            Clip(file=file, start_s=seconds / 2),
        ]
    rows = [tuple(round(float(one), _DIGITS) for one in row) for row in embedder.embed(clips)]
    found = Voiceprint(sha256=sample.sha256, whole=rows[0], halves=tuple(rows[1:]))
    keep(path, found)
    return found

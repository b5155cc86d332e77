"""Prosody of the speech corpora as a telephone line carries it: 8 kHz, G.711 µ-law.

RAVDESS (CC BY-NC-SA 4.0) is looked at here and nothing is fitted to it. What the engine takes from
data, the deviations of ordinary speech, comes from the corpora with a clean licence.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import soundfile  # type: ignore[import-untyped]
import soxr
from numpy.typing import NDArray

from engines._core import g711_decode, g711_encode
from engines.emotion.baseline import Prosody
from engines.emotion.prosody import MOST_S, measure

RATE_HZ: Final = 8000
LEVEL_DBFS: Final = -26.0
"""Where a hand-set's automatic gain would bring every clip."""
_SETS: Final = ("speech-zh-aishell", "calls-en-8k", "speech-zh-misc", "speech-en-misc")
_LEAST_UTTERANCES: Final = 6
_PAUSE_S: Final = 0.4
_SHORTEST_S: Final = 0.5


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """One acted utterance."""

    speaker: str
    emotion: str
    prosody: Prosody


def acted(data: Path, *, levelled: bool = False) -> list[Clip]:
    """RAVDESS: 24 actors, two sentences, eight emotions; ``levelled``: each clip equally loud."""
    folder = data / "emotion-speech-ravdess"
    clips = []
    for row in _manifest(folder):
        samples = _samples(folder / "audio" / row["file"])
        if levelled:
            samples *= 10.0 ** (LEVEL_DBFS / 20.0) / max(float(np.sqrt(np.mean(samples**2))), 1e-6)
        prosody = measure(_over_the_line(samples), RATE_HZ)
        clips.append(Clip(speaker=row["speaker"], emotion=row["emotion"], prosody=prosody))
    return clips


def ordinary(data: Path) -> dict[str, list[Prosody]]:
    """Speech without acted emotion, by speaker, in the order in which it was spoken."""
    speakers: dict[str, list[Prosody]] = {}
    for name in _SETS:
        for row in _manifest(data / name):
            samples = _samples(data / name / "audio" / row["file"])
            pcm = _over_the_line(samples)
            utterances = speakers.setdefault(f"{name}: {row['speaker']}", [])
            for utterance in _utterances(pcm):
                prosody = measure(utterance[-MOST_S * RATE_HZ :], RATE_HZ)
                if prosody.measured:
                    utterances.append(prosody)
    return {name: own for name, own in speakers.items() if len(own) >= _LEAST_UTTERANCES}


def _manifest(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _samples(path: Path) -> NDArray[np.float32]:
    """(T,) float32 at 8 kHz."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono: NDArray[np.float32] = samples[:, 0]
    if rate_hz != RATE_HZ:
        mono = soxr.resample(mono, rate_hz, RATE_HZ)
    return mono


def _over_the_line(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    pcm = (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
    return np.frombuffer(g711_decode(g711_encode(pcm, "ulaw"), "ulaw"), np.int16)


def _utterances(pcm: NDArray[np.int16]) -> list[NDArray[np.int16]]:
    """What lies between pauses of 0.4 s, as turn taking would cut it."""
    hop = RATE_HZ // 100
    powers = np.square(pcm[: pcm.size // hop * hop] / 32768.0).reshape(-1, hop).mean(axis=1)
    levels = 10.0 * np.log10(powers + 1e-9)
    loud = np.flatnonzero(levels > np.quantile(levels, 0.95) - 30.0)
    breaks = np.flatnonzero(np.diff(loud) > _PAUSE_S * 100)
    starts, ends = loud[[0, *(breaks + 1)]], loud[[*breaks, -1]]
    return [
        pcm[max(0, start - 10) * hop : (end + 10) * hop]
        for start, end in zip(starts, ends, strict=True)
        if end - start > _SHORTEST_S * 100
    ]

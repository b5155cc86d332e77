"""A long recording becomes samples: cut at pauses, each 3 to 15 s, silence at its ends left out."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.samples.spans import Voice, runs, voice_in
from engines.samples.spectrum import FRAMES_PER_S, Floats, decibel

LONGEST_WHOLE_S: Final = 30.0
"""Longer recordings are cut."""
LEAST_S: Final = 3.0
MOST_S: Final = 15.0
_USUAL_S: Final = 10.0
"""From here on the next pause ends a sample."""
_EDGE: Final = 30
"""Frames of 10 ms that stay around a sample."""
_PAUSE: Final = 25
_BLOCK_S: Final = 60


def cut(pcm: NDArray[np.int16], rate_hz: int) -> list[tuple[int, int]]:
    """First sample of each piece, and just past its last; only what has voice in it.

    A stretch of voice that is longer than 15 s is cut where it is quietest.
    """
    level = _levels(pcm, rate_hz)
    hop = rate_hz // FRAMES_PER_S
    voice = voice_in(level)
    spans = [piece for span in _between_pauses(voice) for piece in _parts(span, level)]
    found = []
    for first, past in _joined(spans):
        begin, end = max(0, first - _EDGE) * hop, min(len(pcm), (past + _EDGE) * hop)
        found.append((begin, end))
    return [
        (max(begin, found[place - 1][1]) if place else begin, end)
        for place, (begin, end) in enumerate(found)
    ]


def _levels(pcm: NDArray[np.int16], rate_hz: int) -> Floats:
    """(F,) dBFS every 10 ms, with what rumbles below speech made small."""
    hop = rate_hz // FRAMES_PER_S
    block = _BLOCK_S * FRAMES_PER_S * hop
    parts = []
    for at in range(0, len(pcm) // hop * hop, block):
        wide = pcm[at : at + block].astype(np.float32) / 32768.0
        rising = np.diff(wide, prepend=wide[:1])
        whole = rising[: len(rising) // hop * hop].reshape(-1, hop)
        parts.append(np.mean(whole**2, axis=1))
    power = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return decibel(power) + np.float32(10.0)


def _between_pauses(voice: Voice) -> list[tuple[int, int]]:
    """Stretches of voice, those with less than a quarter of a second between them as one."""
    found: list[tuple[int, int]] = []
    for first, past in runs(voice.spoken):
        if found and first - found[-1][1] < _PAUSE:
            found[-1] = (found[-1][0], past)
        else:
            found.append((first, past))
    return found


def _parts(span: tuple[int, int], level: Floats) -> list[tuple[int, int]]:
    """A stretch as pieces of at most 15 s."""
    first, past = span
    most, least = int(MOST_S * FRAMES_PER_S), int(LEAST_S * FRAMES_PER_S)
    parts = []
    while past - first > most:
        smooth = np.convolve(level[first + least : first + most], np.ones(5) / 5, mode="same")
        at = first + least + int(np.argmin(smooth))
        parts.append((first, at))
        first = at
    return [*parts, (first, past)]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbours together up to about ten seconds."""
    usual, most = _USUAL_S * FRAMES_PER_S, MOST_S * FRAMES_PER_S
    found: list[tuple[int, int]] = []
    for first, past in spans:
        if found and found[-1][1] - found[-1][0] < usual and past - found[-1][0] <= most:
            found[-1] = (found[-1][0], past)
        else:
            found.append((first, past))
    return found

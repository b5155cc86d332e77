"""The lines of the endpointing benchmark: stored telephone audio, and pauses and noise by seed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import read_clips, write_clips
from engines._core import g711_decode, g711_encode

Floats = NDArray[np.float32]
Samples = NDArray[np.int16]
RATE_HZ: Final = 8000
FOLDER: Final = Path(__file__).parent / "data" / "endpointing"
FRAME: Final = 160
"""Samples of an energy frame: 20 ms."""
HOP: Final = 40
_FADE: Final = 40  # samples: 5 ms
_SETTLE_MS: Final = 2500  # silence after the line: longer than any turn taking waits


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the manifest. Samples are at 8 kHz, counted from the line's own first."""

    source: str
    file: str
    language: str
    text: str
    samples: int
    speech_start: int
    speech_end: int
    """Just past the last sample of speech."""
    licence: str
    credit: str


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it comes down the telephone."""

    line: Line
    pcm: Samples
    """(T,) int16, 8 kHz: pauses, line noise and G.711 in it, silence behind it."""
    speech_end: int
    """Just past the last sample of speech, pauses counted."""
    pauses: tuple[tuple[int, int], ...]
    """(first sample, samples) of each pause."""


def write_lines(folder: Path, lines: Sequence[tuple[Line, Floats]]) -> None:
    """One µ-law WAV for each source, its lines one after the other, and ``manifest.tsv``."""
    write_clips(folder, Line, lines, lambda line: line.source, RATE_HZ)


def read_lines(folder: Path = FOLDER) -> list[tuple[Line, Floats]]:
    """The lines in the manifest's order, each (T,) float32."""
    return read_clips(folder, Line, lambda line: (line.source, line.samples))


def loud_frames(audio: Floats) -> NDArray[np.bool_]:
    """(N,) whether each frame (20 ms, every 5 ms) is loud enough for speech.

    Within 28 dB of the loud parts (95th percentile), and above the floor (5th) by 10 dB where the
    recording is that clean.
    """
    views = np.lib.stride_tricks.sliding_window_view(audio, FRAME)[::HOP]
    level_db = 10 * np.log10(np.square(views).mean(axis=1) + 1e-10)
    floor, loud = np.percentile(level_db, [5, 95])
    loud_enough: NDArray[np.bool_] = level_db > max(loud - 28, min(floor + 10, loud - 15))
    return loud_enough


def longest_gap_ms(speech: Floats) -> float:
    """The longest quiet stretch inside ``speech``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], loud_frames(speech), [True]])))
    gaps = (edges[1::2] - edges[::2]) * HOP * 1000 / RATE_HZ
    return float(gaps.max(initial=0.0))


def speak(
    line: Line,
    audio: Floats,
    random: np.random.Generator,
    *,
    pause_ms: tuple[float, float] = (200, 700),
    noise_dbfs: float = -58.0,
) -> Spoken:
    """Put pauses at the quietest places inside, lay noise over it, code it as G.711.

    One pause, and a second in half of the lines with more than 2.5 s of speech; uniform in
    ``pause_ms``; in the middle three fifths of the speech and at least 0.8 s apart. What was quiet
    at that place already counts towards the pause.
    """
    seconds = (line.speech_end - line.speech_start) / RATE_HZ
    wanted = 1 + int(seconds > 2.5 and random.random() < 0.5)
    pieces: list[Floats] = []
    pauses: list[tuple[int, int]] = []
    at = total = 0
    for start, end in quietest_places(audio, line.speech_start, line.speech_end, wanted):
        length = max(end - start, round(random.uniform(*pause_ms) * RATE_HZ / 1000))
        pieces += [_faded(audio[at:start], at > 0, True), np.zeros(length, np.float32)]
        total += start - at
        pauses.append((total, length))
        total, at = total + length, end
    pieces.append(_faded(audio[at:], at > 0, True))
    speech_end = total + line.speech_end - at
    heard = telephoned(np.concatenate(pieces), random, noise_dbfs=noise_dbfs)
    return Spoken(line=line, pcm=heard, speech_end=speech_end, pauses=tuple(pauses))


def telephoned(clean: Floats, random: np.random.Generator, *, noise_dbfs: float = -58.0) -> Samples:
    """``clean`` (T,) and silence behind it, with line noise, after G.711: (U,) int16."""
    clean = np.concatenate([clean, np.zeros(_SETTLE_MS * RATE_HZ // 1000, np.float32)])
    sound = clean + random.normal(0.0, 10 ** (noise_dbfs / 20), len(clean))
    pcm = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
    return np.frombuffer(g711_decode(g711_encode(pcm, "ulaw"), "ulaw"), np.int16)


def quietest_places(audio: Floats, start: int, end: int, wanted: int) -> list[tuple[int, int]]:
    """Up to ``wanted`` stretches between ``start`` and ``end`` with the least energy about them.

    Each is (first, past last) of the quiet samples there, which may be none.
    """
    energy = np.convolve(np.square(audio), np.ones(240) / 240, mode="same")
    low = start + (end - start) // 5
    high = end - (end - start) // 5
    apart = RATE_HZ * 8 // 10
    open_to = np.full(len(audio), np.inf)
    open_to[low:high] = energy[low:high]
    loud = loud_frames(audio)
    places: list[tuple[int, int]] = []
    while len(places) < wanted and np.isfinite(open_to).any():
        place = int(open_to.argmin())
        places.append(_quiet_around(loud, place))
        open_to[max(0, place - apart) : place + apart] = np.inf
    return sorted(places)


def _quiet_around(loud: NDArray[np.bool_], place: int) -> tuple[int, int]:
    first = last = min(max(0, (place - FRAME // 2) // HOP), len(loud) - 1)
    if loud[first]:
        return place, place
    while first > 0 and not loud[first - 1]:
        first -= 1
    while last < len(loud) - 1 and not loud[last + 1]:
        last += 1
    return first * HOP + FRAME // 2, last * HOP + FRAME // 2


def _faded(piece: Floats, fade_in: bool, fade_out: bool) -> Floats:
    piece = piece.copy()
    fade = min(_FADE, len(piece))
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    if fade_in:
        piece[:fade] *= ramp
    if fade_out:
        piece[len(piece) - fade :] *= ramp[::-1]
    return piece

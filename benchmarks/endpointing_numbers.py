"""Numbers read out digit by digit, with the pauses of people who read out numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.endpointing_lines import RATE_HZ, Floats, Line, Spoken, read_lines, telephoned

FOLDER: Final = Path(__file__).parent / "data" / "digits"
DIGITS: Final = {
    "zh": "零一二三四五六七八九",
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}
GROUPS: Final = ((4,), (3, 4, 4), (3, 3, 4), (2, 2))
"""Digits between longer pauses: the last four, a Mandarin and an American number, by twos."""
WITHIN_MS: Final = (30.0, 150.0)
BETWEEN_MS: Final = (300.0, 850.0)
_LEAD_MS: Final = 300


class Number(Spoken, frozen=True, kw_only=True):
    """A number as it comes down the telephone; each of its ``pauses`` lies between groups."""

    digits: int
    said: tuple[tuple[int, str], ...]
    """(past its last sample, all digits until there)."""


def numbers(seed: int, count: int) -> list[Number]:
    """``count`` numbers, in turn of every speaker and grouping."""
    speakers: dict[str, dict[str, tuple[Line, Floats]]] = {}
    for line, audio in read_lines(FOLDER):
        speaker = line.credit.split(",")[0]
        speakers.setdefault(speaker, {})[line.text] = (line, audio)
    random = np.random.default_rng(seed)
    zh = [voice for voice in speakers.values() if next(iter(voice.values()))[0].language == "zh"]
    en = [voice for voice in speakers.values() if voice not in zh]
    return [
        _number(
            (zh if at % 2 else en)[at // 2 % len(zh if at % 2 else en)],
            GROUPS[at // 2 % len(GROUPS)],
            random,
        )
        for at in range(count)
    ]


def _number(
    voice: dict[str, tuple[Line, Floats]], groups: tuple[int, ...], random: np.random.Generator
) -> Number:
    """Digits at random, spoken by one voice."""
    pieces = [np.zeros(_LEAD_MS * RATE_HZ // 1000, np.float32)]
    words = list(voice)
    at, text = len(pieces[0]), ""
    pauses: list[tuple[int, int]] = []
    said: list[tuple[int, str]] = []
    line = next(iter(voice.values()))[0]
    for group, size in enumerate(groups):
        for digit in range(size):
            if digit or group:
                span = WITHIN_MS if digit else BETWEEN_MS
                gap = round(float(random.uniform(*span)) * RATE_HZ / 1000)
                if not digit:
                    pauses.append((at, gap))
                pieces.append(np.zeros(gap, np.float32))
                at += gap
            word = words[int(random.integers(len(words)))]
            pieces.append(voice[word][1])
            at += len(voice[word][1])
            text += word if line.language == "zh" else f" {word}"
            said.append((at, text))
    pcm = telephoned(np.concatenate(pieces), random)
    return Number(
        line=line,
        pcm=pcm,
        speech_end=at,
        pauses=tuple(pauses),
        digits=sum(groups),
        said=tuple(said),
    )

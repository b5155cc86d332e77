"""Simulated recognition errors: homophones, dropped and doubled words, lost punctuation.

About half of the Mandarin errors of a small recogniser are homophones, so characters are exchanged
for others of the same toneless syllable; English words for their sound-alikes.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Final

import numpy as np
import pypinyin

PUNCTUATION: Final = "，。？！、,.?!;:；："
_SOUND_ALIKE: Final = (
    "to two too|for four|there their they're|your you're|where were wear|our are hour|"
    "order older other|package packet|refund refined re-fund|by buy bye|no know|right write|"
    "wait weight|speak speed|agent asian|status statues|track truck|want won't|can can't|"
    "cancel council|address a dress|call cold|back bag|charged changed|late lake|store story|"
    "return retain|broken broke in|phone fun|person present|human who men|complaint complain|"
    "delivery the livery|see sea|this these|it is it's|i'd i|would wood|hear here|which witch|"
    "one won|eight ate|piece peace|whole hole|new knew|some sum|due do|mail male"
)


@cache
def _homophones() -> dict[str, list[str]]:
    """Character to the common characters of the same toneless syllable (GB 2312, level 1)."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in range(16, 56):
        for cell in range(1, 95):
            if row == 55 and cell > 89:
                break
            character = bytes([row + 0xA0, cell + 0xA0]).decode("gb2312")
            groups[pypinyin.lazy_pinyin(character)[0]].append(character)
    return {one: [c for c in group if c != one] for group in groups.values() for one in group}


@cache
def _sound_alikes() -> dict[str, list[str]]:
    groups = [group.split(" ") for group in _SOUND_ALIKE.split("|")]
    return {word: [w for w in group if w != word] for group in groups for word in group}


def as_heard(sentence: str, language: str, rng: np.random.Generator, *, rate: float = 0.1) -> str:
    """The sentence as a recogniser may give it.

    Args:
        sentence: as written.
        language: zh works on characters, en on words.
        rng: the only source of chance.
        rate: share of characters or words that are hurt.
    """
    bare = "".join(c for c in sentence if c not in PUNCTUATION or (language == "en" and c in ".:"))
    if language == "en":
        return " ".join(_hurt(bare.lower().split(), _sound_alikes(), rng, rate))
    return "".join(_hurt(list(bare), _homophones(), rng, rate))


def _hurt(
    units: list[str], alike: dict[str, list[str]], rng: np.random.Generator, rate: float
) -> list[str]:
    heard: list[str] = []
    for unit in units:
        options = alike.get(unit)
        chance = rng.random()
        if chance >= rate or unit.isdigit():
            heard.append(unit)
        elif options and chance < 0.75 * rate:
            heard.append(options[int(rng.integers(len(options)))])
        elif chance < 0.9 * rate and len(units) > 2:
            continue
        else:
            heard.extend([unit, unit] if chance >= 0.97 * rate else [unit])
    return heard or units

"""The score of a voice: what callers and supervisors gave it, and whether it is fitted again."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from daemon.errors import RecordsUnusable
from daemon.records.ratings import Given, given
from daemon.voices.settings import PersonalVoiceSettings

FEWEST: Final = 10
"""Scores before one is taken for a verdict."""
_Z95: Final = 1.959964


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Of one voice, personal or stock."""

    voice: str
    mean: float
    low: float
    high: float
    """95 % of the mean, within 1 to 5; the whole scale where there is one score only."""
    n: int
    surveys: int
    """Of ``n``: by callers, in the survey at the call's end."""
    ratings: int
    """By supervisors."""

    def to_fit_again(self, settings: PersonalVoiceSettings) -> bool:
        """Whether the voice is offered for fitting again (enough scores, and low ones)."""
        return self.n >= FEWEST and self.mean < settings.score_to_fit_again


def scores(records: Path) -> dict[str, Score]:
    """Every voice that was scored, by name; none where nothing was recorded yet.

    Raises:
        RecordsUnusable: the database cannot be read.
    """
    return of(given(records)) if records.exists() else {}


def scores_where_readable(records: Path) -> dict[str, Score]:
    """``scores``; none where the database cannot be read, so that a voice can be shown without."""
    try:
        return scores(records)
    except RecordsUnusable:
        return {}


def of(found: Iterable[Given]) -> dict[str, Score]:
    """The scores by voice, in the order of their names."""
    by_voice: defaultdict[str, list[Given]] = defaultdict(list)
    for one in found:
        by_voice[one.voice].append(one)
    return {voice: _score(voice, by_voice[voice]) for voice in sorted(by_voice)}


def offer(name: str) -> str:
    """What is said of a voice that is to be fitted again."""
    return f"offered for fitting again: run kefuctl voice fit {name} --again"


def _score(voice: str, found: list[Given]) -> Score:
    n = len(found)
    mean = sum(one.score for one in found) / n
    half = 4.0
    if n > 1:
        variance = sum((one.score - mean) ** 2 for one in found) / (n - 1)
        # Equal scores are no certainty: the variance of whole numbers is at least a twelfth.
        half = _Z95 * math.sqrt(max(variance, 1 / 12) / n)
    surveys = sum(one.source == "survey" for one in found)
    return Score(
        voice=voice,
        mean=round(mean, 2),
        low=round(max(1.0, mean - half), 2),
        high=round(min(5.0, mean + half), 2),
        n=n,
        surveys=surveys,
        ratings=n - surveys,
    )

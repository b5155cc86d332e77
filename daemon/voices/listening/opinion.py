"""What the listeners say, with intervals: opinion scores and how often it is the same person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.voices.listening.results import Results
from daemon.voices.listening.trials import CONDITIONS, Condition, Key

Z95: Final = 1.959964
WANTED: Final = 0.2
"""Half of the interval that a score should have."""
_DRAWS: Final = 2_000
_SEED: Final = 19
_MOST_LISTENERS: Final = 1_000


class Mos(msgspec.Struct, frozen=True, kw_only=True):
    """Mean opinion score of one condition of a voice (ITU-T P.800, absolute category rating)."""

    voice: str
    condition: Condition
    mean: float
    low: float
    high: float
    """95 %, by bootstrap over listeners and clips at once."""
    ratings: int
    listeners: int
    clips: int
    listeners_wanted: int
    """For an interval of ± ``WANTED`` with these clips; 0: no number of listeners gives it, more
    sentences are needed, or too few were there to tell."""


class Same(msgspec.Struct, frozen=True, kw_only=True):
    """How often a condition was taken for the person."""

    voice: str
    condition: Condition
    """``real``: two recordings of the person, so the most that can be reached."""
    yes: int
    no: int
    unsure: int
    share: float
    """Of yes among all three."""
    low: float
    high: float
    """95 %, Wilson."""
    certain_yes: int
    """With the highest confidence."""


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    mos: tuple[Mos, ...]
    same: tuple[Same, ...]


def opinion(results: Sequence[Results], key: Key) -> Opinion:
    """The opinion of listeners who passed the screening; at least one."""
    asked = [(voice, condition) for voice in key.voices for condition in CONDITIONS]
    scores = (_mos(results, key, *one) for one in asked)
    shares = (_same(results, key, *one) for one in asked)
    return Opinion(
        mos=tuple(one for one in scores if one is not None),
        same=tuple(one for one in shares if one is not None),
    )


def _mos(results: Sequence[Results], key: Key, voice: str, condition: Condition) -> Mos | None:
    trials = {
        trial.id: trial.clips[0]
        for trial in key.trials
        if (trial.kind, trial.voice, trial.condition) == ("quality", voice, condition)
        and not trial.training
        and not trial.repeats
    }
    columns = {clip: place for place, clip in enumerate(sorted(set(trials.values())))}
    ratings = np.full((len(results), len(columns)), np.nan)
    for row, one in enumerate(results):
        for answer in one.answers:
            if answer.trial in trials and answer.rating is not None:
                ratings[row, columns[trials[answer.trial]]] = answer.rating
    ratings = ratings[~np.isnan(ratings).all(axis=1)]
    if not ratings.size:
        return None
    low, high = interval(ratings)
    return Mos(
        voice=voice,
        condition=condition,
        mean=round(float(np.nanmean(ratings)), 3),
        low=round(low, 3),
        high=round(high, 3),
        ratings=int((~np.isnan(ratings)).sum()),
        listeners=ratings.shape[0],
        clips=ratings.shape[1],
        listeners_wanted=listeners_wanted(ratings),
    )


def interval(ratings: NDArray[np.float64], draws: int = _DRAWS) -> tuple[float, float]:
    """95 % of the mean of (L, C) ratings, NaN where there is none.

    Listeners and clips are both drawn anew: the score should hold for other listeners and for
    other sentences (two-way bootstrap, Owen 2007: a little too wide rather than too narrow).
    """
    random = np.random.default_rng(_SEED)
    rows, columns = ratings.shape
    by_listener = random.multinomial(rows, np.full(rows, 1 / rows), draws).astype(float)
    by_clip = random.multinomial(columns, np.full(columns, 1 / columns), draws).astype(float)
    given = ~np.isnan(ratings)
    sums = np.einsum("bl,lc,bc->b", by_listener, np.where(given, ratings, 0.0), by_clip)
    counts = np.einsum("bl,lc,bc->b", by_listener, given.astype(float), by_clip)
    means = sums[counts > 0] / counts[counts > 0]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def listeners_wanted(ratings: NDArray[np.float64]) -> int:
    """Listeners for ± ``WANTED`` with as many clips as in (L, C) ratings; 0: not to be had or told.

    Variance components of a crossed design by its mean squares (listeners, clips, rest), over the
    listeners who rated every clip.
    """
    whole = ratings[~np.isnan(ratings).any(axis=1)]
    rows, columns = whole.shape
    if rows < 2 or columns < 2:
        return 0
    mean = whole.mean()
    of_listener, of_clip = whole.mean(axis=1), whole.mean(axis=0)
    rest = whole - of_listener[:, None] - of_clip[None, :] + mean
    error = float((rest**2).sum() / ((rows - 1) * (columns - 1)))
    listener = max(0.0, float(of_listener.var(ddof=1)) - error / columns)
    clip = max(0.0, float(of_clip.var(ddof=1)) - error / rows)
    room = (WANTED / Z95) ** 2 - clip / columns
    if room <= 0.0:
        return 0
    wanted = math.ceil((listener + error / columns) / room)
    return max(2, wanted) if wanted <= _MOST_LISTENERS else 0


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, square = hits / of, Z95 * Z95
    centre = (share + square / (2 * of)) / (1 + square / of)
    half = Z95 / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, centre - half), min(1.0, centre + half)


def _same(results: Sequence[Results], key: Key, voice: str, condition: Condition) -> Same | None:
    trials = {
        trial.id
        for trial in key.trials
        if (trial.kind, trial.voice, trial.condition) == ("same", voice, condition)
        and not trial.training
    }
    answers = [one for each in results for one in each.answers if one.trial in trials]
    if not answers:
        return None
    said = [one.same for one in answers]
    low, high = wilson(said.count("yes"), len(said))
    return Same(
        voice=voice,
        condition=condition,
        yes=said.count("yes"),
        no=said.count("no"),
        unsure=said.count("unsure"),
        share=round(said.count("yes") / len(said), 3),
        low=round(low, 3),
        high=round(high, 3),
        certain_yes=sum(one.same == "yes" and one.confidence == 3 for one in answers),
    )

"""Whose answers count: listeners who did not listen are named and left out, with the reason."""

from __future__ import annotations

from typing import Final

import msgspec

from daemon.voices.listening.results import Answer, Results
from daemon.voices.listening.trials import Key, Trial

LEAST_SHARE: Final = 0.5
"""Of the questions; who stopped earlier has not heard all conditions alike."""
ALIKE_FROM: Final = 6
"""So many equal ratings of different things are no opinion."""
MOST_APART: Final = 1.0
"""Mean difference between the two ratings of the same clip."""
_REPEATS_NEEDED: Final = 2


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A listener whose answers do not count."""

    listener: str
    file: str
    code: str
    """``incomplete``, ``not_heard``, ``all_alike`` or ``repeats_differ``."""
    reason: str


def screened(results: Results, file: str, key: Key) -> LeftOut | None:
    """Why this listener does not count; None: he does."""
    trials = {trial.id: trial for trial in key.trials}
    asked = [(trials[one.trial], one) for one in results.answers]
    counting = [(trial, one) for trial, one in asked if not trial.training]
    for code, reason in (
        ("incomplete", _incomplete(counting, key)),
        ("not_heard", _not_heard(counting, key)),
        ("all_alike", _all_alike(counting)),
        ("repeats_differ", _repeats_differ(counting)),
    ):
        if reason:
            return LeftOut(listener=results.listener, file=file, code=code, reason=reason)
    return None


def _incomplete(asked: list[tuple[Trial, Answer]], key: Key) -> str:
    wanted = sum(not trial.training for trial in key.trials)
    if len(asked) < LEAST_SHARE * wanted:
        return f"answered {len(asked)} of {wanted} questions"
    return ""


def _not_heard(asked: list[tuple[Trial, Answer]], key: Key) -> str:
    """The page lets nobody answer before the end: a file that says so was not made by listening."""
    seconds = {clip.id: clip.seconds for clip in key.clips}
    unheard = sum(
        min(one.plays) < 1 or one.took_ms < 900.0 * sum(seconds[clip] for clip in trial.clips)
        for trial, one in asked
    )
    if unheard:
        return f"answered {unheard} questions without having heard what they ask about"
    return ""


def _all_alike(asked: list[tuple[Trial, Answer]]) -> str:
    ratings = [one.rating for _, one in asked if one.rating is not None]
    if len(ratings) >= ALIKE_FROM and len(set(ratings)) == 1:
        return f"gave the same rating, {ratings[0]}, {len(ratings)} times"
    return ""


def _repeats_differ(asked: list[tuple[Trial, Answer]]) -> str:
    ratings = {trial.id: one.rating for trial, one in asked if one.rating is not None}
    apart = [
        abs(ratings[trial.id] - ratings[trial.repeats])
        for trial, _ in asked
        if trial.id in ratings and trial.repeats in ratings
    ]
    if len(apart) >= _REPEATS_NEEDED and sum(apart) / len(apart) > MOST_APART:
        mean = sum(apart) / len(apart)
        return f"rated {len(apart)} clips again {mean:.1f} apart on average"
    return ""

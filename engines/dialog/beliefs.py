"""What the agent believes about a slot: evidence for each value that was heard."""

from __future__ import annotations

from typing import Literal

import msgspec

Belief = dict[str, float]
"""Value to evidence, above 0."""

Kind = Literal["new", "confirm", "correct", "deny"]

_FORGOTTEN_BELOW = 0.05


class UpdateWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that one utterance of full confidence adds."""

    new: float = 1.0
    confirm: float = 0.8
    correct: float = 1.2


def update(
    belief: Belief, kind: Kind, value: str, confidence: float, weights: UpdateWeights
) -> Belief:
    """The belief after one piece of evidence; the given one is not changed.

    A value that is named, or named as a correction, takes from the others what it gains: the
    caller has one order in mind. A denial takes everything.

    Args:
        belief: before.
        kind: how the value came up.
        value: which value.
        confidence: of the recogniser, 0 to 1.
        weights: evidence at confidence 1.
    """
    if kind == "deny":
        # Who says no to a value does not mean a little of it.
        return {other: evidence for other, evidence in belief.items() if other != value}
    weight = {
        "new": weights.new,
        "confirm": weights.confirm,
        "correct": weights.correct,
    }[kind]
    gain = weight * min(max(confidence, 0.0), 1.0)
    after = dict(belief)
    if kind != "confirm":
        after = {other: evidence - gain for other, evidence in belief.items()}
    # Never more certain than one plain correction undoes.
    after[value] = min(belief.get(value, 0.0) + gain, weights.correct)
    return {value: evidence for value, evidence in after.items() if evidence > _FORGOTTEN_BELOW}


def best(belief: Belief) -> tuple[str, float]:
    """The likeliest value and its certainty: evidence ahead of the next; ``("", 0.0)`` of none."""
    if not belief:
        return "", 0.0
    ranked = sorted(belief.items(), key=lambda pair: -pair[1])
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    return ranked[0][0], ranked[0][1] - second

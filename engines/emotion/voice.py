"""The emotion of a voice: how far an utterance lies from what is usual for its own caller.

No weights: no emotional speech with a clean licence was found to learn from. Each class is a
point in the space of deviations, as the reviews describe it against a neutral voice: I. R. Murray
and J. L. Arnott, "Toward the simulation of emotion in synthetic speech", J. Acoust. Soc. Am.
93(2), 1993, and P. N. Juslin and P. Laukka, "Communication of emotions in vocal expression and
music performance", Psychological Bulletin 129(5), 2003. The nearer the direction of the
deviations to the direction of the point, the likelier the class: how much a speaker shows of what
he feels is his own, so the distance only decides whether he is judged at all.

Pitch, level and pace tell how aroused a caller is, and little of whether he likes it: anger, joy
and surprise lie near each other. So the confidence stays low, and the voice tips what the text
leaves open (``fusion.py``) more often than it decides.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines import _core
from engines.emotion.baseline import Baseline, Prosody, features
from engines.emotion.feeling import CLASS_WEIGHTS, LABELS, Feeling, Positive, Share

FEATURES: Final = ("pitch", "pitch spread", "level", "level spread", "rate")

PROTOTYPES: Final = {
    # In the caller's own deviations: pitch, its spread, level, its spread, rate.
    "angry": (2.0, 1.0, 2.0, 1.0, 1.0),
    "calm": (-1.0, -1.0, -1.0, -1.0, 0.0),
    "disgust": (-1.0, 1.0, -1.0, 0.0, -2.0),
    "fearful": (2.0, -1.0, 0.0, 1.0, 2.0),
    "happy": (1.0, 2.0, 1.0, 0.0, 1.0),
    "neutral": (0.0, 0.0, 0.0, 0.0, 0.0),
    "sad": (-1.0, -1.0, -2.0, -1.0, -2.0),
    "surprised": (2.0, 2.0, 1.0, 0.0, 0.0),
}
"""One step is "higher", "softer" or "slower", two are "much" or "very much" of it."""

ORDINARY: Final = (1.5, 1.5, 2.5, 0.8, 0.8)
"""Deviations of speech without acted emotion: semitones, semitones, dB, dB, syllables a second.
Rounded from what ``models.emotion.evaluate`` finds in the clean corpora; the level's is widened
for a hand-set that moves."""
ORDINARY_WEIGHT: Final = 5
"""Utterances that ``ORDINARY`` counts for beside the caller's own."""
_FARTHEST: Final = 3.0
"""Deviations beyond it count as this: no single feature decides alone."""
_CONCENTRATION: Final = 4.0
"""Of the von Mises-Fisher density about each direction: who lies exactly at the point of anger
is believed with 0.53, since joy and surprise are as near as that."""


def _directions() -> NDArray[np.float64]:
    """(8, 5) unit vectors of the prototypes; neutral, which lies nowhere, is the null vector."""
    points = np.array([PROTOTYPES[label] for label in LABELS])
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    unit: NDArray[np.float64] = points / np.maximum(lengths, 1.0)
    return unit


_DIRECTIONS: Final = _directions()


class VoiceEmotionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a voice is judged, and what its posterior is multiplied by."""

    class_weights: dict[str, Positive] = msgspec.field(default_factory=lambda: dict(CLASS_WEIGHTS))
    apply: Literal["posterior", "off"] = "posterior"
    """Class weights act on the posterior before arg-max (then renormalised), or not at all."""
    least_deviation: Annotated[float, msgspec.Meta(ge=0.0)] = 3.3
    """Length of the vector of deviations below which the engine abstains: 19 of 20 utterances
    without emotion are shorter (χ², 5 degrees of freedom)."""
    threshold: Share = 0.45
    """Confidence below which the engine abstains."""


def voice_feeling(
    prosody: Prosody, baseline: Baseline, settings: VoiceEmotionSettings | None = None
) -> Feeling:
    """What an utterance's voice says; it abstains without a baseline, and near it. Pure.

    Returns:
        Without scores where there is nothing to judge by; ``reasons`` says why, or names the
        features that stand out, in the caller's own deviations.
    """
    settings = settings or VoiceEmotionSettings()
    if not prosody.measured:
        return _nothing("too little of it", prosody)
    if not baseline.judges:
        return _nothing("no baseline yet", prosody)
    away = deviations(prosody, baseline)
    if float(np.linalg.norm(away)) < settings.least_deviation:
        return _nothing("as usual", prosody)
    scores = _posterior(away, settings)
    best = int(scores.argmax())
    sure = float(scores[best]) >= settings.threshold
    return Feeling(
        label=LABELS[best] if sure else "",
        confidence=float(scores[best]) if sure else 0.0,
        scores=tuple(scores.tolist()),
        reasons=(_standing_out(away),),
        prosody=prosody,
    )


def deviations(prosody: Prosody, baseline: Baseline) -> NDArray[np.float64]:
    """(5,) in −3..3, in the order of ``FEATURES``: from the caller's mean, in his deviations.

    His own deviation is poorly known after few utterances, so that of ordinary speech stands in
    for five of them, and the mean's own uncertainty is added.
    """
    ordinary = np.square(ORDINARY)
    own = np.array(baseline.squares)
    variance = (ORDINARY_WEIGHT * ordinary + own) / (ORDINARY_WEIGHT + baseline.count - 1)
    variance *= 1.0 + 1.0 / baseline.count
    away = (np.array(features(prosody)) - np.array(baseline.mean)) / np.sqrt(variance)
    clipped: NDArray[np.float64] = np.clip(away, -_FARTHEST, _FARTHEST)
    return clipped


def _posterior(away: NDArray[np.float64], settings: VoiceEmotionSettings) -> NDArray[np.float64]:
    cosines = _DIRECTIONS @ (away / np.linalg.norm(away))
    weights = settings.class_weights if settings.apply == "posterior" else {}
    weighed = _core.weigh_emotions(
        np.exp(_CONCENTRATION * cosines)[None],
        np.array([weights.get(label, 1.0) for label in LABELS], np.float64),
    )
    scores: NDArray[np.float64] = weighed[0]
    return scores


def _nothing(why: str, prosody: Prosody) -> Feeling:
    return Feeling(label="", confidence=0.0, reasons=(why,), prosody=prosody)


def _standing_out(away: NDArray[np.float64]) -> str:
    """The features that lie more than one deviation away, the farthest first."""
    order = sorted(range(len(FEATURES)), key=lambda place: -abs(away[place]))
    return ", ".join(f"{FEATURES[i]} {away[i]:+.1f}" for i in order if abs(away[i]) > 1.0)

"""The emotion of a sentence from its vector."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np

from engines import _core
from engines.emotion.feeling import (
    CLASS_WEIGHTS,
    LABELS,
    NO_FEELING,
    Feeling,
    Positive,
    Share,
)
from engines.nlu.head import Head
from engines.nlu.script import ScriptFolder
from engines.nlu.use import SentenceEncoder

LANGUAGE_WEIGHTS: Final = {"zh": 0.7, "en": 1.0, "mixed": 0.85}


class TextEmotionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the posterior and the confidence are multiplied by."""

    class_weights: dict[str, Positive] = msgspec.field(default_factory=lambda: dict(CLASS_WEIGHTS))
    apply: Literal["posterior", "off"] = "posterior"
    """Class weights act on the posterior before arg-max (then renormalised), or not at all."""
    language_weights: dict[str, Share] = msgspec.field(
        default_factory=lambda: dict(LANGUAGE_WEIGHTS)
    )
    """Times the confidence before the threshold; an unknown language takes ``mixed``."""
    threshold: Share | None = None
    """Below it the engine abstains; None: the one that the weights were evaluated with."""


class TextEmotion:
    """``feel(text, language) -> Feeling``; it abstains when it is unsure.

    Args:
        encoder: the sentence encoder, shared with understanding.
        script: folds Traditional characters.
        weights: ``emotion_text/text.npz``.
        settings: weights and threshold.
    """

    def __init__(
        self,
        encoder: SentenceEncoder,
        script: ScriptFolder,
        weights: Path,
        settings: TextEmotionSettings | None = None,
    ) -> None:
        self._encoder = encoder
        self._script = script
        self._head = Head(weights, LABELS)
        self._settings = settings or TextEmotionSettings()

    def feel(self, text: str, language: str) -> Feeling:
        """The emotion of one utterance; an empty one has none."""
        if not text.strip():
            return NO_FEELING
        posterior = self._head.posterior(self._encoder.vector(self._script.fold(text)))
        threshold = self._settings.threshold
        return decide(
            dict(zip(LABELS, posterior.tolist(), strict=True)),
            language,
            self._settings,
            self._head.threshold if threshold is None else threshold,
        )


def decide(
    posterior: Mapping[str, float],
    language: str,
    settings: TextEmotionSettings,
    threshold: float,
) -> Feeling:
    """Class weights, arg-max, language weight, threshold: in this order."""
    weights = settings.class_weights if settings.apply == "posterior" else {}
    scores = _core.weigh_emotions(
        np.array([[posterior[label] for label in LABELS]], np.float64),
        np.array([weights.get(label, 1.0) for label in LABELS], np.float64),
    )[0]
    best = int(scores.argmax())
    language_weights = settings.language_weights
    trust = language_weights.get(language, language_weights.get("mixed", 1.0))
    confidence = float(scores[best]) * trust
    return Feeling(
        label=LABELS[best] if confidence >= threshold else "",
        confidence=confidence if confidence >= threshold else 0.0,
        scores=tuple(scores.tolist()),
        trust=trust,
    )

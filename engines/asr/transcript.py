"""What a recogniser answers."""

from __future__ import annotations

from typing import Literal

import msgspec

SpokenLanguage = Literal["zh", "en"]


class Hypothesis(msgspec.Struct, frozen=True, kw_only=True):
    """One of the N-best."""

    text: str
    log_probability: float
    """Mean per token, natural logarithm."""


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance as heard. ``text`` is empty where ``dropped`` says why."""

    text: str
    language: SpokenLanguage
    language_probability: float
    confidence: float
    """0..1, from the mean log-probability; calibrated on development data."""
    hypotheses: tuple[Hypothesis, ...] = ()
    """The N-best as decoded; ``text`` may be another than the first, with terms repaired
    (``homophones.py``)."""
    encoder_ms: int = 0
    """Milliseconds of audio that the encoder was given (30,000: padded)."""
    guards: tuple[str, ...] = ()
    """Guards that tripped on the short input, so that the padded decode served; ``answer``: it was
    heard as a short answer (``closed_vocabulary.py``)."""
    dropped: str = ""
    """Empty, or the silence guard's reason: ``no_voice``, ``no_text``, ``low_probability``,
    ``repetition``, ``impossible_rate``."""

"""How much to believe a transcript: its mean log-probability, made into a share of right words."""

from __future__ import annotations

import math

import msgspec


class ConfidenceCurve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A logistic curve; ``benchmarks/asr.py`` says how well it fits (``models/asr/CARD.md``)."""

    slope: float = 4.5
    """Per unit of mean log-probability."""
    half: float = -0.65
    """Mean log-probability at which half of the words are right."""


def confidence(log_probability: float, curve: ConfidenceCurve) -> float:
    """Expected share of right words (characters in Mandarin), 0..1.

    Args:
        log_probability: mean per token, natural logarithm, at most 0.
        curve: the fitted curve.
    """
    steps = curve.slope * (log_probability - curve.half)
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, steps))))

"""Which language an utterance is in: a recogniser's scores times what callers mostly speak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class LanguagePriors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often callers speak what, before anything was heard."""

    zh: Share = 0.8
    en: Share = 0.15
    auto: Share = 0.05
    """Not known beforehand: shared evenly between the languages."""


def choose_language(
    scores: Mapping[str, float], priors: LanguagePriors
) -> tuple[Literal["zh", "en"], float]:
    """The more probable language and its posterior probability.

    Args:
        scores: probability of each language as heard; others than zh and en are left out.
        priors: need not sum to 1.
    """
    zh = scores.get("zh", 0.0) * (priors.zh + priors.auto / 2)
    en = scores.get("en", 0.0) * (priors.en + priors.auto / 2)
    total = zh + en
    if total <= 0.0:
        return ("en", 0.5) if priors.en > priors.zh else ("zh", 0.5)
    return ("zh", zh / total) if zh >= en else ("en", en / total)

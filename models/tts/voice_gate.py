"""Whether a fitted voice is good enough to be listened to: a pure function of its figures."""

from __future__ import annotations

import math
from typing import Annotated, Final

import msgspec

from engines.samples.refusal import Refusal

_LEAST_WAY: Final = 0.02
"""Between nearest stock voice and person; below it no share of the way can be measured."""
_CHANCE: Final = 0.02
"""What the difference of two voices' error rates over seven sentences varies by: by a bootstrap
over the sentences 0.015 to 0.029 in Mandarin, up to 0.014 in English."""


class GateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The part of ``[personal_voices]`` that decides here."""

    share_of_the_way: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.35
    error_rate_margin: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.03


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided on: cosines of the judge that was not optimised, and what is heard back."""

    nearest_stock: float
    ceiling: float
    share_of_the_way: float
    first: bool
    error_rate: float
    stock_error_rate: float
    guard_failures: int


def unsure(error_rate: float, stock_error_rate: float, settings: GateSettings) -> bool:
    """Whether seven sentences leave it to chance if a voice is understood well enough."""
    beyond = error_rate - stock_error_rate - settings.error_rate_margin
    return abs(beyond) <= _CHANCE


def refusals(figures: Figures, settings: GateSettings) -> tuple[Refusal, ...]:
    """Every reason against the voice; empty: it may be offered for approval.

    A figure that is no number speaks against the voice.
    """
    found = []
    if not figures.ceiling - figures.nearest_stock >= _LEAST_WAY:
        found.append(
            Refusal(
                code="recordings_unlike",
                reason=(
                    f"The recordings are no more like each other ({figures.ceiling:.2f}) "
                    f"than like a stock voice ({figures.nearest_stock:.2f})."
                ),
                mend="Record one person alone, in a quiet room, on one telephone or microphone.",
            )
        )
    elif not figures.share_of_the_way >= settings.share_of_the_way:
        found.append(
            Refusal(
                code="unlike_the_person",
                reason=(
                    f"The voice came {_percent(figures.share_of_the_way)} of the way from the "
                    f"nearest stock voice to the person; {_percent(settings.share_of_the_way)} "
                    "are asked for."
                ),
                mend="Add samples: up to 60 s, evenly loud, without noise.",
            )
        )
    if not figures.first:
        found.append(
            Refusal(
                code="like_somebody_else",
                reason="The voice is nearer to another person who is known than to this one.",
                mend="Check whose recordings these are, and add samples.",
            )
        )
    if not figures.error_rate <= figures.stock_error_rate + settings.error_rate_margin:
        found.append(
            Refusal(
                code="hard_to_understand",
                reason=(
                    f"{_percent(figures.error_rate)} of what the voice says is misheard; "
                    f"{_percent(figures.stock_error_rate)} with the stock voice."
                ),
                mend="Add samples that are read calmly and clearly.",
            )
        )
    if figures.guard_failures:
        found.append(
            Refusal(
                code="broken_speech",
                reason=f"The speech guard objected {figures.guard_failures} times to what it said.",
                mend="Fit the voice again; if it stays so, add samples.",
            )
        )
    return tuple(found)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if math.isfinite(share) else "no"

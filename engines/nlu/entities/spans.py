"""Candidates for entities, and which of them stay where they overlap."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from engines.nlu.understanding import Entity


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate; of two that overlap the one of the lower ``rank`` stays, then the longer."""

    type: str
    value: str
    start: int
    end: int
    rank: int


def settle(spans: Iterable[Span], text: str) -> tuple[Entity, ...]:
    """Entities without overlap, in the order of the text."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.rank, s.start - s.end, s.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return tuple(
        Entity(
            type=s.type,
            text=text[s.start : s.end],
            value=s.value,
            start=s.start,
            end=s.end,
        )
        for s in sorted(kept, key=lambda s: s.start)
    )

"""How much of an utterance of ours the caller heard."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engines.dialog.moves import Clause


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """One clause of an utterance as PCM."""

    clause: Clause
    start: int
    """Offset in the utterance, samples at the line's rate."""
    samples: int
    spoken: bool = True
    """False: it could not be made, and its samples are silence."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How an utterance ended."""

    utterance: int
    text: str
    """The reply as far as the caller took it."""
    heard: int
    """Samples taken."""
    cut: bool
    uncalled: bool = False
    """The gateway cut it of its own: to play the hold prompt, or because of HOLD."""
    missed: bool
    """The caller took nothing of the last clause, where a question asks what it asks."""
    unspoken: int = 0
    """Clauses that could not be made: the caller heard silence instead."""
    first_frame_ms: float | None
    last_frame_ms: float | None
    cut_ms: float | None


def text_heard(clips: Sequence[Clip], heard: int) -> str:
    """The words of ``clips`` that were spoken and lie before sample ``heard``.

    Kokoro gives no word times: inside the cut clause the place is estimated in proportion to
    its length and moved back to the last whole word (a character in Chinese). An estimate is
    marked with an ellipsis.
    """
    parts: list[str] = []
    for clip in clips:
        text = clip.clause.text
        if not clip.spoken:
            continue
        if heard >= clip.start + clip.samples:
            parts.append(text)
            continue
        if heard > clip.start:
            place = int(len(text) * (heard - clip.start) / clip.samples)
            if clip.clause.language == "en" and place < len(text):
                place = max(0, text.rfind(" ", 0, place + 1))
            if text[:place].strip():
                parts.append(text[:place].rstrip() + "…")
        break
    joiner = " " if clips and clips[0].clause.language == "en" else ""
    return joiner.join(parts)

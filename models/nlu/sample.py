"""One labelled sentence."""

from __future__ import annotations

import msgspec


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence, its intent and its language, zh or en."""

    intent: str
    text: str
    language: str
    by_hand: bool = False
    """Written as a whole sentence, not made from a template nor taken from a public set."""

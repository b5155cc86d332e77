"""One labelled sentence."""

from __future__ import annotations

import msgspec


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence, its intent and its language, zh or en."""

    intent: str
    text: str
    language: str

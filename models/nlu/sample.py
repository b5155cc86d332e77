"""One labelled sentence."""

from __future__ import annotations

from typing import Literal

import msgspec


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    intent: str
    text: str
    language: Literal["zh", "en"]

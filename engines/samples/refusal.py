"""Why something that was recorded is not taken."""

from __future__ import annotations

import msgspec


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a sample, a consent or a voice was not taken, and what mends it."""

    code: str
    """``too_short``, ``clipped``, ``another_speaker`` …"""
    reason: str
    mend: str

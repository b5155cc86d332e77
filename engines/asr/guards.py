"""When not to believe a decode: signs of a looping decoder, and of text where nobody spoke."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Annotated

import msgspec

from engines.asr.transcript import SpokenLanguage

Positive = Annotated[float, msgspec.Meta(gt=0)]


class GuardSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits; figures behind them stand in ``models/asr/CARD.md``."""

    tokens_per_s: Positive = 9.0
    """Longest text that a decode may reach, beside ``tokens_spare``: more is a loop."""
    tokens_spare: Annotated[int, msgspec.Meta(ge=1)] = 12
    doubt_log_probability: float = -0.7
    """Mean per token below which a decode of short encoder input is made again, padded to 30 s."""
    drop_log_probability: float = -1.1
    """Mean per token below which text is taken as invented."""
    compression_ratio: Positive = 2.4
    """UTF-8 bytes over their zlib length; openai/whisper's own limit."""
    least_voice_ms: Annotated[float, msgspec.Meta(ge=0)] = 60.0
    """Less voice than this cannot be a word: nothing is decoded."""
    characters_per_s_zh: Positive = 14.0
    """Characters to a second of voice that nobody can speak."""
    characters_per_s_en: Positive = 40.0


def most_tokens(seconds: float, settings: GuardSettings) -> int:
    """The length at which a decode of so much audio is stopped."""
    return settings.tokens_spare + round(settings.tokens_per_s * seconds)


def doubts(
    text: str, ids: Sequence[int], log_probability: float, limit: int, settings: GuardSettings
) -> tuple[str, ...]:
    """Why a decode of short encoder input is not to be believed; empty: it is.

    Args:
        text: what was decoded.
        ids: its tokens.
        log_probability: mean per token.
        limit: where the decode would have been stopped.
        settings: the limits.
    """
    signs = {
        "length": len(ids) >= limit,
        "repetition": repeats(ids),
        "compression": compression_ratio(text) > settings.compression_ratio,
        "log_probability": log_probability < settings.doubt_log_probability,
        "empty": not text,
    }
    return tuple(name for name, found in signs.items() if found)


def invented(
    text: str,
    language: SpokenLanguage,
    ids: Sequence[int],
    log_probability: float,
    voiced_ms: float,
    settings: GuardSettings,
) -> str:
    """Why text is taken as invented: the reason of ``Transcript.dropped``, or empty."""
    if not text:
        return "no_text"
    if log_probability < settings.drop_log_probability:
        return "low_probability"
    if repeats(ids) or compression_ratio(text) > settings.compression_ratio:
        return "repetition"
    rate = settings.characters_per_s_zh if language == "zh" else settings.characters_per_s_en
    spoken = sum(character.isalnum() for character in text)
    # The voice detector may miss the edges of words: two characters are always possible.
    if spoken > 2 + rate * voiced_ms / 1000:
        return "impossible_rate"
    return ""


def compression_ratio(text: str) -> float:
    """UTF-8 bytes over their zlib length: 1 to 1.7 for sentences, more for loops."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 1.0


def repeats(ids: Sequence[int]) -> bool:
    """Whether one stretch of tokens is said over and over.

    One token six times in a row (digits may repeat up to five times), two to eight tokens
    three times, longer ones twice.
    """
    for length in range(1, len(ids) // 2 + 1):
        times = 6 if length == 1 else 3 if length <= 8 else 2
        run = 0
        for here in range(length, len(ids)):
            run = run + 1 if ids[here] == ids[here - length] else 0
            if run >= length * (times - 1):
                return True
    return False

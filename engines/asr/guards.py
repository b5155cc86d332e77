"""When not to believe a decode: signs of a looping decoder, and of text where nobody spoke."""

from __future__ import annotations

import re
import zlib
from typing import Annotated, Final

import msgspec

from engines._core import longest_repeat
from engines.asr.transcript import SpokenLanguage

Positive = Annotated[float, msgspec.Meta(gt=0)]
_UNIT: Final = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:'\w+)?")


class GuardSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits; figures behind them stand in ``models/asr/CARD.md``."""

    tokens_per_s: Positive = 9.0
    """Longest text that a decode may reach, beside ``tokens_spare``: more is a loop."""
    tokens_spare: Annotated[int, msgspec.Meta(ge=1)] = 12
    doubt_log_probability: float = -0.7
    """Mean per token below which a decode of short encoder input is made again, padded to 30 s."""
    doubt_language_probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.8
    """The same where the language is not told and less certain than this."""
    hopeless_log_probability: float = -1.8
    """Below this no second decode is tried."""
    drop_log_probability: float = -1.2
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
    text: str,
    tokens: int,
    limit: int,
    log_probability: float,
    language_probability: float,
    settings: GuardSettings,
) -> tuple[str, ...]:
    """Why a decode of short encoder input is not to be believed; empty: it is.

    Args:
        text: what was decoded.
        tokens: how many it has.
        limit: where the decode would have been stopped.
        log_probability: mean per token.
        language_probability: of the language that was decoded.
        settings: the limits.
    """
    if log_probability < settings.hopeless_log_probability:
        return ()
    signs = {
        "length": tokens >= limit,
        # A caller may say a thing twice; the decoder does so far more often.
        "repetition": repeats(text, times=2, shortest=3) or repeats(text, times=3, shortest=2),
        "compression": compression_ratio(text) > settings.compression_ratio,
        "log_probability": log_probability < settings.doubt_log_probability,
        "language": language_probability < settings.doubt_language_probability,
        "empty": not text,
    }
    return tuple(name for name, found in signs.items() if found)


def invented(
    text: str,
    language: SpokenLanguage,
    log_probability: float,
    voiced_ms: float,
    settings: GuardSettings,
) -> str:
    """Why text is taken as invented: the reason of ``Transcript.dropped``, or empty."""
    if not units(text):
        return "no_text"
    if log_probability < settings.drop_log_probability:
        return "low_probability"
    looping = repeats(text, times=3, shortest=2) or repeats(text, times=6, shortest=1)
    if looping or compression_ratio(text) > settings.compression_ratio:
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


def units(text: str) -> list[str]:
    """What is said, without punctuation: Chinese characters, and words and numbers, lower case."""
    return _UNIT.findall(text.lower())


def repeats(text: str, *, times: int, shortest: int) -> bool:
    """Whether a stretch of at least ``shortest`` units stands ``times`` in a row."""
    return longest_repeat(units(text), times) >= shortest

"""What the child that makes a voice is given, tells and leaves behind."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from models.tts.variants import Variant


class References(msgspec.Struct, frozen=True, kw_only=True):
    """``references.json``."""

    files: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=1000)]
    texts: tuple[Annotated[str, msgspec.Meta(max_length=1000)], ...] = ()
    """What is said in each; where one is empty or missing, the recogniser says it."""
    language: Literal["zh", "en"] = "zh"
    band_hz: Annotated[int, msgspec.Meta(ge=3000, le=48_000)] = 8000


class FitReport(msgspec.Struct, frozen=True, kw_only=True):
    """``fit.json``."""

    base_sha256: str
    """Of the network that speaks with it."""
    start_voice: str
    """Whose timbre it began with."""
    prosody_voices: tuple[str, ...]
    """Whose prosody it has: one, or two that were blended."""
    steps: int
    losses: tuple[float, ...]
    """Of all steps, fit by fit."""
    variants: tuple[Variant, ...]
    """That were tried; the first is the voice."""
    reference_seconds: float
    pitch_hz: float
    """The person's median."""
    octaves: float
    """By which the blend of prosodies is moved …"""
    voice_pitch_hz: float
    """… and where it then is, by calculation."""
    seconds_to_make: float
    """Of one core: time in which the job stood still does not count."""
    peak_mib: float


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of standard output."""

    phase: Literal["load", "listen", "start", "fit", "choose", "write"]
    step: int = 0
    of: int = 0
    loss: float | None = None
    note: str = ""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """The last line of a run that could not make a voice."""

    error: str
    message: str

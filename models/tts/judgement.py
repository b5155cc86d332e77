"""What the children that make and judge a voice hand to each other, as files of one folder."""

from __future__ import annotations

from typing import Literal

import msgspec

from engines.samples.refusal import Refusal
from models.tts.likeness import Likeness

Language = Literal["zh", "en"]


class References(msgspec.Struct, frozen=True, kw_only=True):
    """``references.json``: what the voice is fitted to."""

    files: tuple[str, ...]
    """WAV files, absolute or from the folder."""
    language: Language
    band_hz: int
    """4000: they came by telephone."""


class HeldOut(msgspec.Struct, frozen=True, kw_only=True):
    """``held_out.json``: the person's other recordings."""

    files: tuple[str, ...]


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``fit.json``, what the judges read."""

    start_voice: str


class Embeddings(msgspec.Struct, frozen=True, kw_only=True):
    """``embeddings.json``: a person as both judges hear him, each of length 1."""

    ecapa: tuple[float, ...]
    ge2e: tuple[float, ...]


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """``judged.json``."""

    format: Literal["kefu-voice-judgement/1"] = "kefu-voice-judgement/1"
    language: Language
    band_hz: int
    start_voice: str
    stock_voice: str
    """That the error rate is compared with."""
    optimised: Likeness
    """ECAPA: what the fit optimised, so no proof."""
    independent: Likeness
    """GE2E: never optimised."""
    picked_stock_voice: str
    """The stock voice nearest to the references by ECAPA: whom one would take without a fit …"""
    picked_stock: float
    """… and its cosine to the person by GE2E."""
    error_rate: float
    stock_error_rate: float
    sentences: int
    """That both error rates are of: seven, or 23 where seven leave a doubt."""
    heard: tuple[tuple[str, str], ...]
    """(said, heard) of the fitted voice."""
    guard_failures: int
    guard: tuple[str, ...]
    """What the guard of the run time has against its pieces."""
    pitch_hz: float
    """Median F0 of the person …"""
    voice_pitch_hz: float
    """… and of the fitted voice; 0 where none was found."""
    rtf: float
    """Seconds of work for a second of speech, on one thread, in the fitted voice …"""
    stock_rtf: float
    """… and in the stock voice, sentence about."""
    reference_seconds: float
    held_out_seconds: float
    crossed: bool
    """Fewer than two held-out recordings: halves of the references stood for each other."""
    known: int
    """How many other people the voice was compared with."""
    seconds_to_judge: float
    """Of one core: time in which the job stood still does not count."""
    peak_mib: float
    refusals: tuple[Refusal, ...]
    """Empty: it passed the gate."""

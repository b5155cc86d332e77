"""The files of the job that makes a voice, in ``work/``.

``references.json`` and ``held_out.json`` go in; ``checkpoint.npz``, ``voice.bin`` and ``fit.json``
are the fit's, ``judged.json`` the judges' and ``limits.json`` what they went by; ``progress.json``
says how far it is, ``child.log`` what the children said.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from daemon.voices.records import Judged, Refusal

GATE_RULE: Final = 2
"""Raised when the gate decides otherwise on the same voice: it is judged again, and not fitted."""


class References(msgspec.Struct, frozen=True, kw_only=True):
    """``references.json``: what the voice is fitted to. ``held_out.json`` has the same shape."""

    files: tuple[str, ...]
    language: Literal["zh", "en"]
    band_hz: int
    texts: tuple[str, ...] = ()
    """What is said in each file, as it was asked for or heard; empty: not known."""
    sha256: tuple[str, ...] = ()
    """Of each file: the same name may come back with another recording."""


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """``fit.json``, as far as it goes into the card."""

    start_voice: str
    seconds_to_make: float
    peak_mib: float
    base_sha256: str = ""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """``judged.json``, as far as it goes into the card."""

    optimised: Judged
    independent: Judged
    pitch_hz: float
    voice_pitch_hz: float
    error_rate: float
    stock_error_rate: float
    sentences: int = 7
    guard_failures: int
    refusals: tuple[Refusal, ...]
    seconds_to_judge: float = 0.0
    peak_mib: float = 0.0


class GateLimits(msgspec.Struct, frozen=True, kw_only=True):
    """``limits.json``: what ``judged.json`` was decided under."""

    share_of_the_way: float
    error_rate_margin: float
    same_person: tuple[str, ...] = ()
    """Other voices that are nobody else's."""
    rule: int = 1
    """``GATE_RULE`` of then."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """``progress.json``: what ``kefuctl voice list`` shows of a job."""

    phase: Literal["fit", "judge", "done", "stopped", "failed"]
    step: int = 0
    of: int = 0
    at: str
    reason: str = ""
    pid: int = 0
    """Of the job."""

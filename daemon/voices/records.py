"""What is written down about a personal voice: enrolment, consent, fit, judgement, approval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from engines.samples.refusal import Refusal as Refusal

Language = Literal["zh", "en"]
Share = Annotated[float, msgspec.Meta(ge=-10.0, le=10.0)]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One recording that was offered, as it was judged."""

    file: str
    """In ``samples/``: ``0001.wav``, mono int16 at the rate that it came with."""
    source: str
    """The file or call that it came from."""
    sha256: str
    """Of the samples' PCM at 16 kHz: a duplicate has the same."""
    seconds: float
    """Of voice."""
    band_hz: int
    """Up to where there is speech in it: 4000 is the telephone's."""
    quality: float
    """0..1."""
    asked: str = ""
    """The sentence that should be read; empty: any."""
    heard: str = ""
    refusals: tuple[Refusal, ...] = ()
    """Empty: usable."""


def usable(samples: Sequence[Sample]) -> list[Sample]:
    """Those that nothing was found against, in their order."""
    return [one for one in samples if not one.refusals]


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """``enrolment.json``: all samples of a person, usable or not."""

    format: Literal["kefu-enrolment/1"] = "kefu-enrolment/1"
    name: str
    language: Language
    samples: tuple[Sample, ...] = ()
    embedding: tuple[float, ...] = ()
    """Mean ECAPA embedding of the usable samples, length 1; empty: not measured yet."""


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """``consent.json``: the speaker's word that this voice may be made and used."""

    format: Literal["kefu-consent/1"] = "kefu-consent/1"
    id: str
    """32 hexadecimal digits."""
    voice: str
    who: str
    purpose: str
    scope: tuple[str, ...] = ()
    """Scenarios that may use it; empty: all."""
    given_at: str
    """ISO 8601, UTC."""
    expires_at: str
    text: str
    """The sentence that was asked for."""
    heard: str
    audio_sha256: str
    """Of ``consent.wav``."""
    likeness: float
    """Cosine of the consent's embedding and the samples', both as a telephone carries them."""
    channel: Literal["file", "call"]
    call: str = ""
    language: Language = "zh"
    embedding: tuple[float, ...] = ()
    """The enrolment's when it was given: samples that come later are compared with it."""
    renews: tuple[str, ...] = ()
    """Consents of the same person to the same voice that this one goes on from."""
    key_id: str = ""
    signature: str = ""
    """Ed25519 of the canonical JSON with this field empty, hexadecimal."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One judge's cosines."""

    nearest_stock: float
    nearest_stock_voice: str
    fitted: float
    ceiling: float
    """Of the person's other recordings among themselves."""
    others: float
    """The highest of the fitted voice to anybody else who is known."""
    share_of_the_way: Share
    """(fitted − nearest stock) ÷ (ceiling − nearest stock)."""
    first: bool
    """The person is nearer to the fitted voice than everybody else who is known."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """``card.json``: what is known of a voice that was made."""

    format: Literal["kefu-voice-card/1"] = "kefu-voice-card/1"
    name: str
    language: Language
    made_at: str
    voice_sha256: str
    base_sha256: str
    """Of the network that it is a style of."""
    start_voice: str
    samples: int
    seconds: float
    band_hz: int
    pitch_hz: float
    """Median F0 of the person …"""
    voice_pitch_hz: float
    """… and of the fitted voice."""
    optimised: Judged
    """ECAPA: the loss of the fit, so no proof."""
    independent: Judged
    """GE2E: never optimised."""
    error_rate: float
    """CER (zh) or WER (en) of what is heard back."""
    stock_error_rate: float
    sentences: int = 7
    """That both error rates are of."""
    guard_failures: int
    seconds_to_make: float
    peak_mib: float
    consent_id: str
    personal_weight: float
    base_weight: float
    """``spec.md`` 5's shares for the number and quality of samples."""
    refusals: tuple[Refusal, ...] = ()
    """Empty: it passed the gate."""


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """``approval.json``: a person has listened; the permit that the worker asks for."""

    format: Literal["kefu-voice-approval/1"] = "kefu-voice-approval/1"
    voice: str
    voice_sha256: str
    consent_id: str
    by: str
    at: str
    expires_at: str
    """The consent's."""
    languages: tuple[Language, ...] = ("zh", "en")
    scope: tuple[str, ...] = ()
    key_id: str = ""
    signature: str = ""
    """As ``Consent.signature``."""

"""Whether a consent holds: said, signed, kept, not taken back, not run out."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from daemon.voices import clock
from daemon.voices.errors import LedgerDamaged, NoConsent, NoSuchVoice, VoiceError
from daemon.voices.files import read_record
from daemon.voices.key import public_key, public_path
from daemon.voices.ledger import History, Ledger
from daemon.voices.ordinary_file import read_ordinary
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Consent, Enrolment
from daemon.voices.settings import PersonalVoiceSettings
from daemon.voices.signing import is_signed_by

MOST_AUDIO_BYTES: Final = 16 << 20
"""Of ``consent.wav``: two minutes at 48 kHz."""
LEAST_LIKENESS: Final = PersonalVoiceSettings().least_likeness
"""Cosine of a consent to samples, where no setting says otherwise."""
_REASONS: Final = {
    "no_consent": "nobody has consented to it",
    "damaged": "the record of the consent or its audio is not what was written",
    "revoked": "the consent was taken back",
    "expired": "the consent has run out",
    "clock_wrong": "this machine's clock is wrong",
    "another_speaker": "the consent is in another voice than the samples",
}


def holding(
    state: Path, name: str, now: datetime, least_likeness: float = LEAST_LIKENESS
) -> Consent:
    """The consent under which a voice may be made and approved now.

    Args:
        state: the state folder.
        name: of the voice.
        now: of the clock, with a zone.
        least_likeness: cosine between the speaker of the consent and that of the samples, which
            may have come after it.

    Raises:
        NoConsent: none holds; the message says why.
        NoSuchVoice: nobody was ever enrolled under that name.
        LedgerDamaged, ClockWrong: nothing can be said.
    """
    places = VoicePlaces(state, name)
    history = Ledger(state).read()
    clock.check(now, history.latest)
    try:
        consent = read_record(places.consent, Consent)
    except NoSuchVoice:
        ended = history.last(name, "consent", "imported", "revoked", "expired")
        if ended is None and not places.folder.is_dir():
            raise NoSuchVoice(f"There is no voice {name}.") from None
        took_back = ended is not None and ended.event in ("revoked", "expired")
        raise _refused(name, ended.event if ended and took_back else "no_consent") from None
    except VoiceError as reason:
        raise NoConsent(f"{name} has no consent: {reason.message}") from reason
    why = why_not(
        consent,
        voice=name,
        history=history,
        public=_public(state),
        audio=kept_audio(places),
    )
    why = why or run_out(consent, now)
    if not why and places.enrolment.exists():
        enrolled = read_record(places.enrolment, Enrolment).embedding
        if enrolled and cosine(enrolled, consent.embedding) < least_likeness:
            why = "another_speaker"
    if why:
        raise _refused(name, why)
    return consent


def why_not(
    consent: Consent,
    *,
    voice: str,
    history: History,
    public: Ed25519PublicKey,
    audio: frozenset[str],
) -> str:
    """Why a consent does not hold, whatever the time is; empty: it does.

    Args:
        consent: as read.
        voice: the name that it is asked for.
        history: the verified ledger.
        public: this box's key.
        audio: digests of the audio that is there.
    """
    if consent.voice != voice or not is_signed_by(consent, public):
        return "damaged"
    if not history.took(voice, consent.id):
        return "no_consent"
    for one in (consent.id, *consent.renews):
        if one in history.ended:
            return history.ended[one].event
    return "" if consent.audio_sha256 in audio else "damaged"


def run_out(consent: Consent, now: datetime) -> str:
    """``expired``, or ``clock_wrong`` before it was given; empty: it is its time."""
    if now >= clock.read_instant(consent.expires_at):
        return "expired"
    return "clock_wrong" if clock.is_behind(now, clock.read_instant(consent.given_at)) else ""


def kept_audio(places: VoicePlaces) -> frozenset[str]:
    """Digests of a consent's audio: while it is renewed there are two."""
    files = (places.consent_audio, places.consent_before)
    return frozenset(filter(None, map(audio_digest, files)))


def audio_of(places: VoicePlaces, consent: Consent) -> bytes:
    """The audio in which this consent was said, whatever else lies in its place.

    Raises:
        NoConsent: it is not there.
    """
    for path in (places.consent_audio, places.consent_before):
        content = audio_bytes(path)
        if hashlib.sha256(content).hexdigest() == consent.audio_sha256:
            return content
    raise _refused(places.name, "damaged")


def audio_digest(path: Path) -> str:
    """SHA-256 of a consent's audio; empty where it is missing, a link or larger than any."""
    content = audio_bytes(path)
    return hashlib.sha256(content).hexdigest() if content else ""


def audio_bytes(path: Path) -> bytes:
    """A consent's audio; empty where it is missing, a link or larger than any."""
    try:
        content = read_ordinary(path, MOST_AUDIO_BYTES)
    except (OSError, VoiceError):
        return b""
    return content if len(content) <= MOST_AUDIO_BYTES else b""


def cosine(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Of two embeddings of length 1; −1 where they cannot be compared."""
    if not one or len(one) != len(other):
        return -1.0
    return sum(a * b for a, b in zip(one, other, strict=True))


def _public(state: Path) -> Ed25519PublicKey:
    try:
        return public_key(public_path(state))
    except VoiceError as reason:
        raise LedgerDamaged(f"Nothing can be verified: {reason.message}") from reason


def _refused(name: str, why: str) -> NoConsent:
    return NoConsent(f"{name} may not be made or used: {_REASONS[why]}.")

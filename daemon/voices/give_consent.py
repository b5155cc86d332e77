"""Consent is given: heard, compared with the samples, kept, signed, written into the ledger.

A refusal is an entry of the ledger too; what was said then is not kept. A new consent of the same
person goes on from the one before: a voice that speaks goes on speaking, whenever this is killed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.objects.store import disk_full_as_error
from daemon.voices import clock, consent_terms
from daemon.voices.consent import audio_digest, audio_of, cosine, holding
from daemon.voices.consent_speaker import known_to, speaker_refusals
from daemon.voices.consent_terms import Terms
from daemon.voices.consent_words import word_refusals
from daemon.voices.errors import (
    ConsentRefused,
    EnrolmentBusy,
    NoConsent,
    NothingEnrolled,
    VoiceError,
)
from daemon.voices.files import read_record, write_bytes, write_record
from daemon.voices.key import site_key
from daemon.voices.ledger import History, Ledger
from daemon.voices.likeness import Clip
from daemon.voices.lock import voices_locked
from daemon.voices.places import VoicePlaces, all_names
from daemon.voices.records import Consent, Enrolment, usable
from daemon.voices.replay import replayed, replays
from daemon.voices.said_before import keep_print
from daemon.voices.same_person import other_voices
from daemon.voices.sample_files import wav
from daemon.voices.signing import sign
from daemon.voices.voiceprints import Embedder
from engines.errors import BadAudio
from engines.samples.fingerprint import fingerprint
from engines.samples.gate import judge
from engines.samples.measure import heard_in
from engines.samples.refusal import Refusal
from engines.samples.same_speaker import mean_print

Floats = NDArray[np.float32]
Hear = Callable[[NDArray[np.int16], int], str]
"""What a recogniser hears in (T,) int16 at its rate, in the terms' language."""

_NO_MATTER: Final = frozenset({"narrow_band", "reverberant", "clipped", "other_text"})
"""A consent is proof and no material: it must be understood, not sound well. Its words are looked
at more closely here."""
_LEAST_HALF_S: Final = 2.0
_BAND_HZ: Final = 4_000
"""Whoever was recorded in a studio may consent by telephone: both are heard so."""
_ENDING: Final = ("revoked", "expired", "deleted")
_MOST_SAMPLES: Final = 12
_MOST_OF_OTHERS: Final = 3
_TAKEN: Final = replayed("this very recording was offered before")


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What was said: (T,) int16, mono, at most 30 s, 8 to 48 kHz."""

    pcm: NDArray[np.int16]
    rate_hz: int
    channel: Literal["file", "call"] = "file"
    call: str = ""


def give(
    state: Path,
    name: str,
    spoken: Spoken,
    terms: Terms,
    *,
    hear: Hear,
    embedder: Embedder,
    machines: dict[str, Floats],
    least_likeness: float,
    now: datetime,
) -> Consent:
    """Take what was said as the speaker's consent to this voice.

    Args:
        state: the state folder.
        name: of the voice, whose samples were enrolled.
        spoken: what was said.
        terms: what it was said to.
        hear: a recogniser.
        embedder: ``daemon.voices.likeness.Likeness``.
        machines: (192,) float32 of length 1 of each voice of the synthesiser, by name: the stock
            voices and those that were made here.
        least_likeness: cosine to the samples.
        now: of the clock, with a zone.

    Raises:
        ConsentRefused: it is none, with every reason; the ledger has them.
        NoConsent, EnrolmentBusy: the voice was revoked, or its samples changed, meanwhile.
        BadTerms, NothingEnrolled, ClockWrong, LedgerDamaged, SiteKeyUnusable, LikenessFailed: as
            they say.
        DiskFull, OSError: nothing was taken.
    """
    terms = consent_terms.checked(terms)
    places = VoicePlaces(state, name)
    enrolled = _enrolled(places)
    history = Ledger(state).read()
    clock.check(now, history.latest)
    audio = wav(spoken.pcm, spoken.rate_hz)
    digest = hashlib.sha256(audio).hexdigest()
    refusals = list(_sound(state, name, spoken, digest))
    heard, likeness = "", 0.0
    if not any(one.code in ("no_audio", "too_short") for one in refusals):
        heard = hear(spoken.pcm, spoken.rate_hz)
        refusals += word_refusals(terms, heard)
        spoken_by = _embedded(places, audio, len(spoken.pcm) / spoken.rate_hz, embedder)
        of_samples = _samples_print(places, enrolled, _MOST_SAMPLES, embedder)
        likeness = float(spoken_by[0] @ of_samples)
        same = other_voices(state, name, terms.who, enrolled.embedding, now, least_likeness)
        refusals += speaker_refusals(
            spoken_by[0],
            spoken_by[1:],
            of_samples,
            known_to(
                name,
                of_samples,
                _live(state, {name, *same}, now, embedder, least_likeness),
                _others(state, name, embedder),
                machines,
            ),
            least_likeness,
        )
    with voices_locked(state):
        _check_unchanged(state, places, enrolled, history)
        if not refusals and _was_taken(state, name, digest):
            refusals.append(_TAKEN)
        if refusals:
            _refuse(state, name, terms, refusals, digest, now)
        consent = Consent(
            id=secrets.token_hex(16),
            voice=name,
            who=terms.who,
            purpose=terms.purpose,
            scope=terms.scope,
            given_at=clock.written(now),
            expires_at=clock.written(now + timedelta(days=terms.days)),
            text=terms.sentence,
            heard=heard,
            audio_sha256=digest,
            likeness=round(likeness, 4),
            channel=spoken.channel,
            call=spoken.call,
            language=terms.language,
            embedding=enrolled.embedding,
            renews=_renewed(state, name, enrolled, least_likeness, now),
        )
        return _keep(state, places, sign(consent, site_key(state)), audio, now)


def _enrolled(places: VoicePlaces) -> Enrolment:
    found = read_record(places.enrolment, Enrolment)
    if not found.embedding or not usable(found.samples):
        raise NothingEnrolled(f"{places.name} has no sample yet that is usable.")
    return found


def _check_unchanged(
    state: Path, places: VoicePlaces, enrolled: Enrolment, before: History
) -> None:
    """By who holds the lock: comparing took its time, and somebody may have revoked meanwhile."""
    since = Ledger(state).read().entries[len(before.entries) :]
    if any(one.voice == places.name and one.event in _ENDING for one in since):
        raise NoConsent(f"{places.name} was revoked while this consent was being looked at.")
    if read_record(places.enrolment, Enrolment) != enrolled:
        raise EnrolmentBusy(f"The samples of {places.name} changed while they were compared.")


def _sound(state: Path, name: str, spoken: Spoken, digest: str) -> list[Refusal]:
    """Whether it is speech that can be heard, and was never heard before."""
    try:
        report = judge(spoken.pcm, spoken.rate_hz)
        heard = heard_in(spoken.pcm, spoken.rate_hz)
    except BadAudio as reason:
        return [Refusal(code="no_audio", reason=reason.message, mend=reason.instance_mend)]
    found = [one for one in report.refusals if one.code not in _NO_MATTER]
    if _was_taken(state, name, digest):
        return [*found, _TAKEN]
    return [*found, *replays(state, name, fingerprint(heard.spectra, heard.voice), digest)]


def _was_taken(state: Path, name: str, digest: str) -> bool:
    """Whether this recording is one of another voice, or a consent already.

    The same may be offered again where it was refused, or where taking it was interrupted.
    """
    history = Ledger(state).read()
    last = history.last(name, "consent", "revoked", "expired")
    kept = _on_file(VoicePlaces(state, name)) == digest
    return any(
        one.voice != name or kept or one is not last
        for one in history.entries
        if one.audio_sha256 == digest and one.event in ("consent", "imported")
    )


def _on_file(places: VoicePlaces) -> str:
    """Digest of the audio that the record on file names; ``none`` where there is no record."""
    try:
        return read_record(places.consent, Consent).audio_sha256
    except VoiceError:
        return "none"


def _embedded(places: VoicePlaces, audio: bytes, seconds: float, embedder: Embedder) -> Floats:
    """(1, D), or (3, D) with its halves; as a telephone carries it, as most consents come."""
    with disk_full_as_error("the consent"):
        descriptor, draft = tempfile.mkstemp(prefix=".consent.", suffix=".wav", dir=places.folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(audio)
            clips = [Clip(file=draft, band_hz=_BAND_HZ)]
            if seconds >= 2 * _LEAST_HALF_S:
                clips.append(Clip(file=draft, seconds=seconds / 2, band_hz=_BAND_HZ))
                clips.append(Clip(file=draft, start_s=seconds / 2, band_hz=_BAND_HZ))
            return embedder.embed(clips)
        finally:
            Path(draft).unlink(missing_ok=True)  # whoever revokes removes it too


def _samples_print(
    places: VoicePlaces, enrolled: Enrolment, most: int, embedder: Embedder
) -> Floats:
    """(D,) of length 1: the mean of the best samples, heard as the consent is."""
    best = sorted(usable(enrolled.samples), key=lambda one: -one.quality * min(one.seconds, 5.0))
    files = [str(places.samples / one.file) for one in best[:most]]
    return mean_print(embedder.embed([Clip(file=file, band_hz=_BAND_HZ) for file in files]))


def _others(state: Path, name: str, embedder: Embedder) -> dict[str, Floats]:
    found = {}
    for other in all_names(state):
        places = VoicePlaces(state, other)
        enrolment = None
        with suppress(VoiceError):  # of what cannot be read nobody is known
            enrolment = read_record(places.enrolment, Enrolment)
        if other != name and enrolment is not None and usable(enrolment.samples):
            found[other] = _samples_print(places, enrolment, _MOST_OF_OTHERS, embedder)
    return found


def _live(
    state: Path, names: Collection[str], now: datetime, embedder: Embedder, least: float
) -> dict[str, Floats]:
    """(192,) of the consents to some voices, as far as they hold: who was there in person."""
    found = {}
    for name in sorted(names):
        places = VoicePlaces(state, name)
        try:
            audio = audio_of(places, holding(state, name, now, least))
        except VoiceError:
            continue
        found[name] = _embedded(places, audio, 0.0, embedder)[0]
    return found


def _refuse(
    state: Path, name: str, terms: Terms, refusals: list[Refusal], digest: str, now: datetime
) -> None:
    codes = ", ".join(dict.fromkeys(one.code for one in refusals))
    Ledger(state).append("refused", name, now=now, by=terms.who, reason=codes, audio_sha256=digest)
    reasons = "; ".join(one.reason for one in refusals)
    raise ConsentRefused(f"This is no consent to {name}: {reasons}.", tuple(refusals))


def _renewed(
    state: Path, name: str, enrolled: Enrolment, least: float, now: datetime
) -> tuple[str, ...]:
    """The consents that it goes on from: of the same voice, in the same person's, and holding."""
    try:
        before = holding(state, name, now, least)
    except NoConsent:
        return ()
    if cosine(before.embedding, enrolled.embedding) < least:
        return ()
    return (before.id, *before.renews)


def _keep(
    state: Path, places: VoicePlaces, consent: Consent, audio: bytes, now: datetime
) -> Consent:
    """At each moment the consent on file has its audio beside it, and its entry in the ledger."""
    with disk_full_as_error("the consent"):
        if audio_digest(places.consent_audio) == _on_file(places):
            places.consent_before.unlink(missing_ok=True)
            os.link(places.consent_audio, places.consent_before)
    write_bytes(places.consent_audio, audio)
    keep_print(state, places.name, audio)
    Ledger(state).append(
        "consent",
        places.name,
        now=now,
        by=consent.who,
        consent_id=consent.id,
        audio_sha256=consent.audio_sha256,
    )
    write_record(places.consent, consent)
    places.consent_before.unlink(missing_ok=True)
    return consent

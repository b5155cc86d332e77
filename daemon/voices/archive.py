"""A voice on its way to another box: one tar file with consent, card and pack, signed.

It is taken only from a box whose public key was brought by another way; the box that takes it signs
the consent again, with the same id and end, and needs an approval of its own. A consent that was
revoked here comes back with no archive, nor does one that was given before that.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from daemon.objects.store import sync_folder
from daemon.voices import clock
from daemon.voices.approval import check_card
from daemon.voices.consent import MOST_AUDIO_BYTES, audio_of, holding, run_out
from daemon.voices.errors import (
    ArchiveRefused,
    BadTerms,
    NoConsent,
    NotToApprove,
    SiteKeyUnusable,
    TrustUnusable,
    VoiceError,
    VoiceExists,
)
from daemon.voices.files import read_record, write_bytes, write_record
from daemon.voices.key import key_id, public_key, site_key
from daemon.voices.ledger import Ledger
from daemon.voices.lock import voices_locked
from daemon.voices.pack import check_pack, read_pack
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Card, Consent
from daemon.voices.said_before import keep_print
from daemon.voices.signatory import signatory
from daemon.voices.signing import is_signed_by, sign
from engines.tts.voice_file import BYTES_PERSONAL

S = TypeVar("S", bound=msgspec.Struct)

_MOST_RECORD_BYTES: Final = 1 << 20
_LIMITS: Final = {
    "archive.json": _MOST_RECORD_BYTES,
    "consent.json": _MOST_RECORD_BYTES,
    "consent.wav": MOST_AUDIO_BYTES,
    "card.json": _MOST_RECORD_BYTES,
    "voice.bin": BYTES_PERSONAL,
}
"""Members of an archive, all of them needed, and how many bytes each may have."""
_MOST_BYTES: Final = sum(_LIMITS.values()) + (1 << 20)
_WHOLE: Final = (tarfile.REGTYPE, tarfile.AREGTYPE)


class Contents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``archive.json``: what else is in it."""

    format: Literal["kefu-voice-archive/1"] = "kefu-voice-archive/1"
    voice: str
    exported_at: str
    sha256: dict[str, str]
    """Of each other member."""
    key_id: str = ""
    signature: str = ""


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What came with an archive."""

    voice: str
    who: str
    expires_at: str
    """Of the consent."""
    key_id: str
    """Of the box that it came from."""


def export(state: Path, name: str, *, now: datetime) -> bytes:
    """The archive of a voice whose consent holds; the ledger says that it was made.

    Raises:
        NoConsent, ClockWrong, LedgerDamaged, SiteKeyUnusable: as they say.
        NotToApprove: the voice was not made, did not pass, or is another than its card says.
        DiskFull: nothing could be written down.
    """
    places = VoicePlaces(state, name)
    with voices_locked(state):
        consent = holding(state, name, now)
        try:
            card = read_record(places.card, Card)
            content, sha256 = read_pack(places.pack)
        except VoiceError as reason:
            raise NotToApprove(f"{name} has not been made: {reason.message}") from reason
        check_card(card, sha256, name)
        members = {
            "consent.json": msgspec.json.encode(consent),
            "consent.wav": audio_of(places, consent),
            "card.json": msgspec.json.encode(card),
            "voice.bin": content,
        }
        contents = Contents(
            voice=name,
            exported_at=clock.written(now),
            sha256={file: hashlib.sha256(data).hexdigest() for file, data in members.items()},
        )
        signed = sign(contents, site_key(state))
        Ledger(state).append("exported", name, now=now, consent_id=consent.id, voice_sha256=sha256)
    return _packed({"archive.json": msgspec.json.encode(signed), **members})


def bring(state: Path, file: Path, *, trust: Path, now: datetime) -> Brought:
    """Take a voice from an archive; it speaks after ``approve``.

    Args:
        state: the state folder.
        file: the archive.
        trust: public key of the box that it comes from.
        now: of the clock, with a zone.

    Raises:
        ArchiveRefused: it is no archive, damaged, not of that box, or holds what may not be.
        TrustUnusable: ``trust`` is no public key.
        VoiceExists: there is a voice of this name.
        NoConsent: its consent has run out, or was revoked here.
        ClockWrong, LedgerDamaged, SiteKeyUnusable: as they say.
        DiskFull, OSError: nothing was taken; the same command goes on.
    """
    members = _unpacked(file)
    try:
        theirs = public_key(Path(os.path.realpath(trust)))
    except SiteKeyUnusable as reason:
        raise TrustUnusable(f"--trust: {reason.message}") from reason
    contents = _record(members["archive.json"], Contents, "archive.json")
    _check_members(contents, members, theirs, file)
    name = VoicePlaces(state, contents.voice).name
    consent = _record(members["consent.json"], Consent, "consent.json")
    card = _record(members["card.json"], Card, "card.json")
    if not is_signed_by(consent, theirs) or consent.voice != name:
        raise ArchiveRefused(f"The consent in {file} is not to {name}, by that box.")
    if consent.audio_sha256 != contents.sha256["consent.wav"]:
        raise ArchiveRefused(f"The consent in {file} was said in another recording.")
    sha256 = contents.sha256["voice.bin"]
    if (card.name, card.voice_sha256) != (name, sha256):
        raise ArchiveRefused(f"The card in {file} is of another voice.")
    if card.consent_id not in (consent.id, *consent.renews):
        raise ArchiveRefused(f"The voice in {file} was made under another consent.")
    try:
        check_pack(members["voice.bin"], "voice.bin")
    except VoiceError as reason:
        raise ArchiveRefused(f"{file}: {reason.message}") from reason
    with voices_locked(state):
        _may_come(state, consent, now)
        keep_print(state, name, members["consent.wav"])
        _place(state, consent, card, members)
        if not Ledger(state).read().made(name, sha256, (consent.id,)):
            Ledger(state).append(
                "imported",
                name,
                now=now,
                by=consent.who,
                reason=f"from the box with the key {key_id(theirs)}",
                consent_id=consent.id,
                voice_sha256=sha256,
                audio_sha256=consent.audio_sha256,
            )
        places = VoicePlaces(state, name)
        places.draft.rename(places.folder)
        sync_folder(state / "voices")
    return Brought(
        voice=name, who=consent.who, expires_at=consent.expires_at, key_id=key_id(theirs)
    )


def _packed(members: dict[str, bytes]) -> bytes:
    """A tar file that says nothing of this machine's users and times."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            archive.addfile(member, io.BytesIO(content))
    return into.getvalue()


def _unpacked(file: Path) -> dict[str, bytes]:
    """Its members by name; nothing is written, so that no name leads anywhere."""
    try:
        if not file.is_file():
            raise ArchiveRefused(f"There is no archive {file}.")
        with file.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as reason:
        raise ArchiveRefused(f"{file} cannot be read: {reason.strerror}.") from reason
    if len(content) > _MOST_BYTES:
        raise ArchiveRefused(f"{file} is larger than any archive of a voice.")
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for member in archive:
                _check_member(member, found, file)
                part = archive.extractfile(member)
                found[member.name] = part.read() if part else b""
    except (tarfile.TarError, ValueError, OSError, EOFError, RecursionError, OverflowError) as why:
        raise ArchiveRefused(f"{file} is no archive: {str(why)[:200]}.") from why
    if set(found) != set(_LIMITS):
        missing = ", ".join(sorted(set(_LIMITS) - set(found)))
        raise ArchiveRefused(f"{file} is not whole: {missing} is missing.")
    return found


def _check_member(member: tarfile.TarInfo, found: dict[str, bytes], file: Path) -> None:
    if member.name not in _LIMITS or member.name in found:
        raise ArchiveRefused(f"{file} holds {member.name[:80]!r}, which no archive has.")
    if member.type not in _WHOLE or member.sparse is not None:
        raise ArchiveRefused(f"{file}: {member.name} is no ordinary file.")
    if not 0 <= member.size <= _LIMITS[member.name]:
        raise ArchiveRefused(f"{file}: {member.name} has {member.size} bytes.")


def _check_members(
    contents: Contents, members: dict[str, bytes], theirs: Ed25519PublicKey, file: Path
) -> None:
    if not is_signed_by(contents, theirs):
        raise ArchiveRefused(f"{file} was not made by the box with the key {key_id(theirs)}.")
    found = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in members.items()
        if name != "archive.json"
    }
    if found != contents.sha256:
        raise ArchiveRefused(f"{file} holds other files than were signed.")


def _may_come(state: Path, consent: Consent, now: datetime) -> None:
    history = Ledger(state).read()
    clock.check(now, history.latest)
    for one in (consent.id, *consent.renews):
        if one in history.ended:
            raise NoConsent(f"The consent to {consent.voice} was {history.ended[one].event} here.")
    last = history.last(consent.voice, "revoked", "expired")
    # An older consent than the one that ended may never have been here.
    if last and clock.read_instant(consent.given_at) <= history.at(last):
        raise NoConsent(f"{consent.voice} was {last.event} here after this consent was given.")
    if why := run_out(consent, now):
        span = f"holds from {consent.given_at} to {consent.expires_at}"
        raise NoConsent(f"The consent to {consent.voice} {span}: {why} now.")
    try:
        signatory(consent.who)
    except BadTerms as reason:
        raise ArchiveRefused(f"Nobody consented to {consent.voice}: {reason.message}") from reason
    places = VoicePlaces(state, consent.voice)
    if places.folder.exists() or places.folder.is_symlink():
        raise VoiceExists(f"There is a voice {consent.voice} already.")


def _place(state: Path, consent: Consent, card: Card, members: dict[str, bytes]) -> None:
    """All files beside their place; the rename makes them a voice."""
    places = VoicePlaces(state, consent.voice)
    draft = places.draft
    if draft.exists():
        shutil.rmtree(draft)
    # The call was one of the other box: here its id means another recording, or none.
    ours = msgspec.structs.replace(consent, call="")
    write_record(draft / places.consent.name, sign(ours, site_key(state)))
    write_bytes(draft / places.consent_audio.name, members["consent.wav"])
    write_record(draft / places.card.name, card)
    write_bytes(draft / places.pack.name, members["voice.bin"])


def _record(content: bytes, kind: type[S], what: str) -> S:
    try:
        return msgspec.json.decode(content, type=kind)
    except (ValueError, msgspec.MsgspecError, RecursionError) as reason:
        raise ArchiveRefused(f"{what} is damaged: {str(reason)[:200]}.") from reason

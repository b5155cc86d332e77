"""An invitation to record one's voice by telephone: a code of six digits that the caller keys in.

``voices/invitations.json`` holds all of them; the code itself is nowhere, only a slow hash of it.
The worker reads the file and never writes it: it learns from it who asks, what for, and which
sentences are on record already.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from daemon.voices.clock import read_instant, written
from daemon.voices.errors import BadInvitation, NoSuchVoice, VoiceError
from daemon.voices.files import read_record, write_record
from daemon.voices.lock import voices_locked
from daemon.voices.places import VoicePlaces, checked_name
from daemon.voices.records import Consent, Enrolment, Language
from engines.dialog.replies import MAX_VALUE_CHARACTERS, NotSayable, say
from engines.dialog.scenario import ValueKind
from engines.samples.sentences import sentences

OPERATION: Final = "voice_invitation"
"""Name of the call that a scenario makes with the code."""
CODE_DIGITS: Final = 6
MOST_DAYS: Final = 90
MOST_OPEN: Final = 200
"""Of a million codes so few are good that guessing is hopeless."""
_KEPT: Final = timedelta(days=400)
"""So long an invitation that is over stays: its call may still be enrolled."""


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """One person, asked for one voice."""

    voice: str
    who: str
    """The person's name, as it is spoken."""
    purpose: str
    """What the voice is for, as ``consent_sentence`` takes it."""
    company: str = ""
    """Likewise; empty: the company."""
    language: Language
    issued_at: str
    expires_at: str
    """ISO 8601, UTC."""
    code_hash: str
    """scrypt of the code, hexadecimal."""


class Invitations(msgspec.Struct, frozen=True, kw_only=True):
    """``invitations.json``."""

    format: Literal["kefu-voice-invitations/1"] = "kefu-voice-invitations/1"
    salt: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    """Of all codes, so that a code is looked up with one hash."""
    invitations: tuple[Invitation, ...] = ()


def invite(
    state: Path,
    name: str,
    *,
    who: str,
    purpose: str,
    company: str,
    language: Language,
    days: int,
    now: datetime,
) -> tuple[str, Invitation]:
    """Make an invitation; one that the voice had before holds no longer.

    Returns:
        The code, which is told here and never again, and what was written.

    Raises:
        BadVoiceName: as ``checked_name``.
        BadInvitation: who, purpose or company cannot be spoken, days are not 1..90, or too many
            invitations are open.
        DiskFull, OSError: nothing was changed.
    """
    checked_name(name)
    if not 1 <= days <= MOST_DAYS:
        raise BadInvitation(f"{days} days: an invitation holds 1 to {MOST_DAYS} days.")
    for what, text in (("--who", who), ("--purpose", purpose), ("--company", company)):
        _check_sayable(what, text.strip(), language, needed=what != "--company")
    _check_fits(VoicePlaces(state, name), who.strip(), language)
    with voices_locked(state):
        known = _read(state) or Invitations(salt=os.urandom(16).hex())
        kept = [
            _ended(one, now) if one.voice == name and is_open(one, now) else one
            for one in known.invitations
            if read_instant(one.expires_at) > now - _KEPT
        ]
        if sum(is_open(one, now) for one in kept) >= MOST_OPEN:
            raise BadInvitation(f"{MOST_OPEN} invitations are open; wait until some have ended.")
        taken = {one.code_hash for one in kept}
        code, hashed = "", ""
        while not hashed or hashed in taken:
            code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
            hashed = _hash(code, known.salt)
        made = Invitation(
            voice=name,
            who=who.strip(),
            purpose=purpose.strip(),
            company=company.strip(),
            language=language,
            issued_at=written(now),
            expires_at=written(now + timedelta(days=days)),
            code_hash=hashed,
        )
        write_record(_path(state), Invitations(salt=known.salt, invitations=(*kept, made)))
    return code, made


def find(state: Path, code: str, now: datetime) -> Invitation | None:
    """The open invitation with this code; reads only. Raises VoiceError: the file is damaged."""
    known = _read(state)
    if known is None or len(code) != CODE_DIGITS or not (code.isascii() and code.isdigit()):
        return None
    hashed = _hash(code, known.salt)
    for one in known.invitations:
        if secrets.compare_digest(one.code_hash.encode(), hashed.encode()) and is_open(one, now):
            return one
    return None


def open_invitations(state: Path, now: datetime) -> tuple[Invitation, ...]:
    """Those whose code holds, the oldest first. Raises VoiceError: the file is damaged."""
    known = _read(state)
    return () if known is None else tuple(one for one in known.invitations if is_open(one, now))


def withdraw(state: Path, name: str, now: datetime) -> Invitation:
    """End the open invitation of a voice: its code opens no call any more.

    What was read before stays, and may be enrolled.

    Raises:
        BadVoiceName: as ``checked_name``.
        NoSuchVoice: none is open.
        VoiceError: the file is damaged.
        DiskFull, OSError: nothing was changed.
    """
    checked_name(name)
    with voices_locked(state):
        known = _read(state)
        found = () if known is None else known.invitations
        ended = [one for one in found if one.voice == name and is_open(one, now)]
        if known is None or not ended:
            raise NoSuchVoice(
                f"No invitation for {name} is open.",
                mend="`kefuctl voice invitations` lists those that are.",
            )
        kept = tuple(_ended(one, now) if one in ended else one for one in found)
        write_record(_path(state), Invitations(salt=known.salt, invitations=kept))
    return ended[-1]


def of_voice(state: Path, name: str) -> tuple[Invitation, ...]:
    """All invitations of a voice, the newest first. Raises VoiceError: the file is damaged."""
    known = _read(state)
    found = () if known is None else known.invitations
    return tuple(one for one in reversed(found) if one.voice == name)


def forget(state: Path, name: str) -> None:
    """Remove all invitations of a voice. By somebody who holds the lock; a damaged file stays."""
    try:
        known = _read(state)
    except VoiceError:
        return
    if known is not None and any(one.voice == name for one in known.invitations):
        kept = tuple(one for one in known.invitations if one.voice != name)
        write_record(_path(state), Invitations(salt=known.salt, invitations=kept))


def is_open(invitation: Invitation, now: datetime) -> bool:
    """Whether it holds at ``now``: not before it was issued (the clock is wrong), nor after."""
    issued, expires = read_instant(invitation.issued_at), read_instant(invitation.expires_at)
    return issued - timedelta(minutes=2) <= now < expires


def sentences_done(state: Path, invitation: Invitation) -> tuple[int, ...]:
    """Numbers of the sentences that are on record and usable, in order; reads only."""
    try:
        enrolment = read_record(VoicePlaces(state, invitation.voice).enrolment, Enrolment)
    except NoSuchVoice:
        return ()
    usable = {sample.asked for sample in enrolment.samples if not sample.refusals}
    script = sentences(invitation.language)
    return tuple(number for number, text in enumerate(script, 1) if text in usable)


def has_consent(state: Path, invitation: Invitation) -> bool:
    """Whether consent was given already; reads only. Whether it holds is for others to judge."""
    return VoicePlaces(state, invitation.voice).consent.is_file()


def _read(state: Path) -> Invitations | None:
    try:
        return read_record(_path(state), Invitations)
    except NoSuchVoice:
        return None


def _path(state: Path) -> Path:
    return state / "voices" / "invitations.json"


def _ended(invitation: Invitation, now: datetime) -> Invitation:
    return msgspec.structs.replace(invitation, expires_at=written(now))


def _hash(code: str, salt: str) -> str:
    # Six digits are guessed from any hash in time; this one takes a day, and the codes end.
    return hashlib.scrypt(code.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1).hex()


def _check_fits(places: VoicePlaces, who: str, language: Language) -> None:
    """A voice that is there has its language and its person."""
    with suppress(NoSuchVoice):
        enrolled = read_record(places.enrolment, Enrolment)
        if enrolled.samples and enrolled.language != language:
            raise BadInvitation(
                f"{places.name} is a voice in {enrolled.language}.",
                mend=f"--language {enrolled.language}, or another name for the second language.",
            )
    with suppress(NoSuchVoice):
        said_by = read_record(places.consent, Consent).who
        if said_by != who:
            raise BadInvitation(
                f"{places.name} is the voice of {said_by}.",
                mend="Give each person a name of their own.",
            )


def _check_sayable(what: str, text: str, language: Language, *, needed: bool) -> None:
    if not text and not needed:
        return
    if not text:
        raise BadInvitation(f"{what} is empty.")
    if len(text) > MAX_VALUE_CHARACTERS:
        raise BadInvitation(f"{what} is longer than {MAX_VALUE_CHARACTERS} characters.")
    try:
        say(text, language, ValueKind(kind="text"), what)
    except NotSayable as reason:
        raise BadInvitation(f"{reason}.") from reason


def answer(state: Path, code: str, now: datetime) -> dict[str, str] | None:
    """What a scenario is told of the invitation with this code; None: there is none.

    Raises VoiceError: a record is damaged.
    """
    found = find(state, code, now)
    if found is None:
        return None
    return {
        "voice": found.voice,
        "language": found.language,
        "who": found.who,
        "purpose": found.purpose,
        "company": found.company,
        "consented": "yes" if has_consent(state, found) else "no",
        "done": _ranges(sentences_done(state, found)),
    }


def _ranges(numbers: tuple[int, ...]) -> str:
    """``1-12 14``: a reply's values are short."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return " ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in ranges)

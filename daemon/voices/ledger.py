"""The history of all voices: ``voices/ledger.jsonl``, appended to and never rewritten.

Each line is signed and holds the SHA-256 of the line before, so that none can be changed, left out
or put elsewhere. What an append that was cut off has left of a line is no entry: nobody was told of
it, and the next append takes its place. An older copy that is put back whole, of this folder alone
or of the state folder, is beyond it: what was revoked since then must be revoked again.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from daemon.objects.store import disk_full_as_error, sync_folder
from daemon.voices import key
from daemon.voices.clock import read_instant, written
from daemon.voices.errors import LedgerDamaged, SiteKeyUnusable, VoiceError
from daemon.voices.lock import held
from daemon.voices.ordinary_file import read_ordinary
from daemon.voices.signing import is_signed_by, sign

Event = Literal[
    "consent",
    "made",
    "refused",
    "approved",
    "revoked",
    "expired",
    "imported",
    "exported",
    "deleted",
]
FIRST: Final = "0" * 64
"""``previous`` of the first line."""
_ANY_CLOCK: Final = ("revoked", "deleted")
"""Written whatever the clock says: nobody is kept from taking a voice away."""
_LOCK: Final = ".ledger.lock"
"""A file of its own, that only who may write may open: who reads the ledger cannot lock it."""
_MOST_BYTES: Final = 64 << 20


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line."""

    format: Literal["kefu-voice-ledger/1"] = "kefu-voice-ledger/1"
    number: int
    """From 1."""
    at: str
    """ISO 8601, UTC, as the clock said."""
    event: Event
    voice: str
    by: str = ""
    """Who did it, where a person did."""
    reason: str = ""
    consent_id: str = ""
    voice_sha256: str = ""
    audio_sha256: str = ""
    """Of what was said as consent: the same recording is never taken twice."""
    previous: str
    """SHA-256 of the line before, its line end left out."""
    key_id: str = ""
    signature: str = ""


class History:
    """What the entries say, for those who ask."""

    def __init__(self, entries: Iterable[Entry], *, torn: bool = False) -> None:
        self.entries = tuple(entries)
        self.torn = torn
        """The end is what an interrupted append has left."""
        self._by_then = _latest(self.entries)
        self.latest: datetime | None = self._by_then[-1] if self._by_then else None
        """The latest that the clock ever said, whenever it was asked: it cannot go back behind
        this."""
        self.ended = _ended(self.entries)
        """Consents that hold no more, by id; with a voice's last all earlier ones of it end."""

    def last(self, voice: str, *events: Event) -> Entry | None:
        """The last entry of a voice that is one of these events."""
        found = (one for one in reversed(self.entries) if one.voice == voice)
        return next((one for one in found if one.event in events), None)

    def at(self, entry: Entry) -> datetime:
        """When an entry was made, whatever the clock said then; of what is possible, the latest.

        A revocation is written down with any clock: it lies behind what was written before it, and
        before what came after it.
        """
        said, earliest = read_instant(entry.at), self._by_then[entry.number - 1]
        after = (one for one in self.entries[entry.number :] if one.event not in _ANY_CLOCK)
        latest = next((read_instant(one.at) for one in after), said)
        return max(earliest or said, min(said, latest))

    def took(self, voice: str, consent_id: str) -> bool:
        """Whether this consent was given, or brought, to this voice here."""
        wanted = (voice, consent_id)
        return any(
            (one.voice, one.consent_id) == wanted
            for one in self.entries
            if one.event in ("consent", "imported")
        )

    def made(self, voice: str, voice_sha256: str, consent_ids: Iterable[str]) -> bool:
        """Whether these bytes were made, or brought, as this voice under one of these consents."""
        under = set(consent_ids)
        return any(
            (one.voice, one.voice_sha256) == (voice, voice_sha256) and one.consent_id in under
            for one in self.entries
            if one.event in ("made", "imported")
        )


class _Verified(msgspec.Struct, frozen=True, kw_only=True):
    """The lines that were verified last: of those that are still there only new ones are."""

    lines: bytes = b""
    entries: tuple[Entry, ...] = ()
    key_id: str = ""


class Ledger:
    """The file. Nothing is made before the first append."""

    def __init__(self, state: Path) -> None:
        self.path = state / "voices" / "ledger.jsonl"
        self._state = state
        self._verified_before = _Verified()

    def read(self) -> History:
        """All entries, each verified.

        Raises:
            LedgerDamaged: a line is no entry, not signed by this box, or not where it belongs.
        """
        try:
            content = read_ordinary(self.path, _MOST_BYTES)
        except FileNotFoundError:
            return History(())
        except VoiceError as reason:
            raise LedgerDamaged(reason.message) from reason
        except OSError as reason:
            raise LedgerDamaged(f"{self.path} cannot be read: {reason.strerror}.") from reason
        return self._verified(content)

    def append(
        self,
        event: Event,
        voice: str,
        *,
        now: datetime,
        by: str = "",
        reason: str = "",
        consent_id: str = "",
        voice_sha256: str = "",
        audio_sha256: str = "",
    ) -> Entry:
        """Write one entry durably; it holds from the moment that this returns.

        Raises:
            LedgerDamaged: what is there cannot be continued.
            SiteKeyUnusable: nothing can be signed.
            DiskFull, OSError: nothing was added.
        """
        signer = key.site_key(self._state)
        with disk_full_as_error("the ledger of the voices"), held(self.path.with_name(_LOCK)):
            descriptor = os.open(
                self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640
            )
            try:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise LedgerDamaged(f"{self.path} is no ordinary file.")
                if os.geteuid() == 0:  # the service reads what root writes
                    owner = self.path.parent.stat()
                    os.fchown(descriptor, owner.st_uid, owner.st_gid)
                content = _all(descriptor)
                history = self._verified(content)
                lines = content[: content.rfind(b"\n") + 1]
                entry = sign(
                    Entry(
                        number=len(history.entries) + 1,
                        at=written(now),
                        event=event,
                        voice=voice,
                        by=_text(by),
                        reason=_text(reason)[:500],
                        consent_id=consent_id,
                        voice_sha256=voice_sha256,
                        audio_sha256=audio_sha256,
                        previous=_previous(lines),
                    ),
                    signer,
                )
                _put(descriptor, len(lines), msgspec.json.encode(entry, order="sorted") + b"\n")
            finally:
                os.close(descriptor)
            sync_folder(self.path.parent)
        return entry

    def _verified(self, content: bytes) -> History:
        if len(content) > _MOST_BYTES:
            raise LedgerDamaged(f"{self.path} is larger than {_MOST_BYTES} bytes.")
        *lines, rest = content.split(b"\n")
        if not lines:
            return History((), torn=bool(rest))
        try:
            public = key.public_key(key.public_path(self._state))
        except SiteKeyUnusable as reason:
            raise LedgerDamaged(f"{self.path} cannot be verified: {reason.message}") from reason
        key_id = key.key_id(public)
        before = self._verified_before
        if before.key_id != key_id or not content.startswith(before.lines):
            before = _Verified()
        entries = list(before.entries)
        previous = _previous(before.lines)
        for number, line in enumerate(lines[len(entries) :], len(entries) + 1):
            entries.append(self._entry(line, number, previous, public))
            previous = hashlib.sha256(line).hexdigest()
        self._verified_before = _Verified(
            lines=content[: len(content) - len(rest)], entries=tuple(entries), key_id=key_id
        )
        return History(entries, torn=bool(rest))

    def _entry(self, line: bytes, number: int, previous: str, public: Ed25519PublicKey) -> Entry:
        try:
            entry = msgspec.json.decode(line, type=Entry)
            read_instant(entry.at)
        except (ValueError, msgspec.MsgspecError, RecursionError, VoiceError) as reason:
            raise LedgerDamaged(f"{self.path}:{number}: {str(reason)[:200]}.") from reason
        if not is_signed_by(entry, public):
            raise LedgerDamaged(f"{self.path}:{number} was not signed by this box.")
        if entry.previous != previous or entry.number != number:
            raise LedgerDamaged(f"{self.path}:{number} does not follow the line before it.")
        return entry


def _latest(entries: Iterable[Entry]) -> list[datetime | None]:
    """Up to each entry; None before one that asked whether the clock is right."""
    by_then: list[datetime | None] = []
    latest: datetime | None = None
    for one in entries:
        if one.event not in _ANY_CLOCK:
            said = read_instant(one.at)
            latest = said if latest is None else max(latest, said)
        by_then.append(latest)
    return by_then


def _ended(entries: Iterable[Entry]) -> dict[str, Entry]:
    given: dict[str, set[str]] = {}
    ended: dict[str, Entry] = {}
    for one in entries:
        ids = given.setdefault(one.voice, set())
        if one.consent_id:
            ids.add(one.consent_id)
        if one.event in ("revoked", "expired"):
            ended.update(dict.fromkeys(ids, one))
    return ended


def _text(given: str) -> str:
    """What a terminal of another encoding made no text of, with question marks in its place."""
    return given.encode("utf-8", "replace").decode()


def _previous(lines: bytes) -> str:
    if not lines:
        return FIRST
    return hashlib.sha256(lines[:-1].rpartition(b"\n")[2]).hexdigest()


def _all(descriptor: int) -> bytes:
    content = bytearray()
    while len(content) <= _MOST_BYTES:
        part = os.pread(descriptor, 1 << 20, len(content))
        if not part:
            break
        content += part
    return bytes(content)


def _put(descriptor: int, at: int, line: bytes) -> None:
    """Write the line in the place of whatever was torn there; what fails leaves nothing behind."""
    os.ftruncate(descriptor, at)
    try:
        done = 0
        while done < len(line):
            done += os.pwrite(descriptor, line[done:], at + done)
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, at)
        raise

"""Revocation: the speaker takes it back, and the voice leaves the box.

The ledger comes first: from its entry on no clause is synthesised, whatever is still there. Each
step may run twice, and the last entry says that nothing is left; until then ``sweep`` goes on.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from daemon.objects.errors import DiskFull
from daemon.objects.store import Store, disk_full_as_error
from daemon.voices import clock
from daemon.voices.consent import audio_bytes, run_out
from daemon.voices.drafts import remove_drafts
from daemon.voices.errors import LedgerDamaged, NoSuchVoice, VoiceError
from daemon.voices.files import read_record
from daemon.voices.invitation import forget
from daemon.voices.key import public_key, public_path
from daemon.voices.ledger import Event, History, Ledger
from daemon.voices.lock import voices_locked
from daemon.voices.pack import read_pack
from daemon.voices.places import OBJECT, VoicePlaces, all_names
from daemon.voices.records import Consent
from daemon.voices.release import folders_with, leave_out, manifests, settle
from daemon.voices.removal import Failures, is_there, remove
from daemon.voices.said_before import keep_print
from daemon.voices.signatory import signatory
from daemon.voices.signing import is_signed_by
from daemon.voices.traces import remove_recordings
from kefu.errors import KefuError

_STANDING: Final[tuple[Event, ...]] = (
    "consent",
    "made",
    "imported",
    "approved",
    "revoked",
    "expired",
    "deleted",
)
"""The last of these says what there is of a voice."""
_ENDING: Final = ("revoked", "expired")


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """A voice that is gone."""

    voice: str
    event: str
    """``revoked`` or ``expired``."""
    at: str
    by: str
    releases: tuple[str, ...]
    """Those that have taken the place of releases with the voice."""
    exported: tuple[str, ...]
    """When it was exported: those archives are elsewhere, and must be destroyed there."""


def revoke(state: Path, name: str, *, by: str, reason: str, now: datetime) -> Removed:
    """Remove a voice, its samples and its consent; what stays is that this was done.

    A wrong clock keeps nobody from it. Calls go on: their next sentence is in the stock voice.

    Args:
        state: the state folder.
        name: of the voice.
        by: who asks for it.
        reason: in their words.
        now: of the clock, with a zone.

    Raises:
        BadTerms: nobody asks for it.
        NoSuchVoice: there is nothing of it, and never was.
        LedgerDamaged, SiteKeyUnusable: its files are gone all the same, but nothing says so.
        DiskFull, OSError: the same command goes on.
    """
    person = signatory(by)
    places = VoicePlaces(state, name)
    with voices_locked(state), disk_full_as_error("the removal of a voice"):
        remove_drafts(state)
        ledger = Ledger(state)
        try:
            last = ledger.read().last(name, *_STANDING)
        except LedgerDamaged:
            _remove(state, places, set())
            raise
        there = is_there(places.folder) or is_there(places.draft)
        if last is None and not there:
            raise NoSuchVoice(f"There is no voice {name}.")
        if last is None or (last.event not in _ENDING and (there or last.event != "deleted")):
            _note(state, places, "revoked", person, reason, now)
        return _finish(state, places, now)


def sweep_expired(state: Path, now: datetime) -> tuple[Removed, ...]:
    """Remove voices whose consent has run out, and finish removals that were interrupted.

    Nothing expires while the clock is wrong; permits refuse all the same.

    Raises what ``revoke`` raises.
    """
    if not (state / "voices").is_dir():
        return ()
    with voices_locked(state), disk_full_as_error("the removal of voices"):
        remove_drafts(state)
        history = Ledger(state).read()
        done = []
        failures = Failures()
        for name in sorted({*all_names(state), *(one.voice for one in history.entries)}):
            places = VoicePlaces(state, name)
            with failures.kept():
                if _is_pending(history, places):
                    done.append(_finish(state, places, now))
                elif _expired(state, places, now) and not clock.is_wrong(now, history.latest):
                    _note(state, places, "expired", "", "", now)
                    done.append(_finish(state, places, now))
        failures.check()
        return tuple(done)


def _note(
    state: Path,
    places: VoicePlaces,
    event: Literal["revoked", "expired"],
    by: str,
    reason: str,
    now: datetime,
) -> None:
    ledger = Ledger(state)
    given = ledger.read().last(places.name, "consent", "imported")

    def append() -> None:
        ledger.append(
            event,
            places.name,
            now=now,
            by=by,
            reason=reason,
            consent_id=given.consent_id if given else "",
        )

    try:
        append()
    except DiskFull:
        # Without its approval nothing speaks; and what goes makes room for the entry.
        with suppress(OSError):
            remove(state, "voices", places.name, places.approval.name)
        with suppress(OSError):
            remove_recordings(state, places)
            remove(state, "voices", places.name)
        append()


def _finish(state: Path, places: VoicePlaces, now: datetime) -> Removed:
    """Everything that the entry in the ledger asks for, and the entry that it was done."""
    ledger = Ledger(state)
    history = ledger.read()
    ours = [one for one in history.entries if one.voice == places.name]
    end = next(one for one in reversed(ours) if one.event in _ENDING)
    releases: tuple[str, ...] = ()
    if _is_pending(history, places):
        packs = {one.voice_sha256 for one in ours if one.voice_sha256}
        releases = _remove(state, places, packs)
        ledger.append("deleted", places.name, now=now, consent_id=end.consent_id)
    return Removed(
        voice=places.name,
        event=end.event,
        at=end.at,
        by=end.by,
        releases=releases,
        exported=tuple(one.at for one in ours if one.event == "exported"),
    )


def _is_pending(history: History, places: VoicePlaces) -> bool:
    last = history.last(places.name, *_STANDING)
    if last is None:
        return False
    return last.event in _ENDING or (last.event == "deleted" and _came_back(places))


def _came_back(places: VoicePlaces) -> bool:
    """Whether something wrote into the folder behind its removal; a new enrolment has a lock."""
    if not os.path.lexists(places.folder):
        return is_there(places.folder) or is_there(places.draft)
    begun = (places.enrolment, places.consent, places.folder / ".lock")
    return places.folder.is_symlink() or not any(map(os.path.lexists, begun))


def _remove(state: Path, places: VoicePlaces, packs: set[str]) -> tuple[str, ...]:
    """All that there is of it. A step that fails keeps none of the others from being taken."""
    failures = Failures()
    releases: list[str] = []
    with suppress(OSError):  # it goes with its folder at the latest
        remove(state, "voices", places.name, places.approval.name)
    with suppress(VoiceError):
        packs = packs | {read_pack(places.pack)[1]}
    with failures.kept():
        settle(state)
        for folder, manifest in folders_with(state, places.name):
            packs = packs | {manifest.objects[f"{OBJECT}/{places.name}.bin"].sha256}
            releases.append(leave_out(state, folder, manifest, places.name))
    with failures.kept():
        of_others = {one.sha256 for found in manifests(state) for one in found.objects.values()}
        for sha256 in packs - of_others:
            Store(state / "objects").remove(sha256)
    _remove_files(state, places, failures)
    with failures.kept():
        forget(state, places.name)
    with failures.kept():
        remove(state, "cache", "phrases", places.name)
    failures.check()
    return tuple(dict.fromkeys(releases))


def _remove_files(state: Path, places: VoicePlaces, failures: Failures) -> None:
    """Its folder, the archive that was being taken, recordings of the calls it was read in."""
    folder = ("voices", places.name)
    for audio in (places.consent_audio, places.consent_before):  # of one that was taken earlier
        with suppress(OSError, KefuError):
            if content := audio_bytes(audio):
                keep_print(state, places.name, content)
    try:
        remove_recordings(state, places)
    except OSError:  # which calls they are of stands in the records, for the next try
        sounds = (places.samples, places.work, places.consent_audio, places.consent_before)
        for part in (*sounds, places.pack):
            with failures.kept():
                remove(state, *folder, part.name)
        with failures.kept():
            raise
    else:
        with failures.kept():
            remove(state, *folder)
    with failures.kept():
        remove(state, "voices", places.draft.name)


def _expired(state: Path, places: VoicePlaces, now: datetime) -> bool:
    try:
        consent = read_record(places.consent, Consent)
        signed = is_signed_by(consent, public_key(public_path(state)))
        return signed and run_out(consent, now) == "expired"
    except VoiceError:
        return False

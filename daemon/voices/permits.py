"""Whether a voice may speak now: approved, by consent, in time, and these very bytes."""

from __future__ import annotations

import logging
import os
from datetime import datetime
from pathlib import Path

import msgspec

from daemon.voices import clock
from daemon.voices.consent import kept_audio, run_out, why_not
from daemon.voices.errors import NoSuchVoice, VoiceError
from daemon.voices.files import read_record
from daemon.voices.key import public_key, public_path
from daemon.voices.ledger import History, Ledger
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Approval, Consent
from daemon.voices.signing import is_signed_by

_log = logging.getLogger("kefu.voices")
_Stamp = tuple[int, int, int, int] | None


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the files say of a voice, whatever the time is."""

    why_not: str = ""
    approval: Approval | None = None
    consent: Consent | None = None


class Permits:
    """Asked before every clause: six ``stat``; files are read and verified when they changed.

    Fails closed: what cannot be read or verified is no permit. From any thread.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._ledger = Ledger(state)
        self._seen: datetime | None = None
        """The latest that it was asked at: what expired then speaks no more."""
        self._history: tuple[tuple[_Stamp, ...], History | None] | None = None
        self._standing: dict[str, tuple[tuple[_Stamp, ...], _Standing]] = {}

    def allowed(
        self, name: str, voice_sha256: str, now: datetime, *, scenario: str | None = None
    ) -> str:
        """Why the voice may not speak; empty: it may.

        Args:
            name: of the voice; any text is taken.
            voice_sha256: digest of the pack that would speak.
            now: of the clock, with a zone.
            scenario: that it would speak in; None: in none.

        Returns:
            ``no_approval``, ``no_consent``, ``revoked``, ``expired``, ``clock_wrong``, ``damaged``,
            ``other_voice`` (other bytes than were approved), ``out_of_scope`` (a scenario that was
            not consented to), or empty.
        """
        try:
            return self._why_not(name, voice_sha256, now, scenario)
        except Exception:  # whatever was overlooked is no permit, and ends no call
            _log.exception("voice_permit_failed voice=%.40r", name)
            return "damaged"

    def approval(self, name: str) -> Approval | None:
        """The approval as ``allowed`` saw it last; None where there is none that counts."""
        kept = self._standing.get(name)
        return kept[1].approval if kept else None

    def _why_not(self, name: str, voice_sha256: str, now: datetime, scenario: str | None) -> str:
        try:
            places = VoicePlaces(self._state, name)
        except VoiceError:
            return "no_approval"
        base = (_stamp(self._ledger.path), _stamp(public_path(self._state)))
        history = self._read_history(base)
        if history is None:
            return "damaged"
        seen = max(filter(None, (self._seen, history.latest)), default=None)
        if clock.is_wrong(now, seen):
            return "clock_wrong"
        self._seen = max(filter(None, (self._seen, now)))
        files = (
            places.approval,
            places.consent,
            places.consent_audio,
            places.consent_before,
        )
        stamps = (*base, *map(_stamp, files))
        kept = self._standing.get(name)
        if kept is None or kept[0] != stamps:
            kept = (stamps, _standing(self._state, places, history))
            self._standing[name] = kept
        return _judged(kept[1], voice_sha256, now, scenario)

    def _read_history(self, base: tuple[_Stamp, ...]) -> History | None:
        """None: it is damaged. Kept until ledger or key change."""
        kept = self._history
        if kept is None or kept[0] != base:
            try:
                kept = (base, self._ledger.read())
            except VoiceError:
                kept = (base, None)
            self._history = kept
        return kept[1]


def _judged(standing: _Standing, voice_sha256: str, now: datetime, scenario: str | None) -> str:
    approval, consent = standing.approval, standing.consent
    if standing.why_not or approval is None or consent is None:
        return standing.why_not or "no_approval"
    if voice_sha256 != approval.voice_sha256:
        return "other_voice"
    # Not the approval's end, which is that of the consent before: a renewed one goes on.
    if why := run_out(consent, now):
        return why
    if scenario is not None:
        for scope in (approval.scope, consent.scope):
            if scope and scenario not in scope:
                return "out_of_scope"
    return ""


def _standing(state: Path, places: VoicePlaces, history: History) -> _Standing:
    last = history.last(places.name, "approved", "revoked", "expired", "deleted")
    ended = history.last(places.name, "revoked", "expired")
    if last is not None and last.event != "approved":
        return _Standing(why_not=ended.event if ended else "no_approval")
    try:
        approval = read_record(places.approval, Approval)
        public = public_key(public_path(state))
        clock.read_instant(approval.expires_at)
    except NoSuchVoice:
        return _Standing(why_not="no_approval")
    except VoiceError:
        return _Standing(why_not="damaged")
    if approval.voice != places.name or not is_signed_by(approval, public):
        return _Standing(why_not="damaged")
    noted = (approval.consent_id, approval.voice_sha256, approval.at)
    if last is None or (last.consent_id, last.voice_sha256, last.at) != noted:
        return _Standing(why_not="no_approval")
    try:
        consent = read_record(places.consent, Consent)
        clock.read_instant(consent.expires_at)
        clock.read_instant(consent.given_at)
    except NoSuchVoice:
        return _Standing(why_not="no_consent")
    except VoiceError:
        return _Standing(why_not="damaged")
    if approval.consent_id not in (consent.id, *consent.renews):
        return _Standing(why_not="no_consent")
    why = why_not(
        consent,
        voice=places.name,
        history=history,
        public=public,
        audio=kept_audio(places),
    )
    return _Standing(why_not=why, approval=None if why else approval, consent=consent)


def _stamp(path: Path) -> _Stamp:
    """Changes with every change of the file; None where there is none."""
    try:
        found = os.stat(path, follow_symlinks=False)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

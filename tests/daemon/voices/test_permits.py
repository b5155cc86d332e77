"""A voice speaks only while approval and consent hold, and in no other bytes."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from msgspec.structs import replace

from daemon.voices import permits as permits_module
from daemon.voices.approval import approve
from daemon.voices.files import read_record, write_record
from daemon.voices.key import site_key
from daemon.voices.ledger import Ledger
from daemon.voices.permits import Permits
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Approval, Consent
from daemon.voices.revoke import revoke
from daemon.voices.signing import sign
from tests.daemon.voices.voice_box import NOW, PACK, box, consented, made, ready, rewritten

NAME = "wang-xiaoming"
SHA = hashlib.sha256(PACK).hexdigest()
LATER = NOW + timedelta(days=1)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A voice that may speak."""
    ready(box(tmp_path), NAME)
    approve(tmp_path, NAME, by="Chen Li", now=NOW)
    return tmp_path


def test_an_approved_voice_speaks(state: Path) -> None:
    permits = Permits(state)
    assert permits.allowed(NAME, SHA, LATER) == ""
    assert permits.allowed(NAME, SHA, LATER, scenario="refund") == ""
    assert permits.allowed(NAME, "0" * 64, LATER) == "other_voice"
    assert permits.allowed("somebody", SHA, LATER) == "no_approval"
    assert permits.allowed("../../etc", SHA, LATER) == "no_approval"


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (datetime(1970, 1, 1, tzinfo=timezone.utc), "clock_wrong"),
        (NOW - timedelta(hours=1), "clock_wrong"),
        (NOW - timedelta(seconds=30), ""),
        (NOW + timedelta(days=364), ""),
        (NOW + timedelta(days=365), "expired"),
        (NOW + timedelta(days=3000), "expired"),
        (NOW + timedelta(days=9000), "clock_wrong"),
    ],
)
def test_time(state: Path, now: datetime, why: str) -> None:
    assert Permits(state).allowed(NAME, SHA, now) == why


def test_a_clock_that_is_put_back_brings_no_expired_voice_back(state: Path) -> None:
    """Nor before the daily check has written down that it expired."""
    permits = Permits(state)
    assert permits.allowed(NAME, SHA, NOW + timedelta(days=365)) == "expired"
    assert permits.allowed(NAME, SHA, NOW + timedelta(days=364)) == "clock_wrong"
    assert permits.allowed(NAME, SHA, NOW + timedelta(days=366)) == "expired"


def test_a_clock_that_is_being_set_stops_no_voice(state: Path) -> None:
    permits = Permits(state)
    assert permits.allowed(NAME, SHA, LATER) == ""
    assert permits.allowed(NAME, SHA, LATER - timedelta(minutes=1)) == ""


def test_what_happens_is_seen_by_permits_that_were_asked_before(state: Path) -> None:
    permits = Permits(state)
    places = VoicePlaces(state, NAME)
    assert permits.allowed(NAME, SHA, LATER) == ""
    audio = places.consent_audio.read_bytes()
    places.consent_audio.unlink()
    assert permits.allowed(NAME, SHA, LATER) == "damaged"
    places.consent_audio.write_bytes(audio)
    assert permits.allowed(NAME, SHA, LATER) == ""
    revoke(state, NAME, by="Wang", reason="", now=NOW)
    assert permits.allowed(NAME, SHA, LATER) == "revoked"


def test_a_change_that_hides_its_time_is_seen(state: Path) -> None:
    permits = Permits(state)
    places = VoicePlaces(state, NAME)
    assert permits.allowed(NAME, SHA, LATER) == ""
    found = places.approval.stat()
    content = places.approval.read_bytes().replace(b"Chen Li", b"Chen Lo")
    with places.approval.open("r+b") as file:
        file.write(content)
    os.utime(places.approval, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert permits.allowed(NAME, SHA, LATER) == "damaged"


def test_a_scenario_that_was_not_consented_to(tmp_path: Path) -> None:
    ready(box(tmp_path), NAME)
    consent = consented(tmp_path, NAME, scope=("order_status",), identity="ab" * 16)
    made(tmp_path, consent)
    approve(tmp_path, NAME, by="Chen Li", now=NOW)
    permits = Permits(tmp_path)
    assert permits.allowed(NAME, SHA, LATER, scenario="order_status") == ""
    assert permits.allowed(NAME, SHA, LATER, scenario="refund") == "out_of_scope"
    assert permits.allowed(NAME, SHA, LATER) == ""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda p: p.approval.unlink(), "no_approval"),
        (lambda p: p.consent.unlink(), "no_consent"),
        (lambda p: p.consent_audio.write_bytes(b"RIFF"), "damaged"),
        (
            lambda p: rewritten(p.approval, Approval, expires_at="2099-01-01T00:00:00+00:00"),
            "damaged",
        ),
        (
            lambda p: rewritten(p.consent, Consent, expires_at="2099-01-01T00:00:00+00:00"),
            "damaged",
        ),
        (lambda p: p.approval.write_bytes(b"{}"), "damaged"),
        (lambda p: p.approval.write_bytes(b"\xff" * 99), "damaged"),
        (lambda p: (p.approval.unlink(), p.approval.mkdir()), "damaged"),
        (lambda p: (p.folder.parent / "ledger.jsonl").unlink(), "no_approval"),
        (lambda p: (p.folder.parent / "ledger.jsonl").write_bytes(b"x\n"), "damaged"),
        (lambda p: (p.folder.parent / "key.pub").unlink(), "damaged"),
    ],
)
def test_hands_on_the_files(state: Path, change: object, why: str) -> None:
    change(VoicePlaces(state, NAME))  # type: ignore[operator]
    assert Permits(state).allowed(NAME, SHA, LATER) == why


def test_an_entry_that_was_cut_off_is_none(state: Path) -> None:
    ledger = state / "voices" / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes() + b'{"at":"2026-')
    assert Permits(state).allowed(NAME, SHA, LATER) == ""
    assert Ledger(state).read().torn
    Ledger(state).append("exported", NAME, now=NOW)
    assert not Ledger(state).read().torn


@pytest.mark.parametrize(
    "given", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "2026-12-01", "x", ""]
)
def test_a_signed_consent_of_no_time_is_no_permit(state: Path, given: str) -> None:
    places = VoicePlaces(state, NAME)
    consent = read_record(places.consent, Consent)
    signed = sign(replace(consent, given_at=given, signature=""), site_key(state))
    write_record(places.consent, signed)
    assert Permits(state).allowed(NAME, SHA, LATER) == "damaged"


def test_what_was_overlooked_is_no_permit(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def overflow(consent: Consent, now: datetime) -> str:
        raise OverflowError("date value out of range")

    monkeypatch.setattr(permits_module, "run_out", overflow)
    assert Permits(state).allowed(NAME, SHA, LATER) == "damaged"


def test_a_revocation_by_a_clock_that_was_never_set_holds(state: Path) -> None:
    revoke(state, NAME, by="Wang", reason="", now=datetime(1970, 1, 1, tzinfo=timezone.utc))
    assert Permits(state).allowed(NAME, SHA, LATER) == "revoked"

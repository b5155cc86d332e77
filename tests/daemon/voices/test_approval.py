"""Approved by a person: only what was made here by consent, and whole whenever it is killed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from daemon.install.weights import copy_release
from daemon.objects.errors import DiskFull
from daemon.objects.store import Store
from daemon.release import capacity
from daemon.release.release import load
from daemon.release.write import write
from daemon.voices.approval import approve
from daemon.voices.errors import BadTerms, NoConsent, NotToApprove, VoiceError
from daemon.voices.ledger import Ledger
from daemon.voices.permits import Permits
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Card, Consent, Refusal
from daemon.voices.release import with_voices, write_with_voices
from daemon.voices.revoke import revoke
from tests.daemon.voices.faults import full_at, killed_at
from tests.daemon.voices.voice_box import (
    NOW,
    PACK,
    box,
    consented,
    enrolled,
    ready,
    release_of,
    rewritten,
)

NAME, OTHER = "wang-xiaoming", "li-hua"
SHA = hashlib.sha256(PACK).hexdigest()
OBJECT = f"tts_personal/{NAME}.bin"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A voice that may be approved."""
    ready(box(tmp_path), NAME)
    return tmp_path


def test_it_becomes_part_of_the_release(state: Path) -> None:
    before = load(state, "lite")
    done = approve(state, NAME, by="Chen Li", now=NOW)
    release = load(state, "lite")
    assert done.releases == (release.name,)
    assert release.name != before.name
    assert release.path(OBJECT).read_bytes() == PACK
    assert release.settings == before.settings
    licence = release.manifest.objects[OBJECT].licence
    assert licence == f"LicenseRef-Consent-{done.approval.consent_id}"
    assert load(state, before.name).manifest == before.manifest


def test_again_changes_nothing(state: Path) -> None:
    first = approve(state, NAME, by="Chen Li", now=NOW)
    again = approve(state, NAME, by="Somebody", now=NOW + timedelta(days=1))
    assert again == first
    assert [one.event for one in Ledger(state).read().entries] == ["consent", "made", "approved"]


def test_a_pull_and_an_installation_keep_the_voices(state: Path, tmp_path: Path) -> None:
    approve(state, NAME, by="Chen Li", now=NOW)
    fresh = release_of()
    assert OBJECT in load(write_with_voices(state, fresh, NOW).parents[1], "lite").manifest.objects
    source = tmp_path / "source"
    source.mkdir()
    box(source)
    assert OBJECT in with_voices(state, release_of(), NOW).objects
    # Voices of the folder that is installed from stay there: nobody has consented to more.
    target = tmp_path / "target"
    copy_release(state, target, "lite")
    assert load(target, "lite").name == release_of().name
    assert not Store(target / "objects").has(SHA)


def test_how_many_calls_fit_is_known_of_the_new_release_too(state: Path) -> None:
    file, machine = state / capacity.FILE, capacity.this_machine()
    measured = capacity.Capacity(release=load(state, "lite").name, machine=machine, max_calls=3)
    capacity.store(file, measured)
    approve(state, NAME, by="Chen Li", now=NOW)
    assert capacity.stored_capacity(file, load(state, "lite").name) == 3


def test_a_pack_that_the_store_has_lost_is_put_back(state: Path) -> None:
    approve(state, NAME, by="Chen Li", now=NOW)
    Store(state / "objects").remove(SHA)
    write_with_voices(state, release_of(), NOW)
    assert load(state, "lite").path(OBJECT).read_bytes() == PACK


@pytest.mark.parametrize("kind", ["pipe", "link", "other", "none", "folder"])
def test_what_lies_in_the_place_of_a_lost_pack_is_left(state: Path, kind: str) -> None:
    approve(state, NAME, by="Chen Li", now=NOW)
    Store(state / "objects").remove(SHA)
    pack = VoicePlaces(state, NAME).pack
    pack.rename(state / "pack.bin")
    if kind == "pipe":
        os.mkfifo(pack)
    elif kind == "link":
        pack.symlink_to(state / "pack.bin")
    elif kind == "other":
        pack.write_bytes(PACK[4:] + PACK[:4])
    elif kind == "folder":
        pack.mkdir()
    assert with_voices(state, release_of(), NOW) == release_of()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda p: p.card.unlink(), NotToApprove),
        (lambda p: p.pack.unlink(), NotToApprove),
        (lambda p: p.pack.write_bytes(PACK[:-4]), VoiceError),
        (lambda p: p.pack.write_bytes(b"\xff" * len(PACK)), VoiceError),
        (lambda p: p.pack.write_bytes(PACK[4:] + PACK[:4]), NotToApprove),
        (lambda p: rewritten(p.card, Card, name=OTHER), NotToApprove),
        (lambda p: rewritten(p.card, Card, consent_id="0" * 32), NotToApprove),
        (
            lambda p: rewritten(
                p.card, Card, refusals=(Refusal(code="unlike", reason="unlike", mend="more"),)
            ),
            NotToApprove,
        ),
        (lambda p: p.consent.unlink(), NoConsent),
        (lambda p: p.consent_audio.unlink(), NoConsent),
        (lambda p: rewritten(p.consent, Consent, who="Somebody"), NoConsent),
        (lambda p: p.consent.write_bytes(b"\x00" * 99), NoConsent),
        (lambda p: p.card.write_bytes(b"{"), VoiceError),
    ],
)
def test_what_cannot_be_approved(
    state: Path, change: Callable[[VoicePlaces], object], error: type[VoiceError]
) -> None:
    change(VoicePlaces(state, NAME))
    with pytest.raises(error) as refused:
        approve(state, NAME, by="Chen Li", now=NOW)
    assert refused.value.instance_mend
    assert Permits(state).allowed(NAME, SHA, NOW) == "no_approval"
    assert load(state, "lite").name == release_of().name


def test_a_style_of_another_network_is_not_approved(state: Path) -> None:
    rewritten(VoicePlaces(state, NAME).card, Card, base_sha256="0" * 64)
    with pytest.raises(NotToApprove, match="another network"):
        approve(state, NAME, by="Chen Li", now=NOW)


def test_what_was_approved_for_one_network_is_in_no_release_of_another(
    state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    approve(state, NAME, by="Chen Li", now=NOW)
    release = load(state, "lite").manifest
    network = replace(release.objects["tts_kokoro/model.onnx"], sha256="1" * 64)
    other = replace(release, objects={**release.objects, "tts_kokoro/model.onnx": network})
    rewritten(VoicePlaces(state, NAME).card, Card, base_sha256="1" * 64, voice_sha256="2" * 64)
    assert OBJECT not in with_voices(state, other, NOW).objects, "a later fit is not what speaks"
    assert "reason=other_network" in caplog.text
    assert OBJECT in with_voices(state, release, NOW).objects


def test_another_pack_with_a_card_that_fits_was_not_made_here(state: Path) -> None:
    places = VoicePlaces(state, NAME)
    other = PACK[4:] + PACK[:4]
    places.pack.write_bytes(other)
    rewritten(places.card, Card, voice_sha256=hashlib.sha256(other).hexdigest())
    with pytest.raises(NotToApprove, match="knows nothing"):
        approve(state, NAME, by="Chen Li", now=NOW)


def test_a_link_in_place_of_the_pack(state: Path, tmp_path: Path) -> None:
    places = VoicePlaces(state, NAME)
    places.pack.rename(tmp_path / "elsewhere.bin")
    places.pack.symlink_to(tmp_path / "elsewhere.bin")
    with pytest.raises(VoiceError):
        approve(state, NAME, by="Chen Li", now=NOW)


@pytest.mark.parametrize(
    "by", ["", "  ", "x" * 121, "Chen\nLi", "\x1b[31m", "...", "123", "🙂", "\u3164", "\udce9"]
)
def test_it_is_a_person_who_approves(state: Path, by: str) -> None:
    with pytest.raises(BadTerms, match="person"):
        approve(state, NAME, by=by, now=NOW)


def test_a_name_from_a_chinese_keyboard_is_written_with_an_ordinary_space(state: Path) -> None:
    assert approve(state, NAME, by="Ｃｈｅｎ\u3000Li ", now=NOW).approval.by == "Chen Li"


def test_after_its_time_or_before(state: Path) -> None:
    for now in (NOW + timedelta(days=365), NOW - timedelta(days=1)):
        with pytest.raises(VoiceError):
            approve(state, NAME, by="Chen Li", now=now)


def test_killed_at_each_step(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever it is killed a whole release serves, with the voice or without; then it goes on."""
    for step in range(1, 200):
        with killed_at(step, monkeypatch) as steps:
            approve(state, NAME, by="Chen Li", now=NOW)
        objects = load(state, "lite").manifest.objects
        assert OBJECT not in objects or Permits(state).allowed(NAME, SHA, NOW) == ""
        if steps.count < step:
            break
    assert OBJECT in load(state, "lite").manifest.objects
    events = [one.event for one in Ledger(state).read().entries]
    assert events == ["consent", "made", "approved"]
    assert step > 20


def test_a_full_disk_at_each_step(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in range(1, 200):
        with full_at(step, monkeypatch) as steps, suppress(DiskFull):
            approve(state, NAME, by="Chen Li", now=NOW)
        assert load(state, "lite").manifest.objects
        if steps.count < step:
            break
    assert load(state, "lite").path(OBJECT).read_bytes() == PACK


def test_a_voice_that_speaks_is_not_touched_by_another_that_fails(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = PACK[4:] + PACK[:4]
    approve(state, NAME, by="Chen Li", now=NOW)
    ready(state, OTHER, seed=2, pack=other)
    for step in (1, 9, 17, 25, 33, 41):
        with killed_at(step, monkeypatch):
            approve(state, OTHER, by="Chen Li", now=NOW)
        assert Permits(state).allowed(NAME, SHA, NOW) == ""
        assert load(state, "lite").path(OBJECT).read_bytes() == PACK


def test_a_release_written_without_asking_leaves_the_permit(state: Path) -> None:
    approve(state, NAME, by="Chen Li", now=NOW)
    write(state, release_of())
    assert Permits(state).allowed(NAME, SHA, NOW) == ""
    assert approve(state, NAME, by="Chen Li", now=NOW).releases == (load(state, "lite").name,)
    assert OBJECT in load(state, "lite").manifest.objects
    revoke(state, NAME, by="Wang", reason="", now=NOW)
    assert OBJECT not in with_voices(state, release_of(), NOW).objects


def test_a_consent_renewed_by_hand_does_not_count(state: Path) -> None:
    approve(state, NAME, by="Chen Li", now=NOW)
    enrolled(state, NAME, seed=7)
    consented(state, NAME, seed=7, identity="7" * 32)
    assert Permits(state).allowed(NAME, SHA, NOW) == "no_consent"
    with pytest.raises(NotToApprove):
        approve(state, NAME, by="Chen Li", now=NOW)

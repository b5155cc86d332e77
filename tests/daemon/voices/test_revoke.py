"""Revoked: silent at once, gone from releases, store, caches and folder, whatever happens."""

from __future__ import annotations

import hashlib
import os
import signal
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from daemon.objects.errors import DiskFull
from daemon.objects.store import Store
from daemon.recording import files
from daemon.release import capacity
from daemon.release.manifest import Object, make, read
from daemon.release.release import load
from daemon.release.write import write
from daemon.voices import revoke as module
from daemon.voices.approval import approve
from daemon.voices.errors import LedgerDamaged, NoSuchVoice
from daemon.voices.files import read_record, write_record
from daemon.voices.invitation import find, invite
from daemon.voices.ledger import Ledger
from daemon.voices.permits import Permits
from daemon.voices.places import VoicePlaces, all_names
from daemon.voices.records import Enrolment
from daemon.voices.release import write_with_voices
from daemon.voices.revoke import revoke, sweep_expired
from tests.daemon.voices.faults import full_at, killed_at
from tests.daemon.voices.voice_box import NOW, PACK, box, consented, enrolled, ready, release_of

NAME, OTHER = "wang-xiaoming", "li-hua"
SHA = hashlib.sha256(PACK).hexdigest()
OTHER_PACK = PACK[4:] + PACK[:4]
OTHER_SHA = hashlib.sha256(OTHER_PACK).hexdigest()
LATER = NOW + timedelta(days=10)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Two voices that speak, and what they have left in the caches."""
    ready(box(tmp_path), NAME, seed=1)
    ready(tmp_path, OTHER, seed=2, pack=OTHER_PACK)
    for name in (NAME, OTHER):
        approve(tmp_path, name, by="Chen Li", now=NOW)
        phrases = tmp_path / "cache" / "phrases" / name
        phrases.mkdir(parents=True)
        (phrases / "hello.pcm").write_bytes(b"pcm")
    return tmp_path


def nothing_left(state: Path) -> None:
    assert all_names(state) == [OTHER]
    assert not [one for one in (state / "voices").iterdir() if NAME in one.name]
    assert not Store(state / "objects").has(SHA)
    assert not (state / "cache" / "phrases" / NAME).exists()
    for folder in (state / "releases").iterdir():
        assert f"tts_personal/{NAME}.bin" not in read(folder / "release.json").objects
    assert Permits(state).allowed(NAME, SHA, LATER) == "revoked"
    assert Permits(state).allowed(OTHER, OTHER_SHA, LATER) == ""
    release = load(state, "lite")
    assert release.path(f"tts_personal/{OTHER}.bin").read_bytes() == OTHER_PACK
    last = Ledger(state).read().last(NAME, "revoked", "deleted")
    assert last is not None
    assert last.event == "deleted"
    files = (one for one in state.rglob("*") if one.is_file() and not one.is_symlink())
    assert [one for one in files if PACK in one.read_bytes()] == []


def test_nothing_is_left_but_the_record(state: Path) -> None:
    done = revoke(state, NAME, by="Wang", reason="leaves", now=LATER)
    assert (done.event, done.by, len(done.releases)) == ("revoked", "Wang", 2)
    nothing_left(state)
    entry = Ledger(state).read().last(NAME, "revoked")
    assert entry is not None
    assert (entry.by, entry.reason) == ("Wang", "leaves")


def test_twice_is_once(state: Path) -> None:
    revoke(state, NAME, by="Wang", reason="", now=LATER)
    entries = len(Ledger(state).read().entries)
    again = revoke(state, NAME, by="Wang", reason="", now=LATER)
    assert again.event == "revoked"
    assert len(Ledger(state).read().entries) == entries
    with pytest.raises(NoSuchVoice):
        revoke(state, "nobody", by="Wang", reason="", now=LATER)


def test_a_reason_from_a_terminal_of_another_encoding_keeps_nobody_from_it(state: Path) -> None:
    reason = "离职".encode("gbk").decode("utf-8", "surrogateescape")
    revoke(state, NAME, by="Wang", reason=reason, now=NOW)
    assert not VoicePlaces(state, NAME).folder.exists()
    assert Ledger(state).read().entries[-1].voice == NAME


def test_who_may_only_read_cannot_hold_a_revocation_up(state: Path) -> None:
    revoke(state, NAME, by="Wang", reason="leaves", now=NOW)
    for name in (".lock", ".ledger.lock"):
        assert (state / "voices" / name).stat().st_mode & 0o077 == 0


def test_a_wrong_clock_keeps_nobody_from_it(state: Path) -> None:
    revoke(state, NAME, by="Wang", reason="", now=datetime(1970, 1, 1, tzinfo=timezone.utc))
    nothing_left(state)


def test_who_starts_the_old_release_by_name_gets_the_new_one(state: Path) -> None:
    before = load(state, "lite").name
    revoke(state, NAME, by="Wang", reason="", now=LATER)
    assert load(state, before).name == load(state, "lite").name != before


def test_an_older_release_goes_back_without_the_voice(state: Path) -> None:
    older = load(state, "lite").manifest
    newer = make("lite", older.objects, {"tts_kokoro": {"threads": 1}}, {})
    write_with_voices(state, newer, LATER)
    revoke(state, NAME, by="Wang", reason="", now=LATER)
    assert load(state, older.name).settings == older.settings
    assert load(state, "lite").settings == {"tts_kokoro": {"threads": 1}}
    nothing_left(state)


def test_how_many_calls_fit_goes_with_the_release(state: Path) -> None:
    file, machine = state / capacity.FILE, capacity.this_machine()
    now = load(state, "lite").name
    capacity.store(file, capacity.Capacity(release=now, machine=machine, max_calls=3))
    revoke(state, NAME, by="Wang", reason="", now=LATER)
    assert capacity.stored_capacity(file, load(state, "lite").name) == 3


def test_killed_at_each_step(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever it is killed: silent, or the ledger does not know yet; then it goes on."""
    for step in range(1, 400):
        with killed_at(step, monkeypatch) as steps:
            revoke(state, NAME, by="Wang", reason="", now=LATER)
        assert Permits(state).allowed(OTHER, OTHER_SHA, LATER) == ""
        assert load(state, "lite").path(f"tts_personal/{OTHER}.bin").exists()
        noted = Ledger(state).read().last(NAME, "revoked") is not None
        assert not noted or Permits(state).allowed(NAME, SHA, LATER) == "revoked"
        if steps.count < step:
            break
    nothing_left(state)
    assert step > 30


def test_a_sweep_goes_on_where_it_was_killed(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with killed_at(25, monkeypatch):
        revoke(state, NAME, by="Wang", reason="", now=LATER)
    assert [one.voice for one in sweep_expired(state, LATER)] == [NAME]
    nothing_left(state)
    assert sweep_expired(state, LATER) == ()


def test_a_full_disk_at_each_step(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk keeps no voice speaking."""
    for step in range(1, 200):
        with full_at(step, monkeypatch) as steps, suppress(DiskFull):
            revoke(state, NAME, by="Wang", reason="", now=LATER)
        # The lock alone comes before anything is tried.
        assert step == 1 or Permits(state).allowed(NAME, SHA, LATER) != ""
        assert Permits(state).allowed(OTHER, OTHER_SHA, LATER) == ""
        if steps.count < step:
            break
    revoke(state, NAME, by="Wang", reason="", now=LATER)
    nothing_left(state)


def test_a_damaged_ledger_leaves_no_voice(state: Path) -> None:
    ledger = state / "voices" / "ledger.jsonl"
    ledger.write_bytes(b"x\n" + ledger.read_bytes())
    with pytest.raises(LedgerDamaged):
        revoke(state, NAME, by="Wang", reason="", now=LATER)
    assert all_names(state) == [OTHER]
    assert not Store(state / "objects").has(SHA)


def test_what_has_run_out_is_removed(state: Path) -> None:
    assert sweep_expired(state, NOW + timedelta(days=364)) == ()
    assert sweep_expired(state, datetime(1970, 1, 1, tzinfo=timezone.utc)) == ()
    gone = sweep_expired(state, NOW + timedelta(days=365))
    assert sorted((one.voice, one.event) for one in gone) == [(OTHER, "expired"), (NAME, "expired")]
    assert all_names(state) == []
    assert Permits(state).allowed(NAME, SHA, NOW + timedelta(days=365)) == "expired"
    assert load(state, "lite").name == release_of().name


def test_a_name_may_be_used_again(state: Path) -> None:
    revoke(state, NAME, by="Wang", reason="", now=LATER)
    enrolled(state, NAME, seed=5)
    consented(state, NAME, seed=5, now=LATER)
    assert sweep_expired(state, LATER) == ()
    revoke(state, NAME, by="Wang", reason="", now=LATER)
    assert all_names(state) == [OTHER]


def test_one_pack_under_two_names_stays_for_the_other(tmp_path: Path) -> None:
    ready(box(tmp_path), NAME, seed=1)
    ready(tmp_path, OTHER, seed=2)
    for name in (NAME, OTHER):
        approve(tmp_path, name, by="Chen Li", now=NOW)
    revoke(tmp_path, NAME, by="Wang", reason="", now=NOW)
    assert load(tmp_path, "lite").path(f"tts_personal/{OTHER}.bin").read_bytes() == PACK


def test_other_profiles_are_left_alone(state: Path) -> None:
    store = Store(state / "objects")
    sha256, size = store.add([b"weights"], sha256=None, what="weights")
    training = make(
        "voice", {"speaker/model": Object(sha256=sha256, bytes=size, licence="MIT")}, {}, {}
    )
    write(state, training)
    assert write_with_voices(state, training, LATER).name == training.name
    revoke(state, NAME, by="Wang", reason="", now=LATER)
    assert load(state, "voice").name == training.name


def test_a_revocation_with_a_clock_two_years_ahead_holds_nobody_up(state: Path) -> None:
    revoke(state, NAME, by="Wang", reason="", now=NOW + timedelta(days=730))
    assert Permits(state).allowed(OTHER, OTHER_SHA, LATER) == ""


@pytest.mark.parametrize("year", [2037, 2100])
def test_a_clock_that_is_far_ahead_ends_no_voice(state: Path, year: int) -> None:
    ahead = datetime(year, 1, 1, tzinfo=timezone.utc)
    assert sweep_expired(state, ahead) == ()
    assert Permits(state).allowed(OTHER, OTHER_SHA, ahead) == "clock_wrong"
    revoke(state, NAME, by="Wang", reason="", now=ahead)
    assert Permits(state).allowed(OTHER, OTHER_SHA, LATER) == ""
    assert sweep_expired(state, LATER) == ()
    assert all_names(state) == [OTHER]


@pytest.mark.parametrize("source", ["call deadbeef.wav", "call deadbeefdead", "call 0, sentence 1"])
def test_a_file_that_is_named_like_a_call_deletes_no_recording(tmp_path: Path, source: str) -> None:
    places = enrolled(box(tmp_path), NAME)
    record = read_record(places.enrolment, Enrolment)
    sample = msgspec.structs.replace(record.samples[0], source=source)
    write_record(places.enrolment, msgspec.structs.replace(record, samples=(sample,)))
    day = tmp_path / "recordings" / "2026-11-30"
    day.mkdir(parents=True)
    for call in ("deadbeefdead" + "0" * 20, "0" * 32):
        (day / f"{call}.wav").write_bytes(b"RIFF")
    revoke(tmp_path, NAME, by="Wang", reason="", now=NOW)
    assert len(list(day.iterdir())) == 2


def test_what_a_kill_left_half_written_is_swept(state: Path) -> None:
    folder = state / "voices"
    old = [
        folder / ".invitations.json.abcd1234",
        folder / OTHER / ".consent.0a1b2c_d.wav",
        folder / OTHER / ".approval.json.zzzzzzzz",
    ]
    away = state / "elsewhere"
    away.mkdir()
    (away / ".secret.settings").write_bytes(b"")
    os.utime(away / ".secret.settings", (0, 0))
    (folder / "evil-one").symlink_to(away)
    (folder / ".consents").mkdir(exist_ok=True)
    old.append(folder / ".consents" / f".{OTHER}.{'0' * 64}.abcdefgh")
    new, kept = folder / OTHER / ".enrolment.json.abcdefgh", folder / ".lock"
    for path in (*old, new, kept):
        path.write_bytes(b"speech")
        if path is not new:
            os.utime(path, (0, 0))
    sweep_expired(state, LATER)
    assert [path for path in (*old, new, kept) if path.exists()] == [new, kept]
    assert (away / ".secret.settings").exists()
    assert Permits(state).allowed(OTHER, OTHER_SHA, LATER) == ""


def test_samples_alone(tmp_path: Path) -> None:
    enrolled(box(tmp_path), NAME)
    assert revoke(tmp_path, NAME, by="Wang", reason="", now=NOW).event == "revoked"
    assert all_names(tmp_path) == []
    assert not VoicePlaces(tmp_path, NAME).folder.exists()


def test_recordings_of_the_calls_that_it_was_read_in_go_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = enrolled(box(tmp_path), NAME)
    call, other = "3f2a" * 8, "77aa" * 8
    record = read_record(places.enrolment, Enrolment)
    sample = msgspec.structs.replace(record.samples[0], source=f"call {call[:12]}, sentence 7")
    write_record(places.enrolment, msgspec.structs.replace(record, samples=(sample,)))
    day = tmp_path / "recordings" / "2026-11-30"
    day.mkdir(parents=True)
    for one in (call, other):
        (day / f"{one}.wav").write_bytes(b"RIFF")
    earlier = tmp_path / "recordings" / "2026-11-29" / f"{call}.wav"
    earlier.parent.mkdir()
    earlier.write_bytes(b"RIFF")
    code, _ = invite(
        tmp_path,
        NAME,
        who="王小明",
        purpose="接听客户来电",
        company="",
        language="zh",
        days=7,
        now=NOW,
    )
    delete = files.delete

    def broken(path: Path) -> bool:
        if path == earlier:
            raise PermissionError("recordings")
        return delete(path)

    with monkeypatch.context() as patch:
        patch.setattr(files, "delete", broken)
        with pytest.raises(PermissionError):
            revoke(tmp_path, NAME, by="Wang", reason="", now=NOW)
    assert [one.name for one in day.iterdir()] == [f"{other}.wav"]
    assert sweep_expired(tmp_path, NOW)
    assert not earlier.exists()
    assert find(tmp_path, code, NOW) is None


def test_no_link_leads_it_out_of_the_state_folder(
    state: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    precious = tmp_path_factory.mktemp("home") / NAME / "precious"
    precious.parent.mkdir()
    precious.write_bytes(b"mine")
    (state / "cache" / "phrases").rename(state / "cache" / "before")
    (state / "cache" / "phrases").symlink_to(precious.parents[1])
    with pytest.raises(NotADirectoryError, match="link"):
        revoke(state, NAME, by="Wang", reason="", now=LATER)
    assert precious.read_bytes() == b"mine"
    assert all_names(state) == [OTHER]
    (state / "cache" / "phrases").unlink()
    assert [one.voice for one in sweep_expired(state, LATER)] == [NAME]
    assert precious.read_bytes() == b"mine"
    nothing_left(state)


@pytest.mark.parametrize("place", ["voices", "cache/phrases"])
@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_what_lies_in_the_way_of_a_removal_goes_too(state: Path, place: str, kind: str) -> None:
    obstacle = state / place / f".{NAME}.gone"
    if kind == "file":
        obstacle.write_bytes(b"")
    elif kind == "link":
        obstacle.symlink_to(state / place / OTHER)
    else:
        (obstacle / "deeper").mkdir(parents=True)
        (obstacle / "deeper" / "out").symlink_to(state / place / OTHER)
    revoke(state, NAME, by="Wang", reason="", now=LATER)
    nothing_left(state)
    assert (state / "cache" / "phrases" / OTHER / "hello.pcm").exists()


def test_a_step_that_fails_keeps_no_samples(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other steps are taken, the error is told, and the next sweep takes what is left."""

    def broken(*_: object) -> str:
        raise PermissionError("releases")

    with monkeypatch.context() as patch:
        patch.setattr(module, "leave_out", broken)
        with pytest.raises(PermissionError):
            revoke(state, NAME, by="Wang", reason="", now=LATER)
        assert all_names(state) == [OTHER]
        with pytest.raises(PermissionError):
            sweep_expired(state, NOW + timedelta(days=365))
        assert all_names(state) == []
    sweep_expired(state, LATER)
    last = Ledger(state).read().last(NAME, "revoked", "deleted")
    assert last is not None
    assert last.event == "deleted"
    assert not Store(state / "objects").has(SHA)


def test_recordings_that_cannot_be_deleted_are_known_until_they_are(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = VoicePlaces(state, NAME)

    def broken(*_: object) -> int:
        raise PermissionError("recordings")

    with monkeypatch.context() as patch:
        patch.setattr(module, "remove_recordings", broken)
        with pytest.raises(PermissionError):
            revoke(state, NAME, by="Wang", reason="", now=LATER)
    left = sorted(one.name for one in places.folder.iterdir())
    assert left == ["approved-card.json", "card.json", "consent.json", "enrolment.json"]
    sweep_expired(state, LATER)
    nothing_left(state)


def test_what_a_job_wrote_behind_the_removal_is_swept(state: Path) -> None:
    """A new enrolment of the same name is something else."""
    revoke(state, NAME, by="Wang", reason="", now=LATER)
    places = VoicePlaces(state, NAME)
    places.work.mkdir(parents=True)
    places.pack.write_bytes(PACK)
    assert [one.voice for one in sweep_expired(state, LATER)] == [NAME]
    nothing_left(state)
    enrolled(state, NAME, seed=5)
    assert sweep_expired(state, LATER) == ()
    assert places.enrolment.exists()


def test_an_import_that_was_killed_leaves_nothing_behind_it(state: Path) -> None:
    places = VoicePlaces(state, NAME)
    draft = state / "voices" / f".{NAME}.import"
    places.folder.rename(draft)
    revoke(state, NAME, by="Wang", reason="", now=LATER)
    nothing_left(state)
    draft.mkdir()
    (draft / "voice.bin").write_bytes(PACK)
    sweep_expired(state, LATER)
    nothing_left(state)


def test_a_pipe_in_the_place_of_the_voice_holds_nobody_up(state: Path) -> None:
    places = VoicePlaces(state, NAME)
    places.pack.unlink()
    os.mkfifo(places.pack)
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits at the pipe"))
    signal.alarm(10)
    try:
        revoke(state, NAME, by="Wang", reason="", now=LATER)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    nothing_left(state)

"""A voice goes from box to box with its consent; what was tampered with does not."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from daemon.voices import archive, key
from daemon.voices.approval import approve
from daemon.voices.consent import holding
from daemon.voices.errors import (
    ArchiveRefused,
    NoConsent,
    NotToApprove,
    TrustUnusable,
    VoiceError,
    VoiceExists,
)
from daemon.voices.files import read_record, write_record
from daemon.voices.ledger import Ledger
from daemon.voices.permits import Permits
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Card, Consent, Refusal
from daemon.voices.revoke import revoke
from daemon.voices.signing import sign
from tests.daemon.voices.voice_box import NOW, PACK, box, consented, enrolled, made, ready

NAME = "wang-xiaoming"
SHA = hashlib.sha256(PACK).hexdigest()


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """A box with a voice."""
    (tmp_path / "there").mkdir()
    ready(box(tmp_path / "there"), NAME)
    return tmp_path / "there"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A box without."""
    (tmp_path / "here").mkdir()
    return box(tmp_path / "here")


@pytest.fixture
def file(there: Path, tmp_path: Path) -> Path:
    """The archive of the voice."""
    path = tmp_path / "voice.tar"
    path.write_bytes(archive.export(there, NAME, now=NOW))
    return path


def test_a_voice_comes_with_its_consent_and_needs_an_approval(
    there: Path, here: Path, file: Path
) -> None:
    brought = archive.bring(here, file, trust=key.public_path(there), now=NOW)
    assert brought.who == "王小明"
    assert Permits(here).allowed(NAME, SHA, NOW) == "no_approval"
    assert holding(here, NAME, NOW).id == holding(there, NAME, NOW).id
    approve(here, NAME, by="Chen Li", now=NOW)
    assert Permits(here).allowed(NAME, SHA, NOW) == ""
    assert not VoicePlaces(here, NAME).samples.exists()
    assert Ledger(there).read().entries[-1].event == "exported"


def test_a_box_that_is_not_trusted(here: Path, file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    ready(box(tmp_path / "other"), "li-hua")
    with pytest.raises(ArchiveRefused, match="not made by the box"):
        archive.bring(here, file, trust=key.public_path(tmp_path / "other"), now=NOW)
    with pytest.raises(TrustUnusable):
        archive.bring(here, file, trust=tmp_path / "no.pub", now=NOW)
    with pytest.raises(TrustUnusable):
        archive.bring(here, file, trust=file, now=NOW)


def test_a_consent_that_ended_does_not_come_back(there: Path, here: Path, file: Path) -> None:
    trust = key.public_path(there)
    with pytest.raises(NoConsent, match="expired"):
        archive.bring(here, file, trust=trust, now=NOW + timedelta(days=366))
    archive.bring(here, file, trust=trust, now=NOW)
    with pytest.raises(VoiceExists):
        archive.bring(here, file, trust=trust, now=NOW)
    revoke(here, NAME, by="Wang", reason="", now=NOW)
    with pytest.raises(NoConsent, match="revoked"):
        archive.bring(here, file, trust=trust, now=NOW)
    assert Permits(here).allowed(NAME, SHA, NOW) == "revoked"


def of_consent(there: Path, file: Path, **fields: object) -> Path:
    """The archive of a box that says something else of the consent, and signs it."""
    places = VoicePlaces(there, NAME)
    consent = replace(read_record(places.consent, Consent), signature="", **fields)
    write_record(places.consent, sign(consent, key.site_key(there)))
    file.write_bytes(archive.export(there, NAME, now=NOW))
    return file


def test_a_consent_of_tomorrow_and_one_of_nobody_do_not_come(
    there: Path, here: Path, file: Path
) -> None:
    trust = key.public_path(there)
    with pytest.raises(NoConsent, match="clock_wrong"):
        archive.bring(here, file, trust=trust, now=NOW - timedelta(days=1))
    of_consent(there, file, who="")
    with pytest.raises(ArchiveRefused, match="Nobody consented"):
        archive.bring(here, file, trust=trust, now=NOW)
    assert not VoicePlaces(here, NAME).folder.exists()


def test_what_did_not_pass_is_not_exported(there: Path) -> None:
    places = VoicePlaces(there, NAME)
    refused = Refusal(code="too_far", reason="far", mend="more")
    write_record(places.card, replace(read_record(places.card, Card), refusals=(refused,)))
    with pytest.raises(NotToApprove, match="did not pass"):
        archive.export(there, NAME, now=NOW)


def test_a_call_of_the_other_box_is_none_here(there: Path, here: Path, file: Path) -> None:
    """A revocation deletes the recording of the call in which it was said."""
    call = "0" * 32
    of_consent(there, file, call=call, channel="call")
    archive.bring(here, file, trust=key.public_path(there), now=NOW)
    day = here / "recordings" / "2026-12-01"
    day.mkdir(parents=True)
    (day / f"{call}.wav").write_bytes(b"RIFF")
    revoke(here, NAME, by="Wang", reason="", now=NOW)
    assert (day / f"{call}.wav").exists()


def test_what_was_revoked_by_a_clock_that_was_never_set_stays_so(
    there: Path, here: Path, file: Path
) -> None:
    older = file.read_bytes()
    consented(there, NAME, now=NOW + timedelta(days=1))
    made(there, read_record(VoicePlaces(there, NAME).consent, Consent))
    file.write_bytes(archive.export(there, NAME, now=NOW + timedelta(days=1)))
    trust, later = key.public_path(there), NOW + timedelta(days=2)
    archive.bring(here, file, trust=trust, now=later)
    revoke(here, NAME, by="Wang", reason="", now=datetime(1970, 1, 1, 0, 5, tzinfo=timezone.utc))
    file.write_bytes(older)
    with pytest.raises(NoConsent, match="revoked"):
        archive.bring(here, file, trust=trust, now=later)


def test_a_voice_without_consent_is_not_exported(tmp_path: Path) -> None:
    enrolled(box(tmp_path), NAME)
    with pytest.raises(NoConsent):
        archive.export(tmp_path, NAME, now=NOW)
    consent = consented(tmp_path, NAME)
    with pytest.raises(VoiceError, match="not been made"):
        archive.export(tmp_path, NAME, now=NOW)
    made(tmp_path, consent)
    VoicePlaces(tmp_path, NAME).consent_audio.unlink()
    with pytest.raises(NoConsent):
        archive.export(tmp_path, NAME, now=NOW)


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]


def packed(parts: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w") as tar:
        for info, content in parts:
            tar.addfile(info, io.BytesIO(content))
    return into.getvalue()


def part(name: str, content: bytes, **changes: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in changes.items():
        setattr(info, field, value)
    return info, content


def parts(found: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return [part(name, content) for name, content in found.items()]


def with_part(name: str, content: bytes) -> Callable[[dict[str, bytes]], bytes]:
    return lambda found: packed(
        [part(one, data) for one, data in (found | {name: content}).items()]
    )


def extra(info: tuple[tarfile.TarInfo, bytes]) -> Callable[[dict[str, bytes]], bytes]:
    return lambda found: packed([*parts(found), info])


def without(name: str) -> Callable[[dict[str, bytes]], bytes]:
    return lambda found: packed([part(one, data) for one, data in found.items() if one != name])


HOSTILE: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "nothing": lambda found: b"",
    "no tar": lambda found: b"\xff" * 4096,
    "gzip": lambda found: b"\x1f\x8b" + b"\0" * 600,
    "cut off": lambda found: packed(parts(found))[:-200_000],
    "too large": lambda found: bytes(40 << 20),
    "another pack": with_part("voice.bin", bytes(len(PACK))),
    "another consent audio": with_part("consent.wav", b"RIFF"),
    "another card": with_part("card.json", b"{}"),
    "no card": without("card.json"),
    "no signature": with_part("archive.json", b'{"voice":"x","exported_at":"","sha256":{}}'),
    "another name": lambda found: with_part(
        "archive.json", found["archive.json"].replace(b"wang-xiaoming", b"wang-xiaoman")
    )(found),
    "deep JSON": with_part("archive.json", b"[" * 100_000),
    "twice": extra(part("voice.bin", PACK)),
    "a path": extra(part("../../etc/passwd", b"root")),
    "an absolute path": extra(part("/etc/passwd", b"root")),
    "a link": extra(part("link", b"", type=tarfile.SYMTYPE, linkname="/etc")),
    "a hard link": extra(part("consent.json", b"", type=tarfile.LNKTYPE, linkname="/etc/passwd")),
    "a device": extra(part("dev", b"", type=tarfile.CHRTYPE)),
    "a folder": extra(part("samples", b"", type=tarfile.DIRTYPE)),
    "a link in place of the consent": lambda found: packed(
        [
            part(one, data)
            if one != "consent.wav"
            else part(one, b"", type=tarfile.SYMTYPE, linkname="voice.bin")
            for one, data in found.items()
        ]
    ),
    "a member that is too large": with_part("card.json", b" " * (2 << 20)),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_archives(
    there: Path, here: Path, file: Path, change: Callable[[dict[str, bytes]], bytes]
) -> None:
    file.write_bytes(change(members(file)))
    with pytest.raises(ArchiveRefused) as refused:
        archive.bring(here, file, trust=key.public_path(there), now=NOW)
    assert refused.value.instance_mend
    assert not (here / "voices").exists()


def test_a_box_that_signs_what_it_should_not(there: Path, here: Path, file: Path) -> None:
    """Even the trusted one: a consent to another voice, or in another recording, is none."""
    found = members(file)
    signer = key.site_key(there)
    contents = msgspec.json.decode(found["archive.json"], type=archive.Contents)
    for name, content in (
        ("consent.wav", b"RIFF"),
        ("voice.bin", bytes(len(PACK))),
        ("voice.bin", b"\xff" * len(PACK)),
        ("consent.json", found["consent.json"].replace(b"wang-xiaoming", b"wang-xiaoman")),
    ):
        changed = found | {name: content}
        digests = contents.sha256 | {name: hashlib.sha256(content).hexdigest()}
        signed = sign(replace(contents, sha256=digests), signer)
        changed["archive.json"] = msgspec.json.encode(signed)
        file.write_bytes(packed(parts(changed)))
        with pytest.raises(ArchiveRefused):
            archive.bring(here, file, trust=key.public_path(there), now=NOW)


def test_an_archive_of_before_a_renewal_is_of_no_use_after_a_revocation(
    there: Path, here: Path, file: Path, tmp_path: Path
) -> None:
    """The consent that it holds was never here; the one that went on from it was."""
    before = holding(there, NAME, NOW)
    later, trust = NOW + timedelta(days=1), key.public_path(there)
    renewed = consented(there, NAME, identity="ab" * 16, now=later)
    renewed = sign(replace(renewed, renews=(before.id,), signature=""), key.site_key(there))
    write_record(VoicePlaces(there, NAME).consent, renewed)
    second = tmp_path / "second.tar"
    second.write_bytes(archive.export(there, NAME, now=later))
    archive.bring(here, second, trust=trust, now=later)
    revoke(here, NAME, by="Wang", reason="", now=later + timedelta(hours=1))
    with pytest.raises(NoConsent, match="revoked here after"):
        archive.bring(here, file, trust=trust, now=later + timedelta(hours=2))
    assert not VoicePlaces(here, NAME).folder.exists()


@pytest.mark.parametrize("kind", ["link", "pipe", "other audio", "folder"])
def test_the_audio_that_goes_out_is_what_was_consented_in(
    there: Path, tmp_path: Path, kind: str
) -> None:
    """A renewal that was cut off leaves the consent's audio beside its place."""
    places = VoicePlaces(there, NAME)
    whole = places.consent_audio.read_bytes()
    places.consent_audio.rename(places.consent_before)
    secret = tmp_path / "secret"
    secret.write_bytes(b"of root")
    if kind == "link":
        places.consent_audio.symlink_to(secret)
    elif kind == "pipe":
        os.mkfifo(places.consent_audio)
    elif kind == "folder":
        places.consent_audio.mkdir()
    else:
        places.consent_audio.write_bytes(b"RIFF")
    (tmp_path / "out.tar").write_bytes(archive.export(there, NAME, now=NOW))
    assert members(tmp_path / "out.tar")["consent.wav"] == whole


def test_a_key_may_be_named_by_a_link(there: Path, here: Path, file: Path, tmp_path: Path) -> None:
    (tmp_path / "there.pub").symlink_to(key.public_path(there))
    assert archive.bring(here, file, trust=tmp_path / "there.pub", now=NOW).voice == NAME

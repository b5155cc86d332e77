"""No voice without consent: 1,000 tries, none of which speaks or gets into a release.

Each try begins with two people and one voice that was approved by consent, and takes something of
it away, or puts something of somebody else's in its place. Likeness is that of stand-ins: whose
voice a real recording is in, is measured by ``benchmarks/consent.py``.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pytest

from daemon.voices.approval import approve
from daemon.voices.consent_speaker import Known, speaker_refusals
from daemon.voices.errors import VoiceError
from daemon.voices.files import write_record
from daemon.voices.key import site_key
from daemon.voices.permits import Permits
from daemon.voices.places import OBJECT, VoicePlaces
from daemon.voices.records import Approval, Card, Consent
from daemon.voices.release import with_voices
from daemon.voices.revoke import revoke
from daemon.voices.signing import sign
from tests.daemon.voices.voice_box import (
    NOW,
    PACK,
    box,
    card,
    consented,
    direction,
    enrolled,
    ready,
    release_of,
    rewritten,
)

TRIES = 1_000
NAME, OTHER = "wang-xiaoming", "li-hua"
OTHER_PACK = PACK[4:] + PACK[:4]
SHA, OTHER_SHA = (hashlib.sha256(one).hexdigest() for one in (PACK, OTHER_PACK))
FAR = NOW + timedelta(days=4000)


class Try(NamedTuple):
    """Where it is tried, a source of chance, and the box of a stranger."""

    state: Path
    chance: random.Random
    stranger: Path

    @property
    def place(self) -> VoicePlaces:
        return VoicePlaces(self.state, NAME)

    @property
    def other(self) -> VoicePlaces:
        return VoicePlaces(self.state, OTHER)

    @property
    def ledger(self) -> Path:
        return self.state / "voices" / "ledger.jsonl"


def no_consent(one: Try) -> datetime:
    for path in one.chance.choice(
        [
            (one.place.consent,),
            (one.place.consent_audio,),
            (one.place.consent, one.place.consent_audio),
        ]
    ):
        path.unlink()
    return NOW


def no_approval(one: Try) -> datetime:
    one.place.approval.unlink()
    return NOW


def expired(one: Try) -> datetime:
    return NOW + timedelta(days=365 + one.chance.randrange(10_000))


def clock_set_back(one: Try) -> datetime:
    back = [timedelta(minutes=3), timedelta(hours=1), timedelta(days=300)]
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    return one.chance.choice([epoch, epoch + timedelta(days=400), *(NOW - by for by in back)])


def clock_set_back_and_the_ledger_too(one: Try) -> datetime:
    """Without the ledger there is no approval, whatever the time is."""
    lines = one.ledger.read_bytes().splitlines(keepends=True)
    kept = one.chance.randrange(len(lines) - 2)
    one.ledger.write_bytes(b"".join(lines[:kept]))
    return one.chance.choice([NOW, NOW - timedelta(days=300)])


def revoked_midway(one: Try) -> datetime:
    kept = {path: path.read_bytes() for path in one.place.folder.rglob("*") if path.is_file()}
    revoke(one.state, NAME, by="Wang", reason="", now=NOW)
    if one.chance.random() < 0.7:  # a backup is put back
        for path, content in kept.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    if one.chance.random() < 0.5:
        with suppress(VoiceError):
            approve(one.state, NAME, by="Chen Li", now=NOW)
    return NOW + timedelta(days=one.chance.randrange(300))


def _flipped(path: Path, chance: random.Random) -> None:
    """One bit of a file, anywhere."""
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(bytes(content))


def a_bit_of_the_consent_audio(one: Try) -> datetime:
    _flipped(one.place.consent_audio, one.chance)
    return NOW


def tampered_record(one: Try) -> datetime:
    far = FAR.isoformat(timespec="seconds")
    changes: list[tuple[Path, type[msgspec.Struct], dict[str, object]]] = [
        (one.place.consent, Consent, {"expires_at": far}),
        (one.place.consent, Consent, {"who": "Somebody"}),
        (one.place.consent, Consent, {"voice": OTHER}),
        (one.place.consent, Consent, {"likeness": 0.99, "scope": ("refund",)}),
        (one.place.consent, Consent, {"embedding": direction(2)}),
        (one.place.consent, Consent, {"signature": ""}),
        (one.place.consent, Consent, {"key_id": "0" * 16}),
        (one.place.approval, Approval, {"expires_at": far}),
        (one.place.approval, Approval, {"voice_sha256": OTHER_SHA}),
        (one.place.approval, Approval, {"consent_id": "0" * 32}),
        (one.place.approval, Approval, {"by": "Somebody"}),
        (one.place.approval, Approval, {"signature": "00" * 64}),
    ]
    path, kind, fields = one.chance.choice(changes)
    rewritten(path, kind, **fields)
    return one.chance.choice([NOW, NOW + timedelta(days=100)])


def tampered_ledger(one: Try) -> datetime:
    lines = one.ledger.read_bytes().splitlines(keepends=True)
    place = one.chance.randrange(len(lines))
    how = one.chance.randrange(4)
    if how == 0:
        line = bytearray(lines[place])
        line[one.chance.randrange(len(line) - 1)] ^= 1 << one.chance.randrange(7)
        lines[place] = bytes(line)
    elif how == 1:
        lines.pop(one.chance.randrange(len(lines) - 1))
    elif how == 2:
        lines.insert(place, lines[one.chance.randrange(len(lines))])
    else:
        revoke(one.state, NAME, by="Wang", reason="", now=NOW)
        lines = one.ledger.read_bytes().splitlines(keepends=True)
        lines = [one_line for one_line in lines if b'"revoked"' not in one_line]
    one.ledger.write_bytes(b"".join(lines))
    return NOW


def another_key(one: Try) -> datetime:
    """Records and ledger signed by a key that somebody made himself."""
    theirs = one.stranger / "voices"
    for file in one.chance.choice(
        [
            (f"{NAME}/approval.json",),
            (f"{NAME}/consent.json", f"{NAME}/consent.wav"),
            (f"{NAME}/approval.json", f"{NAME}/consent.json", f"{NAME}/consent.wav"),
            ("ledger.jsonl",),
            ("key.pub",),
            ("key.pem",),
        ]
    ):
        shutil.copy(theirs / file, one.state / "voices" / file)
    if (one.state / "voices" / "key.pem").read_bytes() == (theirs / "key.pem").read_bytes():
        shutil.copy(theirs / "key.pub", one.state / "voices" / "key.pub")
    elif one.place.approval.read_bytes() != (theirs / NAME / "approval.json").read_bytes():
        one.place.approval.unlink(missing_ok=True)
        shutil.copy(theirs / NAME / "approval.json", one.place.approval)
    return NOW


def approval_of_another_voice(one: Try) -> datetime:
    shutil.copy(one.other.approval, one.place.approval)
    if one.chance.random() < 0.5:
        shutil.copy(one.other.consent, one.place.consent)
        shutil.copy(one.other.consent_audio, one.place.consent_audio)
    if one.chance.random() < 0.5:
        rewritten(one.place.approval, Approval, voice=NAME)
    return NOW


def made_by_hand(one: Try) -> datetime:
    """A card and a pack that no job has made, under a consent that holds."""
    consent = msgspec.json.decode(one.place.consent.read_bytes(), type=Consent)
    one.place.approval.unlink()
    other = one.chance.choice([OTHER_PACK, PACK[8:] + PACK[:8]])
    one.place.pack.write_bytes(other)
    write_record(one.place.card, card(consent, other))
    with suppress(VoiceError):
        approve(one.state, NAME, by="Chen Li", now=NOW)
    return NOW


def consent_of_another_person(one: Try) -> datetime:
    """Signed here, for this voice: but the samples are somebody else's."""
    seed = one.chance.randrange(10, 10_000)
    consented(one.state, NAME, seed=seed, identity=f"{seed:032x}")
    rewritten(one.place.card, Card, consent_id=f"{seed:032x}")
    with suppress(VoiceError):
        approve(one.state, NAME, by="Chen Li", now=NOW)
    return NOW


def samples_of_another_person(one: Try) -> datetime:
    enrolled(one.state, NAME, seed=one.chance.randrange(10, 10_000))
    one.place.approval.unlink()
    with suppress(VoiceError):
        approve(one.state, NAME, by="Chen Li", now=NOW)
    return NOW


def signed_but_never_given(one: Try) -> datetime:
    """A consent in good form that the ledger has never seen."""
    consent = msgspec.json.decode(one.place.consent.read_bytes(), type=Consent)
    invented = msgspec.structs.replace(consent, id=f"{one.chance.getrandbits(128):032x}")
    write_record(one.place.consent, sign(invented, site_key(one.state)))
    rewritten(one.place.card, Card, consent_id=invented.id)
    with suppress(VoiceError):
        approve(one.state, NAME, by="Chen Li", now=NOW)
    return NOW


def a_fitted_copy_under_another_name(one: Try) -> datetime:
    """The whole folder of a voice that was revoked, under a name of its own."""
    copy = VoicePlaces(one.state, "copy-of-it")
    shutil.copytree(one.place.folder, copy.folder)
    revoke(one.state, NAME, by="Wang", reason="", now=NOW)
    for path, kind in ((copy.consent, Consent), (copy.approval, Approval)):
        if one.chance.random() < 0.5:
            rewritten(path, kind, voice=copy.name)
    if one.chance.random() < 0.5:
        copy.folder.rename(one.place.folder)
    return NOW


WAYS: tuple[Callable[[Try], datetime], ...] = (
    no_consent,
    no_approval,
    expired,
    clock_set_back,
    clock_set_back_and_the_ledger_too,
    revoked_midway,
    a_bit_of_the_consent_audio,
    tampered_record,
    tampered_ledger,
    another_key,
    approval_of_another_voice,
    made_by_hand,
    consent_of_another_person,
    samples_of_another_person,
    signed_but_never_given,
    a_fitted_copy_under_another_name,
)
MACHINES_AND_STRANGERS = 200
"""Of the thousand: whose voice it is, beside what is on file."""


@pytest.fixture(scope="module")
def speaks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two voices that may speak."""
    state = tmp_path_factory.mktemp("speaks")
    ready(box(state), NAME, seed=1)
    ready(state, OTHER, seed=2, pack=OTHER_PACK)
    for name in (NAME, OTHER):
        approve(state, name, by="Chen Li", now=NOW)
    return state


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box with a voice of the same name, and a key of its own."""
    state = tmp_path_factory.mktemp("stranger")
    ready(box(state), NAME)
    approve(state, NAME, by="Mallory", now=NOW)
    return state


def test_the_voice_speaks_to_begin_with(speaks: Path) -> None:
    assert Permits(speaks).allowed(NAME, SHA, NOW) == ""
    assert f"{OBJECT}/{NAME}.bin" in with_voices(speaks, release_of(), NOW).objects


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_none_of_these_speaks(
    way: Callable[[Try], datetime], speaks: Path, stranger: Path, tmp_path: Path
) -> None:
    per_way = (TRIES - MACHINES_AND_STRANGERS) // len(WAYS)
    for number in range(per_way):
        state = tmp_path / str(number)
        shutil.copytree(speaks, state, symlinks=True)
        asked_before = Permits(state)
        assert asked_before.allowed(NAME, SHA, NOW) == ""
        now = way(Try(state, random.Random(f"{way.__name__} {number}"), stranger))
        for permits in (asked_before, Permits(state)):
            for sha256 in (SHA, OTHER_SHA):
                assert permits.allowed(NAME, sha256, now) != "", number
                assert permits.allowed("copy-of-it", sha256, now) != "", number
        objects = with_voices(state, release_of(), now).objects
        assert f"{OBJECT}/{NAME}.bin" not in objects, number
        assert f"{OBJECT}/copy-of-it.bin" not in objects, number
        shutil.rmtree(state)


def test_machines_and_strangers_are_told_by_their_voices() -> None:
    chance = np.random.default_rng(19)
    machines = {
        f"machine {seed}": np.array(direction(seed), np.float32) for seed in range(100, 154)
    }
    people = {f"person {seed}": np.array(direction(seed), np.float32) for seed in range(200, 208)}
    enrolled_as = np.array(direction(1))
    for number in range(MACHINES_AND_STRANGERS):
        who = [*machines.values(), *people.values()][number % (len(machines) + len(people))]
        away = chance.normal(size=192)
        mixed = 0.85 * who + 0.4 * enrolled_as * chance.random() + 0.4 * away / 14
        spoken = np.asarray(mixed / np.linalg.norm(mixed), np.float32)
        refusals = speaker_refusals(
            spoken,
            np.stack([spoken, spoken]),
            enrolled_as,
            Known(people=people, machines=machines),
            0.3,
        )
        assert refusals, number


def test_the_thousand_are_a_thousand() -> None:
    assert (TRIES - MACHINES_AND_STRANGERS) % len(WAYS) == 0

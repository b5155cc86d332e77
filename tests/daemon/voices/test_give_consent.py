"""Consent: taken from the right person, live, in the right words; else refused with the reason."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
import soxr
from msgspec.structs import replace
from numpy.typing import NDArray

from daemon.objects.errors import DiskFull
from daemon.voices import archive, key, said_before
from daemon.voices.approval import approve
from daemon.voices.consent import holding
from daemon.voices.consent_terms import Terms
from daemon.voices.errors import (
    BadTerms,
    ClockWrong,
    ConsentRefused,
    EnrolmentBusy,
    NoConsent,
    NoSuchVoice,
    NothingEnrolled,
    VoiceError,
)
from daemon.voices.files import read_record, write_record
from daemon.voices.give_consent import Spoken, give
from daemon.voices.ledger import Ledger
from daemon.voices.likeness import Clip
from daemon.voices.permits import Permits
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Consent, Enrolment
from daemon.voices.revoke import revoke
from daemon.voices.sample_files import wav
from engines._core import g711_decode, g711_encode
from tests.daemon.voices.voice_box import NOW, PACK, box, direction, enrolled, made, said

NAME, OTHER = "wang-xiaoming", "li-hua"
TERMS = Terms(who="王小明", language="zh", purpose="接听客户来电")
ENGLISH = Terms(who="Allison Smith", language="en")
Floats = NDArray[np.float32]


class StandIn:
    """Says whose voice it is; with two voices, whose the halves are. Samples are who they are."""

    def __init__(
        self, *rows: Sequence[float], live: dict[str, Sequence[float]] | None = None
    ) -> None:
        self.rows = np.array(rows, np.float32)
        self.live = live or {}
        """Of the consents on file, by voice; else they sound like the samples."""
        self._spoken = False

    def embed(self, clips: list[Clip]) -> Floats:
        folder = Path(clips[0].file).parent
        if folder.name == "samples":
            enrolment = read_record(folder.parent / "enrolment.json", Enrolment)
            return np.array([enrolment.embedding], np.float32)
        if self._spoken:
            enrolment = read_record(folder / "enrolment.json", Enrolment)
            return np.array([self.live.get(folder.name, enrolment.embedding)], np.float32)
        self._spoken = True
        return np.stack([self.rows[min(place, len(self.rows) - 1)] for place in range(len(clips))])


def near(seed: int, cosine: float, other: int = 900) -> tuple[float, ...]:
    """An embedding with this cosine to ``direction(seed)``."""
    one, away = np.array(direction(seed)), np.array(direction(other))
    away -= (away @ one) * one
    row = cosine * one + np.sqrt(1 - cosine**2) * away / np.linalg.norm(away)
    return tuple(map(float, row))


def consent_to(
    state: Path,
    *,
    name: str = NAME,
    pcm: NDArray[np.int16] | None = None,
    rate_hz: int = 16_000,
    terms: Terms = TERMS,
    heard: str | None = None,
    rows: Sequence[Sequence[float]] = (near(1, 0.8),),
    machines: dict[str, Floats] | None = None,
    live: dict[str, Sequence[float]] | None = None,
    now: datetime = NOW,
) -> Consent:
    return give(
        state,
        name,
        Spoken(pcm=said(50) if pcm is None else pcm, rate_hz=rate_hz),
        terms,
        hear=lambda pcm, rate_hz: terms.sentence if heard is None else heard,
        embedder=StandIn(*rows, live=live),
        machines=machines or {},
        least_likeness=0.5,
        now=now,
    )


def codes(refused: pytest.ExceptionInfo[ConsentRefused]) -> list[str]:
    assert all(one.mend for one in refused.value.refusals)
    return [one.code for one in refused.value.refusals]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Two people with samples."""
    enrolled(box(tmp_path), NAME, seed=1)
    enrolled(tmp_path, OTHER, seed=2)
    return tmp_path


def test_the_speaker_consents(state: Path) -> None:
    consent = consent_to(state, terms=replace(TERMS, days=30, scope=("order_status",)))
    assert (consent.who, consent.voice, consent.scope) == ("王小明", NAME, ("order_status",))
    assert consent.expires_at == "2026-12-31T09:00:00+00:00"
    assert consent.likeness == pytest.approx(0.8, abs=0.01)
    assert holding(state, NAME, NOW) == consent
    places = VoicePlaces(state, NAME)
    assert hashlib.sha256(places.consent_audio.read_bytes()).hexdigest() == consent.audio_sha256
    assert [one.event for one in Ledger(state).read().entries] == ["consent"]
    assert not list(places.folder.glob(".consent*"))


@pytest.mark.parametrize(
    ("heard", "code"),
    [
        ("", "other_text"),
        ("今天天气很好，我们一起去公园散步吧，晚上再回家吃饭。", "other_text"),
        (TERMS.sentence.replace("我同意", "我不同意"), "not_agreed"),
        (TERMS.sentence.replace("我同意", "我不会同意"), "not_agreed"),
        (TERMS.sentence.replace("王小明", "陈大文"), "other_name"),
        (TERMS.sentence.replace("我是王小明。", ""), "other_name"),
    ],
)
def test_other_words_are_no_consent(state: Path, heard: str, code: str) -> None:
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, heard=heard)
    assert codes(refused) == [code]
    assert Ledger(state).read().entries[-1].reason == code


@pytest.mark.parametrize(
    ("heard", "code"),
    [
        (ENGLISH.sentence.replace("I agree", "I do not agree"), "not_agreed"),
        (ENGLISH.sentence.replace("I agree", "I don't really agree"), "not_agreed"),
        (ENGLISH.sentence.replace("Allison Smith", "Robert Jones"), "other_name"),
        ("The quick brown fox jumps over the lazy dog.", "other_text"),
    ],
)
def test_other_words_in_english(state: Path, heard: str, code: str) -> None:
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, terms=ENGLISH, heard=heard)
    assert codes(refused) == [code]


@pytest.mark.parametrize(
    ("terms", "heard"),
    [
        (TERMS, TERMS.sentence.replace("王小明", "汪晓鸣")),
        (TERMS, TERMS.sentence.replace("同意", "统一").replace("制作", "制做")),
        (ENGLISH, ENGLISH.sentence.replace("Allison Smith", "Alison Smyth")),
        (ENGLISH, ENGLISH.sentence.lower().replace(",", "")),
    ],
)
def test_what_a_recogniser_spells_otherwise_is_the_same(
    state: Path, terms: Terms, heard: str
) -> None:
    assert consent_to(state, terms=terms, heard=heard).heard == heard


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([direction(3)], "another_speaker"),
        ([near(1, 0.45)], "another_speaker"),
        ([near(1, 0.6, other=2)], "another_speaker"),
        ([near(1, 0.7), near(1, 0.8), direction(3)], "another_speaker"),
    ],
    ids=["a stranger", "not like enough", "more like somebody enrolled", "two in turns"],
)
def test_another_speaker(state: Path, rows: list[Sequence[float]], code: str) -> None:
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, rows=rows)
    assert codes(refused) == [code]
    assert not VoicePlaces(state, NAME).consent.exists()


def test_a_machine_reads_it(state: Path) -> None:
    machines = {"zf_xiaoxiao": np.array(near(1, 0.75, other=901), np.float32)}
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, rows=[near(1, 0.7, other=901)], machines=machines)
    assert codes(refused) == ["machine_voice"]
    assert consent_to(state, rows=[near(1, 0.8, other=902)], machines=machines).likeness > 0.7


def test_somebody_else_is_no_machine_for_being_a_little_like_one(state: Path) -> None:
    machines = {"pm_alex": np.array(near(7, 0.34), np.float32)}
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, rows=[near(7, 0.99)], machines=machines)
    assert codes(refused) == ["another_speaker"]


def test_a_machine_was_enrolled(state: Path) -> None:
    """Samples and consent of one stock voice: alike as can be, and a machine's all the same."""
    machines = {"zf_xiaoxiao": np.array(near(1, 0.9), np.float32)}
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, rows=[near(1, 0.95)], machines=machines)
    assert codes(refused) == ["machine_voice"]


def test_the_voice_that_was_made_of_the_person_reads_it(state: Path) -> None:
    """The person is like it; who is more like it than like the samples is the machine."""
    machines = {NAME: np.array(near(1, 0.8, other=903), np.float32)}
    assert consent_to(state, rows=[near(1, 0.95, other=903)], machines=machines)
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, pcm=said(61), rows=[near(1, 0.78, other=903)], machines=machines)
    assert codes(refused) == ["machine_voice"]
    of_another = {OTHER: machines[NAME]}
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, pcm=said(62), rows=[near(1, 0.95, other=903)], machines=of_another)
    assert codes(refused) == ["machine_voice"]


def louder(pcm: NDArray[np.int16]) -> tuple[NDArray[np.int16], int]:
    return (pcm * 1.7).astype(np.int16), 16_000


def by_telephone(pcm: NDArray[np.int16]) -> tuple[NDArray[np.int16], int]:
    narrow = soxr.resample(pcm, 16_000, 8_000)
    return np.frombuffer(g711_decode(g711_encode(narrow, "ulaw"), "ulaw"), np.int16), 8_000


def later(pcm: NDArray[np.int16]) -> tuple[NDArray[np.int16], int]:
    return np.concatenate([np.zeros(20_011, np.int16), pcm[3_000:]]), 16_000


SECOND = "wang-english"
IN_ENGLISH = Terms(who="王小明", language="en")
LIVE = near(1, 0.98)


@pytest.fixture
def twice(state: Path) -> Path:
    """One person, enrolled a second time for the other language, consents to the first voice."""
    consent_to(state)
    enrolled(state, SECOND, seed=1)
    again = read_record(VoicePlaces(state, SECOND).enrolment, Enrolment)
    own = replace(again, embedding=near(1, 0.9, other=901))
    write_record(VoicePlaces(state, SECOND).enrolment, own)
    return state


def second(
    state: Path, terms: Terms = IN_ENGLISH, machines: dict[str, Floats] | None = None
) -> Consent:
    return consent_to(
        state,
        name=SECOND,
        terms=terms,
        pcm=said(51),
        rows=(LIVE,),
        machines=machines,
        live={NAME: near(1, 0.95, other=903)},
    )


def test_who_has_a_voice_may_have_one_in_the_other_language(twice: Path) -> None:
    assert second(twice).who == "王小明"


def test_the_same_under_another_name_is_somebody_else(twice: Path) -> None:
    with pytest.raises(ConsentRefused) as refused:
        second(twice, Terms(who="Li Hua", language="en"))
    assert codes(refused) == ["another_speaker"]


def test_the_voice_that_was_made_of_the_person_is_no_stranger(twice: Path) -> None:
    made_of = np.array(near(1, 0.85, other=902), np.float32)
    assert second(twice, machines={NAME: made_of})


def test_a_voice_that_reads_samples_and_consent_of_a_second_one_is_a_machine(twice: Path) -> None:
    machine = near(1, 0.7, other=902)
    places = VoicePlaces(twice, SECOND)
    samples = replace(read_record(places.enrolment, Enrolment), embedding=machine)
    write_record(places.enrolment, samples)
    with pytest.raises(ConsentRefused) as refused:
        consent_to(
            twice,
            name=SECOND,
            terms=IN_ENGLISH,
            pcm=said(51),
            rows=(machine,),
            machines={NAME: np.array(machine, np.float32)},
            live={NAME: LIVE},
        )
    assert codes(refused) == ["machine_voice"]


def test_samples_that_a_machine_has_spoken_do_not_make_it_the_person(twice: Path) -> None:
    """Enrolled into both voices after the person has consented to one."""
    machine = near(1, 0.85, other=902)
    for name in (NAME, SECOND):
        path = VoicePlaces(twice, name).enrolment
        write_record(path, replace(read_record(path, Enrolment), embedding=machine))
    for name in (NAME, SECOND):
        with pytest.raises(ConsentRefused) as refused:
            consent_to(
                twice,
                name=name,
                terms=replace(IN_ENGLISH, language="zh") if name == NAME else IN_ENGLISH,
                pcm=said(52),
                rows=(machine,),
                machines={NAME: np.array(near(1, 0.84, other=902), np.float32)},
                live={NAME: LIVE},
            )
        assert "machine_voice" in codes(refused)


def test_a_consent_that_is_played_faster_is_a_replay(state: Path) -> None:
    consent_to(state, name=OTHER, pcm=said(77), rows=[near(2, 0.8)])
    faster = np.asarray(soxr.resample(said(77), 16_480, 16_000), np.int16)
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, pcm=faster)
    assert codes(refused) == ["replayed"]


@pytest.mark.parametrize("change", [lambda pcm: (pcm, 16_000), louder, by_telephone, later])
@pytest.mark.parametrize("where", ["consent", "sample"])
def test_a_recording_of_another_enrolment_is_a_replay(
    state: Path, change: object, where: str
) -> None:
    taken = said(77)
    if where == "consent":
        consent_to(state, name=OTHER, pcm=taken, rows=[near(2, 0.8)])
    else:
        (VoicePlaces(state, OTHER).samples / "0002.wav").write_bytes(wav(taken, 16_000))
    pcm, rate_hz = change(taken)  # type: ignore[operator]
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, pcm=pcm, rate_hz=rate_hz)
    assert codes(refused) == ["replayed"]


def test_a_consent_that_was_taken_back_cannot_be_played_again(state: Path) -> None:
    consent_to(state)
    revoke(state, NAME, by="Wang", reason="", now=NOW)
    enrolled(state, NAME, seed=1)
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state)
    assert codes(refused) == ["replayed"]


@pytest.mark.parametrize("change", ["a sample", "10 ms less", "louder", "by telephone"])
def test_nor_can_a_copy_of_it(state: Path, change: str) -> None:
    pcm = said(50)
    consent_to(state, pcm=pcm)
    revoke(state, NAME, by="Wang", reason="", now=NOW)
    enrolled(state, NAME, seed=1)
    copy, rate_hz = pcm.copy(), 16_000
    if change == "a sample":
        copy[0] += 1
    elif change == "10 ms less":
        copy = copy[160:]
    elif change == "louder":
        copy = (copy * 0.7).astype(np.int16)
    else:
        copy, rate_hz = np.asarray(soxr.resample(pcm, 16_000, 8_000)), 8_000
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, pcm=copy, rate_hz=rate_hz)
    assert codes(refused) == ["replayed"]
    assert consent_to(state, pcm=said(51)).who == "王小明"  # said anew


def test_a_consent_that_was_renewed_cannot_be_played_again(state: Path) -> None:
    first = said(50)
    consent_to(state, pcm=first)
    consent_to(state, pcm=said(51))
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, pcm=first[160:])
    assert codes(refused) == ["replayed"]


def test_a_consent_that_came_with_an_archive_is_no_new_one(state: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    enrolled(box(away), "zhang-san", seed=1)
    made(away, consent_to(away, name="zhang-san"))
    file = tmp_path / "voice.tar"
    file.write_bytes(archive.export(away, "zhang-san", now=NOW))
    archive.bring(state, file, trust=key.public_path(away), now=NOW)
    enrolled(state, "zhang-san", seed=7)
    for cut in (0, 160):  # while it holds, and when it was taken back: also where it was cut
        for _ in range(2):
            with pytest.raises(ConsentRefused) as refused:
                consent_to(state, name="zhang-san", pcm=said(50)[cut:], rows=[near(7, 0.8)])
            assert codes(refused) == ["replayed"]
        revoke(state, "zhang-san", by="Zhang", reason="", now=NOW)
        enrolled(state, "zhang-san", seed=7)


def test_a_copy_of_a_consent_to_another_voice_that_is_gone(state: Path) -> None:
    consent_to(state, name=OTHER, rows=[near(2, 0.8)])
    revoke(state, OTHER, by="Li", reason="", now=NOW)
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, pcm=said(50)[160:])
    assert codes(refused) == ["replayed"]


def test_a_consent_from_before_prints_were_kept_has_one_when_it_is_revoked(state: Path) -> None:
    consent_to(state)
    shutil.rmtree(state / "voices" / said_before.FOLDER)
    revoke(state, NAME, by="Wang", reason="", now=NOW)
    enrolled(state, NAME, seed=1)
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, pcm=said(50)[160:])
    assert codes(refused) == ["replayed"]


def test_what_a_kill_left_of_a_print_is_none(state: Path) -> None:
    consent_to(state)
    (kept,) = (state / "voices" / said_before.FOLDER).iterdir()
    kept.rename(kept.with_name(f".{kept.name}.abcd1234"))
    assert list(said_before.prints(state)) == []


def test_no_print_is_written_behind_a_link(state: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    (state / "voices" / said_before.FOLDER).symlink_to(away)
    with pytest.raises(VoiceError, match="is a link"):
        consent_to(state)
    assert list(away.iterdir()) == []
    with pytest.raises(NoConsent):
        holding(state, NAME, NOW)


def test_a_recording_that_was_refused_for_a_wrong_name_may_be_offered_for_the_right_one(
    state: Path,
) -> None:
    with pytest.raises(ConsentRefused):
        consent_to(state, name=OTHER)
    assert consent_to(state).who == "王小明"


def test_what_was_refused_for_the_name_may_be_offered_again(state: Path) -> None:
    with pytest.raises(ConsentRefused):
        consent_to(state, terms=replace(TERMS, who="陈大文"), heard=TERMS.sentence)
    assert consent_to(state).who == "王小明"


@pytest.mark.parametrize(
    ("pcm", "code"),
    [
        (np.zeros(32_000, np.int16), "too_short"),
        (np.zeros(0, np.int16), "too_short"),
        (np.random.default_rng(1).normal(0, 3000, 96_000).astype(np.int16), None),
        (said(1, seconds=29.0).repeat(2)[: 16_000 * 31], "no_audio"),
        (said(1)[:12_800], "too_short"),
    ],
    ids=["silence", "nothing", "noise", "31 s", "0.8 s"],
)
def test_what_is_no_speech(state: Path, pcm: NDArray[np.int16], code: str | None) -> None:
    with pytest.raises(ConsentRefused) as refused:
        consent_to(state, pcm=pcm)
    assert code is None or codes(refused) == [code]


@pytest.mark.parametrize(
    "terms",
    [
        replace(TERMS, who=""),
        replace(TERMS, who="   "),
        replace(TERMS, who="🙂"),
        replace(TERMS, who="12345"),
        replace(TERMS, who="王" * 81),
        replace(TERMS, who="王\n小明"),
        replace(TERMS, who="Wang\u202eX"),
        replace(TERMS, purpose="x" * 201),
        replace(TERMS, days=0),
        replace(TERMS, days=10**9),
        replace(TERMS, scope=("../etc",)),
        replace(TERMS, scope=("",)),
    ],
)
def test_terms_that_nobody_can_agree_to(state: Path, terms: Terms) -> None:
    with pytest.raises(BadTerms):
        consent_to(state, terms=terms)


def test_whose_consent_is_not_known(state: Path) -> None:
    with pytest.raises(NoSuchVoice):
        consent_to(state, name="nobody")
    write_record(VoicePlaces(state, "empty").enrolment, Enrolment(name="empty", language="zh"))
    with pytest.raises(NothingEnrolled):
        consent_to(state, name="empty")


@pytest.mark.parametrize(
    "now", [datetime(1970, 1, 1, tzinfo=timezone.utc), NOW - timedelta(days=1)]
)
def test_a_wrong_clock_dates_nothing(state: Path, now: datetime) -> None:
    consent_to(state, name=OTHER, rows=[near(2, 0.8)])
    with pytest.raises(ClockWrong):
        consent_to(state, pcm=said(51), now=now)


def test_samples_of_somebody_else_that_come_later_end_it(state: Path) -> None:
    consent_to(state)
    enrolled(state, NAME, seed=3)
    with pytest.raises(NoConsent, match="another voice"):
        holding(state, NAME, NOW)


def test_a_new_consent_goes_on_from_the_one_before(state: Path) -> None:
    made(state, consent_to(state))
    first = approve(state, NAME, by="Chen Li", now=NOW).approval
    sha256 = hashlib.sha256(PACK).hexdigest()
    after = NOW + timedelta(days=300)
    renewed = consent_to(state, pcm=said(60), now=after)
    assert renewed.renews == (first.consent_id,)
    permits = Permits(state)
    assert permits.allowed(NAME, sha256, after) == ""
    assert permits.allowed(NAME, sha256, NOW + timedelta(days=366)) == ""
    assert permits.allowed(NAME, sha256, after + timedelta(days=365)) == "expired"


def test_a_consent_of_somebody_else_goes_on_from_nothing(state: Path) -> None:
    made(state, consent_to(state))
    approve(state, NAME, by="Chen Li", now=NOW)
    enrolled(state, NAME, seed=3)
    other = consent_to(state, pcm=said(60), rows=[near(3, 0.8)])
    assert other.renews == ()
    assert Permits(state).allowed(NAME, hashlib.sha256(PACK).hexdigest(), NOW) == "no_consent"


def test_a_full_disk_takes_nothing(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFull):
        consent_to(state)
    monkeypatch.undo()
    assert consent_to(state).who == "王小明"


@pytest.mark.parametrize("at", [1, 2])
def test_whoever_revokes_while_it_is_compared_has_the_last_word(state: Path, at: int) -> None:
    class Revoked(StandIn):
        asked = 0

        def embed(self, clips: list[Clip]) -> Floats:
            rows = super().embed(clips)
            self.asked += 1
            if self.asked == at:
                revoke(state, NAME, by="Wang", reason="", now=NOW + timedelta(minutes=1))
            return rows

    places = VoicePlaces(state, NAME)
    with pytest.raises((NoConsent, NoSuchVoice)):
        consent_by(state, Revoked(near(1, 0.8)))
    assert not places.folder.exists()
    assert Ledger(state).read().entries[-1].event == "deleted"


def test_samples_that_come_while_it_is_compared_are_compared_too(state: Path) -> None:
    places = VoicePlaces(state, NAME)

    class Enrolled(StandIn):
        def embed(self, clips: list[Clip]) -> Floats:
            rows = super().embed(clips)
            found = read_record(places.enrolment, Enrolment)
            write_record(places.enrolment, replace(found, embedding=direction(3)))
            return rows

    with pytest.raises(EnrolmentBusy):
        consent_by(state, Enrolled(near(1, 0.8)))
    assert not places.consent.exists()


def test_a_recording_that_is_taken_twice_at_once_is_one_consent(state: Path) -> None:
    class Taken(StandIn):
        def embed(self, clips: list[Clip]) -> Floats:
            rows = super().embed(clips)
            if not Ledger(state).read().entries:
                consent_to(state)
            return rows

    with pytest.raises(ConsentRefused) as refused:
        consent_by(state, Taken(near(1, 0.8)))
    assert codes(refused) == ["replayed"]
    events = [one.event for one in Ledger(state).read().entries]
    assert events == ["consent", "refused"]


def consent_by(state: Path, embedder: StandIn) -> Consent:
    return give(
        state,
        NAME,
        Spoken(pcm=said(50), rate_hz=16_000),
        TERMS,
        hear=lambda pcm, rate_hz: TERMS.sentence,
        embedder=embedder,
        machines={},
        least_likeness=0.5,
        now=NOW,
    )

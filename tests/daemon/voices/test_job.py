"""The job that makes a voice: whole, stopped, killed, refused, and with other samples."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from daemon.voices import job as module
from daemon.voices import overview, training_child
from daemon.voices.clock import written
from daemon.voices.consent import holding
from daemon.voices.errors import (
    FitFailed,
    FitRunning,
    NoConsent,
    NoSuchVoice,
    TooLittleSpeech,
    TrainingMissing,
    VoiceError,
)
from daemon.voices.files import read_record, write_bytes, write_record
from daemon.voices.idle import become_idle
from daemon.voices.job import Job, forget
from daemon.voices.job_files import Standing
from daemon.voices.ledger import Ledger
from daemon.voices.overview import overviews
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Card, Consent, Enrolment, Sample
from daemon.voices.revoke import revoke
from daemon.voices.settings import PersonalVoiceSettings
from daemon.voices.training_child import Interrupted, Progress
from tests.daemon.voices.voice_box import NOW, consented

CONSENT = Consent(
    id="0" * 32,
    voice="wang",
    who="王小明",
    purpose="answering calls",
    given_at="2026-01-01T00:00:00+00:00",
    expires_at="2027-01-01T00:00:00+00:00",
    text="",
    heard="",
    audio_sha256="",
    likeness=0.8,
    channel="file",
)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    weights = tmp_path / "releases" / "voice" / "files" / "tts_kokoro_float"
    weights.mkdir(parents=True)
    (weights / "model.onnx").write_bytes(b"weights")
    stand_in = Path(__file__).with_name("training_stand_in.py")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{stand_in}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("KEFU_TRAIN_PYTHON", str(python))
    enrol(tmp_path, 10)
    return tmp_path


def enrol(state: Path, count: int) -> None:
    samples = tuple(
        Sample(
            file=f"{number:04}.wav",
            source="",
            sha256=f"{number}",
            seconds=4.0,
            band_hz=8000,
            quality=0.9,
        )
        for number in range(count)
    )
    write_record(
        VoicePlaces(state, "wang").enrolment,
        Enrolment(name="wang", language="zh", samples=samples),
    )


def job(
    state: Path,
    *,
    stop: threading.Event | None = None,
    paused: Callable[[int], bool] = lambda _: False,
    told: Callable[[Progress], None] = lambda _: None,
    consent: Callable[[], Consent] = lambda: CONSENT,
    settings: PersonalVoiceSettings | None = None,
) -> Job:
    return Job(
        state,
        VoicePlaces(state, "wang"),
        settings or PersonalVoiceSettings(),
        stop=stop or threading.Event(),
        paused=paused,
        on_progress=told,
        consent=consent,
    )


def ran(state: Path) -> list[str]:
    return [line.split()[0] for line in (state / "voices/wang/ran").read_text().splitlines()]


def test_a_voice_is_made_and_its_card_says_of_what(state: Path) -> None:
    told: list[Progress] = []
    card = job(state, told=told.append).run()
    places = VoicePlaces(state, "wang")
    assert read_record(places.card, Card) == card
    assert places.pack.stat().st_size == 510 * 256 * 4
    assert (card.start_voice, card.samples, card.consent_id) == ("zf_xiaoyi", 10, CONSENT.id)
    assert card.personal_weight + card.base_weight == pytest.approx(1.0)
    assert [one.step for one in told if one.phase == "fit"] == list(range(6))
    assert read_record(places.work / "progress.json", Standing).phase == "done"


def test_a_voice_that_does_not_pass_has_a_card_that_says_why(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN", "unlike")
    assert [one.code for one in job(state).run().refusals] == ["unlike"]


def test_killed_it_goes_on_from_its_checkpoint(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN", "killed")
    with pytest.raises(FitFailed, match="-9"):
        job(state).run()
    monkeypatch.delenv("STAND_IN")
    told: list[Progress] = []
    job(state, told=told.append).run()
    assert [one.step for one in told if one.phase == "fit"] == [3, 4, 5]


def test_stopped_it_leaves_its_checkpoint_and_nothing_running(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN_STEP_S", "0.2")
    stop = threading.Event()

    def told(progress: Progress) -> None:
        if progress.step == 2:
            stop.set()

    with pytest.raises(Interrupted):
        job(state, stop=stop, told=told).run()
    work = VoicePlaces(state, "wang").work
    assert int((work / "checkpoint.npz").read_text()) >= 2
    assert read_record(work / "progress.json", Standing).phase == "stopped"
    assert not (work.parent / "voice.bin").exists()
    monkeypatch.delenv("STAND_IN_STEP_S")
    assert job(state).run().name == "wang"


def test_a_job_that_stands_still_is_listed_so(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = VoicePlaces(state, "wang").work
    work.mkdir(parents=True, exist_ok=True)
    now = datetime.now(timezone.utc)
    since = now - timedelta(minutes=5)
    monkeypatch.setattr(overview, "holder", lambda path: os.getpid())
    for at, far in ((now, "fit 21/80"), (since, f"standing still since {since:%H:%M} UTC")):
        standing = Standing(phase="fit", step=21, of=80, at=written(at), pid=os.getpid())
        write_record(work / "progress.json", standing)
        (listed,) = overviews(state, now)
        assert far in listed.making


def test_it_stands_still_while_an_answer_is_computed(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN_STEP_S", "0.1")
    steps: list[float] = []
    busy_until = time.monotonic() + 2.5
    job(
        state,
        paused=lambda _: time.monotonic() < busy_until,
        told=lambda one: steps.append(time.monotonic()) if one.phase == "fit" else None,
    ).run()
    assert sum(at < busy_until - 0.7 for at in steps) <= 1
    assert len(steps) == 6


def test_a_finished_fit_is_not_made_again_and_other_samples_are(state: Path) -> None:
    job(state).run()
    job(state).run()
    assert ran(state) == ["models.tts.make_voice", "models.tts.judge_voice"]
    enrol(state, 12)
    job(state).run()
    assert ran(state)[2:] == ["models.tts.make_voice", "models.tts.judge_voice"]
    job(state).run(again=True)
    assert len(ran(state)) == 6


def test_other_limits_are_judged_by_anew_and_the_fit_stays(state: Path) -> None:
    job(state).run()
    job(state, settings=PersonalVoiceSettings(share_of_the_way=0.5)).run()
    assert ran(state)[2:] == ["models.tts.judge_voice"]


def test_what_a_gate_of_before_decided_is_judged_anew_and_the_fit_stays(state: Path) -> None:
    job(state).run()
    limits = VoicePlaces(state, "wang").work / "limits.json"
    before = json.loads(limits.read_bytes())
    del before["rule"]  # as it was written before there was one
    limits.write_text(json.dumps(before))
    job(state).run()
    assert ran(state)[2:] == ["models.tts.judge_voice"]


def test_a_style_of_another_network_is_made_again(state: Path) -> None:
    job(state).run()
    network = state / "releases/lite/files/tts_kokoro/model.onnx"
    network.parent.mkdir(parents=True)
    network.write_bytes(b"the network of today")
    fit = VoicePlaces(state, "wang").work / "fit.json"
    fit.write_text(fit.read_text().replace("{", '{"base_sha256": "of another", ', 1))
    job(state).run()
    assert ran(state)[2:] == ["models.tts.make_voice", "models.tts.judge_voice"]


def test_what_is_forgotten_is_made_anew_and_not_while_it_is_made(state: Path) -> None:
    places = VoicePlaces(state, "wang")

    def told(progress: Progress) -> None:
        with pytest.raises(FitRunning):
            forget(places)

    job(state, told=told).run()
    (places.work / "embeddings.json").write_text("{}")
    forget(places)
    assert [one.name for one in places.work.iterdir()] == ["embeddings.json"]
    assert places.pack.exists(), "what was made speaks until there is another"
    job(state).run()
    assert len(ran(state)) == 4


def test_the_list_says_what_runs_what_was_stopped_and_what_failed(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stage() -> tuple[str, str, str]:
        (one,) = overviews(state, datetime.now(timezone.utc))
        return one.stage, one.making, one.why_not

    stop = threading.Event()
    seen: list[tuple[str, str, str]] = []

    def told(progress: Progress) -> None:
        seen.append(stage())
        if progress.step == 3:
            stop.set()

    monkeypatch.setenv("STAND_IN_STEP_S", "0.1")
    monkeypatch.setattr("daemon.voices.job._TELL_EVERY_S", 0.0)
    with pytest.raises(Interrupted):
        job(state, stop=stop, told=told).run()
    assert seen[-1][:2] == ("making", "fit 2/6")
    assert stage()[:2] == ("stopped", "")
    monkeypatch.setenv("STAND_IN", "refuses")
    with pytest.raises(FitFailed):
        job(state).run()
    assert stage()[0] == "failed"
    monkeypatch.delenv("STAND_IN")
    job(state).run()
    assert stage()[:2] == ("made", "")


def test_what_is_forgotten_lies_in_the_voices_folder_and_not_behind_a_link(
    state: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("alice")
    (elsewhere / "work").mkdir()
    (elsewhere / "work" / "thesis.txt").write_text("years of it")
    (state / "voices" / "wang").rename(state / "voices" / "wang-before")
    (state / "voices" / "wang").symlink_to(elsewhere)
    with pytest.raises(OSError):  # noqa: PT011 (whichever: a link leads nowhere)
        forget(VoicePlaces(state, "wang"))
    assert (elsewhere / "work" / "thesis.txt").exists()


@pytest.mark.parametrize("name", ["fit.json", "judged.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", "\x00"])
def test_a_step_whose_file_is_damaged_is_done_again(state: Path, name: str, content: str) -> None:
    job(state).run()
    (VoicePlaces(state, "wang").work / name).write_text(content)
    assert job(state).run().name == "wang"


def test_another_recording_of_the_same_name_is_another_sample(state: Path) -> None:
    job(state).run()
    places = VoicePlaces(state, "wang")
    enrolment = read_record(places.enrolment, Enrolment)
    other = replace(enrolment.samples[0], sha256="another")
    write_record(places.enrolment, replace(enrolment, samples=(other, *enrolment.samples[1:])))
    job(state).run()
    assert len(ran(state)) == 4


def test_a_log_that_is_a_pipe_is_told_and_not_waited_for(state: Path) -> None:
    places = VoicePlaces(state, "wang")
    places.work.mkdir(parents=True)
    os.mkfifo(places.work / "child.log")
    with pytest.raises(FitFailed, match=r"child\.log"):
        job(state).run()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("refuses", "0001.wav holds no voice"),
        ("crashes", "out of luck"),
        ("half a voice", "is no voice"),
    ],
)
def test_a_fit_that_fails_says_why_and_the_next_one_works(
    state: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, words: str
) -> None:
    monkeypatch.setenv("STAND_IN", wrong)
    with pytest.raises(FitFailed, match=words):
        job(state).run()
    standing = read_record(VoicePlaces(state, "wang").work / "progress.json", Standing)
    assert standing.phase == "failed"
    assert not VoicePlaces(state, "wang").card.exists()
    monkeypatch.delenv("STAND_IN")
    assert not job(state).run().refusals


def test_a_consent_that_is_revoked_meanwhile_ends_it_before_there_is_a_voice(state: Path) -> None:
    answers = iter([CONSENT, None])

    def consent() -> Consent:
        found = next(answers)
        if found is None:
            raise VoiceError("The consent was revoked.")
        return found

    with pytest.raises(VoiceError, match="revoked"):
        job(state, consent=consent).run()
    assert ran(state) == ["models.tts.make_voice"]
    assert not VoicePlaces(state, "wang").pack.exists()


def test_two_jobs_at_once_are_refused(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_STEP_S", "0.3")
    first = threading.Thread(target=job(state).run)
    first.start()
    while not (state / "voices/wang/ran").exists():
        time.sleep(0.01)
    with pytest.raises(FitRunning):
        job(state).run()
    first.join()


def test_what_is_missing_is_said(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enrol(state, 2)
    with pytest.raises(TooLittleSpeech, match="8 s of usable speech in 2 samples"):
        job(state).run()
    enrol(state, 10)
    monkeypatch.setenv("KEFU_TRAIN_PYTHON", str(state / "nothing"))
    with pytest.raises(TrainingMissing):
        job(state).run()
    VoicePlaces(state, "wang").enrolment.unlink()
    with pytest.raises(NoSuchVoice):
        job(state).run()


def test_idle_work_has_one_core_and_gives_way() -> None:
    child = os.fork()
    if child == 0:
        core = become_idle()
        right = os.sched_getaffinity(0) == {core} and os.sched_getscheduler(0) == os.SCHED_IDLE
        os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_voice_that_is_revoked_while_it_is_judged_does_not_come_back(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither pack nor card nor how far it was, and the ledger ends in what was done last."""
    consented(state, "wang")
    places = VoicePlaces(state, "wang")
    described = Job._card

    def late(self: Job, *arguments: Any) -> Card:
        made = described(self, *arguments)
        revoke(state, "wang", by="Wang", reason="", now=NOW)
        return made

    monkeypatch.setattr(Job, "_card", late)
    with pytest.raises(VoiceError):
        job(state, consent=lambda: holding(state, "wang", NOW)).run()
    assert not places.folder.exists()
    assert Ledger(state).read().entries[-1].event == "deleted"


def test_a_consent_that_was_given_anew_is_none_to_what_was_made_before(state: Path) -> None:
    answers = [CONSENT, CONSENT, CONSENT, replace(CONSENT, id="1" * 32)]
    with pytest.raises(NoConsent):
        job(state, consent=lambda: answers.pop(0)).run()
    assert not VoicePlaces(state, "wang").pack.exists()
    answers = [CONSENT, CONSENT, CONSENT, replace(CONSENT, id="1" * 32, renews=(CONSENT.id,))]
    assert job(state, consent=lambda: answers.pop(0)).run().consent_id == CONSENT.id


def test_nobody_revokes_between_the_last_consent_and_the_voice(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def locked(path: Path, content: bytes) -> None:
        with (state / "voices" / ".lock").open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        written.append(path.name)
        write_bytes(path, content)

    monkeypatch.setattr(module, "write_bytes", locked)
    job(state).run()
    assert written == ["voice.bin"]


def test_a_job_that_fails_writes_nothing_where_the_voice_was_revoked(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = VoicePlaces(state, "wang")

    def failed(*_: Any, **__: Any) -> None:
        revoke(state, "wang", by="Wang", reason="", now=NOW)
        raise FitFailed("Its folder is gone.")

    monkeypatch.setattr(training_child, "run", failed)
    with pytest.raises(FitFailed):
        job(state).run()
    assert not places.folder.exists()

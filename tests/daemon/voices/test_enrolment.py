"""Recordings become samples: judged, kept, compared, whatever comes in between."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from daemon.objects.errors import DiskFull
from daemon.voices import enrolment as module
from daemon.voices import files, voiceprints
from daemon.voices.enrolment import Enroller, Recording
from daemon.voices.errors import (
    BadVoiceName,
    EnrolmentBusy,
    EnrolmentFull,
    LikenessFailed,
    OtherLanguage,
    VoiceError,
)
from daemon.voices.files import read_record
from daemon.voices.likeness import Clip
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Enrolment, Sample, usable
from daemon.voices.sample_files import read_wav
from engines.errors import BadAudio
from engines.samples.pitch import pitch_of
from tests.engines.samples.speech import golden, spoken, whole

RATE = 16_000


class ByPitch:
    """Stands for the network: a man is not a woman, and nobody is quite like himself."""

    def __init__(self) -> None:
        self.asked: list[Clip] = []

    def embed(self, clips: list[Clip]) -> NDArray[np.float32]:
        return np.stack([self._row(clip) for clip in clips])

    def _row(self, clip: Clip) -> NDArray[np.float32]:
        self.asked.append(clip)
        pcm, rate_hz = read_wav(Path(clip.file))
        first = int(clip.start_s * rate_hz)
        past = len(pcm) if clip.seconds is None else first + int(clip.seconds * rate_hz)
        high = pitch_of(pcm[first:past], rate_hz).median_hz > 160
        noise = 0.05 * np.random.default_rng(first + past).standard_normal(192)
        row = noise + (np.arange(192) % 2 == high)
        return np.asarray(row / np.linalg.norm(row), np.float32)


@cache
def recording(seed: int, *, pitch_hz: float = 120.0, source: str = "") -> Recording:
    pcm = spoken(seed, 4.5, pitch_hz=pitch_hz)
    return Recording(pcm=pcm, rate_hz=RATE, source=source or f"{seed}.wav")


def codes(sample: Sample) -> list[str]:
    return [why.code for why in sample.refusals]


@pytest.fixture
def places(tmp_path: Path) -> VoicePlaces:
    return VoicePlaces(tmp_path, "ann")


def test_samples_are_used_once_it_is_known_whose_they_are(places: VoicePlaces) -> None:
    with Enroller(places, "en") as enroller:
        added = [enroller.add(recording(seed)) for seed in range(3)]
        assert [codes(one) for one in added] == [["not_compared"]] * 3
        assert not usable(enroller.record.samples)
        enrolled = enroller.compare(ByPitch())
    assert [one.file for one in usable(enrolled.samples)] == ["0001.wav", "0002.wav", "0003.wav"]
    assert enrolled.language == "en"
    assert np.linalg.norm(enrolled.embedding) == pytest.approx(1.0, abs=1e-4)
    assert read_record(places.enrolment, Enrolment) == enrolled
    pcm, rate_hz = read_wav(places.samples / "0002.wav")
    assert rate_hz == RATE
    assert np.array_equal(pcm, recording(1).pcm)


def test_what_is_refused_keeps_its_verdict_and_no_audio(places: VoicePlaces) -> None:
    rng = np.random.default_rng(0)
    loud = recording(1).pcm + 3000 * rng.standard_normal(len(recording(1).pcm))
    with Enroller(places) as enroller:
        noisy = enroller.add(Recording(pcm=whole(loud / 32768), rate_hz=RATE, source="noisy.wav"))
        silent = enroller.add(
            Recording(pcm=np.zeros(RATE, np.int16), rate_hz=RATE, source="silent.wav")
        )
    assert "noisy" in codes(noisy)
    assert codes(silent) == ["too_short"]
    assert all(why.reason and why.mend for why in noisy.refusals)
    assert noisy.file == silent.file == ""
    assert not list(places.samples.glob("*"))


def test_another_person_is_refused_and_the_majority_may_change(places: VoicePlaces) -> None:
    with Enroller(places) as enroller:
        enroller.add(recording(1, pitch_hz=220.0))
        enroller.add(recording(2))
        first = enroller.compare(ByPitch())
        assert [codes(one) for one in first.samples] == [[], ["another_speaker"]]
        enroller.add(recording(3))
        enroller.add(recording(4))
        second = enroller.compare(ByPitch())
    assert [codes(one) for one in second.samples] == [["another_speaker"], [], [], []]


def test_nobody_takes_over_a_voice_that_is_somebody_s(places: VoicePlaces) -> None:
    with Enroller(places) as enroller:
        for seed in range(1, 6):
            enroller.add(recording(seed, pitch_hz=220.0))
        before = enroller.compare(ByPitch()).embedding
        for seed in range(11, 23):
            enroller.add(recording(seed))
        after = enroller.compare(ByPitch())
    assert [codes(one) for one in after.samples] == [[]] * 5 + [["another_speaker"]] * 12
    assert after.embedding == before


def test_two_people_in_turns_in_one_recording(places: VoicePlaces) -> None:
    both = np.concatenate([spoken(1, 3.0), spoken(2, 3.0, pitch_hz=220.0)])
    with Enroller(places) as enroller:
        for seed in range(3, 6):
            enroller.add(recording(seed))
        told = enroller.add(Recording(pcm=both, rate_hz=RATE, source="both.wav"))
        enrolled = enroller.compare(ByPitch())
    assert codes(told) == ["two_speakers"] or codes(enrolled.samples[3]) == ["speakers_in_turns"]
    assert len(usable(enrolled.samples)) == 3


def test_the_same_recording_counts_once(places: VoicePlaces) -> None:
    one = recording(1)
    quieter = whole(np.concatenate([np.zeros(1111), one.pcm / 32768 * 0.6]))
    with Enroller(places) as enroller:
        kept = enroller.add(one)
        assert enroller.add(one) == kept, "the same source again is the same sample"
        copy = enroller.add(Recording(pcm=one.pcm, rate_hz=RATE, source="copy.wav"))
        changed = enroller.add(Recording(pcm=quieter, rate_hz=RATE, source="changed.wav"))
        other = enroller.add(recording(2))
    assert codes(copy) == codes(changed) == ["duplicate"]
    assert kept.file in copy.refusals[0].reason
    assert codes(other) == ["not_compared"]


def test_what_was_read_is_compared_with_what_was_asked(places: VoicePlaces) -> None:
    heard: list[float] = []

    def hear(pcm: NDArray[np.int16], rate_hz: int, voice_s: float) -> str:
        heard.append(voice_s)
        assert rate_hz == 16_000
        return "三星在日本的知名度並不及現在"

    pcm, rate_hz = golden("zh_brand")
    with Enroller(places, hear=hear) as enroller:
        right = enroller.add(
            Recording(
                pcm=pcm, rate_hz=rate_hz, source="1.wav", asked="三星在日本的知名度并不及现在。"
            )
        )
        wrong = enroller.add(
            Recording(pcm=pcm, rate_hz=rate_hz, source="1.wav", asked="请问您怎么称呼？")
        )
        told = enroller.add(
            Recording(
                pcm=golden("zh_trade")[0],
                rate_hz=rate_hz,
                source="call",
                asked="甚至出现交易几乎停滞的情况",
                heard="甚至出现交易几乎停止的情况",
            )
        )
    assert codes(right) == codes(told) == ["not_compared"]
    assert "other_text" in codes(wrong)
    assert len(heard) == 2, "a text that came along is not recognised again"
    assert min(heard) > 2


@pytest.mark.parametrize(
    "name", ["", "a", "../x", "a/b", "Ann", "安", "😀😀😀", "zf_xiaobei", "a" * 33]
)
def test_bad_names(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadVoiceName):
        VoicePlaces(tmp_path, name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("pcm", "rate_hz"),
    [
        (np.zeros(31 * 8000, np.int16), 8000),
        (np.zeros((100, 2), np.int16), 16_000),
        (np.zeros(100, np.float32), 16_000),
        (np.zeros(100, np.int16), 4000),
        (np.zeros(100, np.int16), 96_000),
    ],
)
def test_what_is_no_recording(pcm: NDArray[np.int16], rate_hz: int, places: VoicePlaces) -> None:
    with Enroller(places) as enroller:
        kept = enroller.add(recording(1))
        with pytest.raises(BadAudio):
            enroller.add(Recording(pcm=pcm, rate_hz=rate_hz, source="x"))
        assert enroller.record.samples == (kept,)


def test_nothing_and_almost_nothing_is_too_short(places: VoicePlaces) -> None:
    with Enroller(places) as enroller:
        for count in (0, 1, 100, 5000):
            pcm = np.full(count, 9, np.int16)
            added = enroller.add(Recording(pcm=pcm, rate_hz=8000, source=f"{count}"))
            assert codes(added) == ["too_short"]


def test_one_at_a_time(places: VoicePlaces) -> None:
    with Enroller(places), pytest.raises(EnrolmentBusy):
        Enroller(places)
    with Enroller(places):
        pass


def test_a_voice_keeps_its_language(places: VoicePlaces) -> None:
    with Enroller(places, "en") as enroller:
        enroller.add(recording(1))
    with pytest.raises(OtherLanguage):
        Enroller(places, "zh")
    with Enroller(places) as enroller:
        assert enroller.record.language == "en"


def test_a_limit_of_recordings(places: VoicePlaces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SAMPLES", 1)
    with Enroller(places) as enroller:
        kept = enroller.add(recording(1))
        with pytest.raises(EnrolmentFull):
            enroller.add(recording(2))
        assert enroller.add(recording(1)) == kept


def test_a_damaged_enrolment_is_told_and_left_as_it_is(places: VoicePlaces) -> None:
    places.folder.mkdir(parents=True)
    places.enrolment.write_text("{")
    with pytest.raises(VoiceError, match=r"enrolment\.json"):
        Enroller(places)
    assert places.enrolment.read_text() == "{"


def test_a_sample_that_is_gone_is_told(places: VoicePlaces) -> None:
    with Enroller(places) as enroller:
        kept = enroller.add(recording(1))
        (places.samples / kept.file).unlink()
        with pytest.raises(VoiceError, match=r"0001\.wav"):
            enroller.compare(ByPitch())


def everything(places: VoicePlaces) -> Enrolment:
    """All steps of an enrolment, as a run of kefuctl takes them."""
    with Enroller(places, "zh") as enroller:
        for seed in (1, 2):
            enroller.add(recording(seed))
        enroller.add(Recording(pcm=recording(1).pcm, rate_hz=RATE, source="copy.wav"))
        return enroller.compare(ByPitch())


Written = Callable[[Path, bytes], None]


def failing_at(write: int, error: BaseException, really: Written) -> Written:
    """``write_bytes`` that fails instead of its ``write``-th write, and half through it."""
    count = 0

    def failing(path: Path, content: bytes) -> None:
        nonlocal count
        count += 1
        if count > write:
            path.parent.mkdir(parents=True, exist_ok=True)
            (path.parent / f".{path.name}.draft").write_bytes(content[: len(content) // 2])
            raise error
        really(path, content)

    return failing


def putting(monkeypatch: pytest.MonkeyPatch, write: Written) -> None:
    for one in (files, module):
        monkeypatch.setattr(one, "write_bytes", write)


WRITES = 8
"""Of two WAV files, three verdicts, two voiceprints and the comparison."""


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Enrolment:
    return everything(VoicePlaces(tmp_path_factory.mktemp("whole"), "ann"))


@pytest.mark.parametrize("at", range(WRITES))
def test_killed_before_any_write_the_next_run_ends_the_same(
    at: int, whole_run: Enrolment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = VoicePlaces(tmp_path, "ann")
    really = files.write_bytes
    putting(monkeypatch, failing_at(at, KeyboardInterrupt(), really))
    with pytest.raises(KeyboardInterrupt):
        everything(places)
    putting(monkeypatch, really)
    assert everything(places) == whole_run
    recordings = {one.file for one in whole_run.samples if one.file}
    left = {one.name for one in places.samples.iterdir() if one.suffix != ".json"}
    assert left == recordings, "no drafts stay"


@pytest.mark.parametrize("at", range(WRITES))
def test_disk_full_at_any_write_is_told_and_loses_nothing(
    at: int, whole_run: Enrolment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = VoicePlaces(tmp_path, "ann")
    added: list[Sample] = []
    add = Enroller.add

    def noted(self: Enroller, one: Recording) -> Sample:
        added.append(add(self, one))
        return added[-1]

    monkeypatch.setattr(Enroller, "add", noted)
    real_fsync, count = os.fsync, 0

    def full(descriptor: int) -> None:
        nonlocal count
        if os.path.isfile(f"/proc/self/fd/{descriptor}"):  # folders are synced too
            count += 1
            if count > at:
                raise OSError(errno.ENOSPC, "No space left on device")
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        everything(places)
    monkeypatch.setattr(os, "fsync", real_fsync)
    if added:
        stands = read_record(places.enrolment, Enrolment).samples
        assert [one.sha256 for one in stands[: len(added)]] == [one.sha256 for one in added]
    assert not [one for one in places.folder.rglob(".*.wav.*")], "no drafts stay"
    assert everything(places) == whole_run


def test_voiceprints_are_kept_for_the_next_run(places: VoicePlaces) -> None:
    first, second = ByPitch(), ByPitch()
    with Enroller(places) as enroller:
        enroller.add(recording(1))
        enroller.compare(first)
        enroller.add(recording(2))
        told: list[tuple[int, int]] = []
        enroller.compare(second, lambda done, of: told.append((done, of)))
    assert {Path(clip.file).name for clip in first.asked} == {"0001.wav"}
    assert {Path(clip.file).name for clip in second.asked} == {"0002.wav"}
    assert told == [(1, 2), (2, 2)]


def test_a_voiceprint_of_another_recording_does_not_count(places: VoicePlaces) -> None:
    with Enroller(places) as enroller:
        enroller.add(recording(1))
        enroller.compare(ByPitch())
        path = places.samples / "0001.json"
        stale = read_record(path, voiceprints.Voiceprint)
        files.write_record(path, voiceprints.Voiceprint(sha256="0" * 64, whole=stale.whole))
        again = ByPitch()
        enroller.compare(again)
    assert again.asked


class Fails(ByPitch):
    def embed(self, clips: list[Clip]) -> NDArray[np.float32]:
        if len(self.asked) >= 3:
            raise LikenessFailed("It ended.")
        return super().embed(clips)


def test_comparing_that_fails_leaves_everything_unused(places: VoicePlaces) -> None:
    with Enroller(places) as enroller:
        for seed in range(3):
            enroller.add(recording(seed))
        with pytest.raises(LikenessFailed):
            enroller.compare(Fails())
    assert not usable(read_record(places.enrolment, Enrolment).samples)
    with Enroller(places) as enroller:
        assert len(usable(enroller.compare(ByPitch()).samples)) == 3

"""``kefuctl voice listen-test`` and ``listen-results`` as people meet them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random

import msgspec
import numpy as np
import pytest

from daemon.ctl import main, voice_listen_test, voice_test
from daemon.ctl.audio_file import read_audio, write_wav
from daemon.ctl.voice_listen_results import bar
from daemon.release.release import Release
from daemon.voices.errors import NoConsent, TooFewRecordings
from daemon.voices.files import read_record, write_record
from daemon.voices.listening.recordings import choose
from daemon.voices.listening.trials import Key
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Enrolment, Sample
from engines.samples.refusal import Refusal
from tests.conftest import STATE
from tests.daemon.voices.listening.made import key_of, planned, results_of, written
from tests.daemon.voices.test_job import CONSENT
from tests.daemon.voices.voice_box import card

Ctl = Callable[..., tuple[int, str, str]]
TEXTS = ("您好。", "请稍等。", "谢谢您。", "再见。", "好的。")


@pytest.fixture
def ctl(capfd: pytest.CaptureFixture[str]) -> Ctl:
    def run(*arguments: object) -> tuple[int, str, str]:
        code = main.main(["voice", *map(str, arguments)])
        return code, *capfd.readouterr()

    return run


def sample(number: int, text: str, seconds: float = 2.0, **other: object) -> Sample:
    about = {"file": f"{number:04}.wav", "source": "a.wav", "sha256": f"{number:064x}"}
    figures = {"seconds": seconds, "band_hz": 4000, "quality": 0.9}
    return msgspec.convert({**about, **figures, "asked": text, **other}, Sample)


def enrolment(*samples: Sample) -> Enrolment:
    return Enrolment(name="wang-ming", language="zh", samples=samples)


@pytest.fixture
def state(tmp_path: Path, weights: Release, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A voice that was made, a stock one in truth, with five recordings of bursts of noise."""
    path = tmp_path / "state"
    place = VoicePlaces(path, "wang-ming")
    place.samples.mkdir(parents=True)
    for part in ("releases", "objects"):
        (path / part).symlink_to(STATE / part)
    shutil.copy(weights.files / "tts_kokoro" / "voices" / "af_heart.bin", place.pack)
    random = np.random.default_rng(1)
    for number in range(len(TEXTS)):
        pcm = np.rint(random.normal(size=16_000) * 3000).clip(-32000, 32000).astype(np.int16)
        write_wav(place.samples / f"{number:04}.wav", pcm, 8_000)
    write_record(
        place.enrolment, enrolment(*(sample(number, text) for number, text in enumerate(TEXTS)))
    )
    monkeypatch.setattr(voice_listen_test, "holding", lambda *asked: None)
    return path


def test_a_page_its_key_and_its_results(state: Path, tmp_path: Path, ctl: Ctl) -> None:
    page, key_file = tmp_path / "page.html", tmp_path / "page.key.json"
    asked = ("listen-test", "wang-ming", "-o", page, "--state", state, "--sentences", 3)
    code, out, err = ctl(*asked, "--listeners", 2, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["questions"], told["rate_hz"], told["left_out"]) == (18, 8000, [])
    assert told["bytes"] == page.stat().st_size < 3 << 20
    assert key_file.stat().st_mode & 0o777 == 0o600
    key = read_record(key_file, Key)
    assert {clip.source for clip in key.clips} >= {"wang-ming", "zf_xiaoxiao"}
    assert all(0.3 < clip.seconds < 4.0 for clip in key.clips)
    for word in ("wang-ming", "0001.wav", "zf_xiaoxiao", TEXTS[0]):
        assert word not in page.read_text()

    code, _, err = ctl(*asked)
    assert code == 5
    assert "is there already" in err

    files = [written(tmp_path, results_of(key, number)) for number in (1, 2)]
    picture = tmp_path / "opinion.svg"
    code, out, err = ctl("listen-results", key_file, *files, "--svg", picture)
    assert code == 0, err
    assert "2 listeners count, of 2 wanted" in out
    assert "4.00" in out
    assert picture.read_text().startswith("<svg")


def test_a_voice_is_heard_before_it_is_approved(
    state: Path, tmp_path: Path, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "wang.wav"
    place = VoicePlaces(state, "wang-ming")
    write_record(place.card, card(CONSENT, place.pack.read_bytes()))
    code, _, err = ctl("test", "wang-ming", "-o", out, "--state", state)
    assert code == 7
    assert "no_consent" in err
    assert not out.exists()
    monkeypatch.setattr(voice_test, "holding", lambda *asked: None)
    code, told, err = ctl(
        "test", "wang-ming", "--text", "您好。", "-o", out, "--state", state, "--json"
    )
    assert code == 0, err
    answer = json.loads(told)
    assert (answer["voice"], answer["troubles"]) == ("wang-ming", [])
    assert 0.3 < read_audio(out).seconds < 3.0
    assert not any(state.rglob("*.pcm"))


def test_no_consent_no_page(
    state: Path, tmp_path: Path, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(state: Path, name: str, now: datetime) -> None:
        raise NoConsent("There is none.")

    monkeypatch.setattr(voice_listen_test, "holding", refuse)
    code, _, err = ctl("listen-test", "wang-ming", "-o", tmp_path / "page.html", "--state", state)
    assert code == 7
    assert "no_consent" in err
    assert not list(tmp_path.glob("page*"))


@pytest.mark.parametrize(
    ("out", "code"), [("missing/page.html", "cannot_write"), ("key.json", "no_such_voice")]
)
def test_what_cannot_be_done_is_said(tmp_path: Path, ctl: Ctl, out: str, code: str) -> None:
    (tmp_path / "state").mkdir()
    status, _, err = ctl(
        "listen-test", "nobody-here", "-o", tmp_path / out, "--state", tmp_path / "state"
    )
    assert status in (5, 7)
    assert code in err


def test_results_name_who_does_not_count_and_why(tmp_path: Path, ctl: Ctl) -> None:
    key = key_of(planned())
    key_file = tmp_path / "page.key.json"
    write_record(key_file, key)
    good = written(tmp_path, results_of(key, 1))
    lazy = results_of(key, 2, dict.fromkeys(("real", "fitted", "stock"), 5))
    files = [good, written(tmp_path, lazy, "lazy.json"), tmp_path / "missing.json"]
    code, out, err = ctl("listen-results", key_file, *files)
    assert code == 0
    assert "1 listeners count" in out
    assert "lazy.json all_alike" in err
    assert "missing.json damaged" in err

    code, out, _ = ctl("listen-results", key_file, *files, "--json")
    told = json.loads(out)
    assert told["listeners"] == 1
    assert [one["code"] for one in told["left_out"]] == ["all_alike"]
    assert [one["refusal"]["code"] for one in told["refused"]] == ["damaged"]

    code, out, err = ctl("listen-results", key_file, *files[1:])
    assert code == 2
    assert "no_listening_results" in err
    assert "lazy.json all_alike" in err


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 9_000, b"\xff", None])
def test_a_key_that_is_none(tmp_path: Path, ctl: Ctl, content: bytes | None) -> None:
    path = tmp_path / "page.key.json"
    if content is None:
        os.mkfifo(path)
    else:
        path.write_bytes(content)
    code, _, err = ctl("listen-results", path, path)
    assert code == 2
    assert "bad_listening_key" in err


def test_bars_stay_on_their_scale() -> None:
    assert bar(0.0, 0.5, 1.0) == "─" * 12 + "●" + "─" * 12
    assert bar(-1.0, 0.0, 0.0)[0] == "●"
    assert len(bar(0.2, 0.9, 7.0)) == 25


def test_recordings_that_the_voice_was_made_from_are_not_heard_while_others_are_there() -> None:
    many = enrolment(*(sample(number, f"第{number}句。", 5.0) for number in range(20)))
    found = choose(many, 6, 15.0, Random(1))
    assert found.held_out
    assert len(found.lines) == 6
    few = enrolment(*(sample(number, f"第{number}句。", 5.0) for number in range(4)))
    assert not choose(few, 6, 15.0, Random(1)).held_out


def test_unusable_unknown_short_and_long_recordings_are_not_heard() -> None:
    refused = (Refusal(code="clipped", reason="It is.", mend="Again."),)
    bad = [
        sample(1, ""),
        sample(2, "短。", 0.5),
        sample(3, "长。", 30.0),
        sample(4, "坏。", refusals=refused),
    ]
    good = [sample(number, f"第{number}句。") for number in (5, 6, 7)]
    found = choose(enrolment(*bad, *good), 8, 15.0, Random(1))
    assert sorted(line.file for line in found.lines) == ["0005.wav", "0006.wav", "0007.wav"]
    with pytest.raises(TooFewRecordings, match="2 usable"):
        choose(enrolment(*bad, *good[:2]), 8, 15.0, Random(1))


def test_one_telephone_recording_makes_a_telephone_page() -> None:
    wide = [sample(number, f"第{number}句。", band_hz=8000) for number in range(3)]
    assert choose(enrolment(*wide), 3, 15.0, Random(1)).rate_hz == 16_000
    narrow = [*wide[:2], sample(9, "第九句。", band_hz=4000)]
    assert choose(enrolment(*narrow), 3, 15.0, Random(1)).rate_hz == 8_000

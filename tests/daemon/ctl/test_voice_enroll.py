"""kefuctl voice enroll: files of any kind in, a verdict for each out."""

from __future__ import annotations

import json
import os
import struct
import sys
import threading
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daemon.ctl import main, voice_sources
from daemon.ctl.audio_file import write_wav
from daemon.ctl.errors import BadAudioFile
from daemon.ctl.voice_sources import Source, pieces, sources
from daemon.voices.errors import NothingToEnrol
from daemon.voices.places import VoicePlaces
from engines.dialog.moves import Clause
from engines.pipeline import Pipeline
from engines.samples.sentences import sentences
from tests.conftest import STATE
from tests.engines.samples.speech import spoken

STAND_IN = Path(__file__).parents[1] / "voices" / "embed_stand_in.py"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The release, and a stand-in for what compares voices."""
    folder = tmp_path / "state"
    weights = folder / "releases" / "voice" / "files" / "tts_kokoro_float"
    weights.mkdir(parents=True)
    (weights / "model.onnx").write_bytes(b"weights")
    (folder / "releases" / "lite").symlink_to((STATE / "releases" / "lite").resolve())
    (folder / "objects").symlink_to((STATE / "objects").resolve())
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("KEFU_TRAIN_PYTHON", str(python))
    monkeypatch.setenv("KEFU_STATE", str(folder))
    return folder


def enroll(*given: object, capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main.main(["voice", "enroll", *map(str, given)])
    out, err = capfd.readouterr()
    return code, out, " ".join(err.split())


def recordings(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for seed, name in enumerate(names):
        write_wav(folder / name, spoken(seed), 16_000)
    return folder


def verdicts(answer: dict[str, Any]) -> dict[str, list[str]]:
    return {one["source"]: [why["code"] for why in one["refusals"]] for one in answer["samples"]}


def test_a_folder_of_recordings(
    state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = recordings(tmp_path / "in", "a.wav", "b.wav", "c.wav")
    (folder / "notes.txt").write_text("not a recording")
    code, out, _ = enroll("ann", "--audio", folder, "--language", "en", "--json", capfd=capfd)
    answer = json.loads(out)
    assert code == 0
    assert verdicts(answer) == {"a.wav": [], "b.wav": [], "c.wav": []}
    assert (answer["name"], answer["language"], answer["usable"]) == ("ann", "en", 3)
    assert answer["seconds"] == pytest.approx(8.5, abs=1.0)
    assert "15 s" in answer["advice"][0]
    again, out, _ = enroll("ann", "--audio", folder, "--json", capfd=capfd)
    assert again == 0
    assert json.loads(out)["usable"] == 3
    assert len(list(VoicePlaces(state, "ann").samples.glob("*.wav"))) == 3


def test_a_person_reads_verdicts_mends_and_what_more_would_bring(
    state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = recordings(tmp_path / "in", "a.wav")
    write_wav(folder / "b.wav", np.zeros(16_000, np.int16), 16_000)
    (folder / "c.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(400))
    code, out, err = enroll("ann", "--audio", folder, "--language", "zh", capfd=capfd)
    assert code == 0
    assert "usable" in out
    assert "too_short" in out
    assert "bad_audio_file" in out
    assert "Read whole sentences" in err
    assert "1 usable samples" in err
    assert "15 s" in err


def test_a_run_of_which_nothing_can_be_used_fails(
    state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = recordings(tmp_path / "in", "a.wav")
    assert enroll("ann", "--audio", folder, "--language", "zh", capfd=capfd)[0] == 0
    write_wav(folder / "a.wav", np.zeros(16_000, np.int16), 16_000)
    code, _, err = enroll("ann", "--audio", folder, capfd=capfd)
    assert code == 5
    assert "nothing_usable" in err
    assert "1 usable samples" in err


def test_a_state_folder_that_is_not_there_is_none_of_a_gateway(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    away = tmp_path / "away"
    for verb in (
        ("list",),
        ("show", "ann"),
        ("enroll", "ann", "--audio", "x.wav", "--language", "en"),
        ("invite", "ann", "--who", "Ann", "--purpose", "answering calls", "--language", "en"),
        ("invitations",),
    ):
        assert main.main(["voice", *verb, "--state", str(away)]) == 7
        assert "no_state_folder" in capfd.readouterr().err
    assert not away.exists()


def test_the_sentences_are_held_against_what_is_heard(
    lite: Pipeline, state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    lines = sentences("zh")
    for name, text in (("02.wav", lines[1]), ("05-again.wav", "祝您生活愉快，再见。")):
        speech = lite.synthesiser.speak(Clause(text=text, language="zh"))
        quiet = np.zeros(speech.rate_hz // 2, np.int16)
        write_wav(folder / name, np.concatenate([quiet, speech.pcm, quiet]), speech.rate_hz)
    code, out, _ = enroll("ann", "--audio", folder, "--script", "zh", "--json", capfd=capfd)
    answer = json.loads(out)
    assert code == 0
    found = {one["source"]: one for one in answer["samples"]}
    assert found["02.wav"]["asked"] == lines[1]
    assert found["02.wav"]["refusals"] == []
    assert found["05-again.wav"]["asked"] == lines[4]
    assert [why["code"] for why in found["05-again.wav"]["refusals"]] == ["other_text"]


def wav_of(tag: int, bits: int, channels: int, rate_hz: int, data: bytes, size: int = -1) -> bytes:
    step = channels * bits // 8
    head = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * step, step, bits)
    body = b"fmt " + struct.pack("<I", 16) + head
    body += b"data" + struct.pack("<I", len(data) if size < 0 else size) + data
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


HOSTILE = {
    "empty": b"",
    "a text": "你好\n".encode() * 50,
    "a film": b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 20,
    "an mp3": b"ID3\x04" + bytes(500),
    "a header alone": wav_of(1, 16, 1, 16_000, b""),
    "truncated": wav_of(1, 16, 1, 16_000, bytes(1000), size=90_000),
    "384 kHz": wav_of(1, 16, 1, 384_000, bytes(9600)),
    "no numbers": wav_of(3, 32, 1, 16_000, b"\xff" * 6400),
    "12 bits": wav_of(1, 12, 1, 16_000, bytes(4800)),
    "no channels": wav_of(1, 16, 0, 16_000, bytes(100)),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_recording_is_told_with_a_way_out(
    what: str, state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.wav"
    file.write_bytes(HOSTILE[what])
    code, out, err = enroll("ann", "--audio", file, "--language", "zh", "--json", capfd=capfd)
    answer = json.loads(out)
    assert code == 5
    assert verdicts(answer) == {"x.wav": ["bad_audio_file"]}
    assert answer["samples"][0]["refusals"][0]["mend"]
    assert "nothing_to_enrol" in err


@pytest.mark.parametrize("what", ["/dev/zero", "fifo", "missing.wav"])
def test_what_never_ends_is_not_waited_for(
    what: str, state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = Path(what) if what.startswith("/") else tmp_path / what
    if what == "fifo":
        os.mkfifo(path)
    code: list[int] = []
    run = threading.Thread(
        target=lambda: code.append(
            enroll("ann", "--audio", path, "--language", "zh", capfd=capfd)[0]
        ),
        daemon=True,
    )
    run.start()
    run.join(60)
    assert code == [5]


def test_the_first_channel_of_stereo_counts(
    state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mono = spoken(1)
    both = np.stack([mono, np.roll(spoken(2), 4000)[: len(mono)].copy()][:1] * 2, axis=1)
    both[:, 1] = 0
    write_wav(tmp_path / "x.wav", both, 16_000)
    code, out, _ = enroll(
        "ann", "--audio", tmp_path / "x.wav", "--language", "zh", "--json", capfd=capfd
    )
    assert code == 0
    assert verdicts(json.loads(out)) == {"x.wav": []}


@pytest.mark.parametrize("name", ["a/b", "../ann", "Ann", "😀😀😀", "ann\n"])
def test_bad_names(
    name: str, state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, _, err = enroll(name, "--audio", tmp_path, "--language", "zh", capfd=capfd)
    assert code == 7
    assert "bad_voice_name" in err
    assert not (state / "voices").exists()


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("--audio", "x.wav", "--call", "3f"),
        ("--audio", ".", "--script", "zh", "--language", "en"),
        ("--audio", "."),
    ],
)
def test_wrong_usage(
    given: tuple[str, ...], state: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert enroll("ann", *given, capfd=capfd)[0] == 2


def test_without_the_training_environment_nothing_begins(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEFU_TRAIN_PYTHON", str(tmp_path / "none"))
    folder = recordings(tmp_path / "in", "a.wav")
    code, _, err = enroll("ann", "--audio", folder, "--language", "zh", capfd=capfd)
    assert code == 7
    assert "make setup-train" in err


def test_a_long_recording_is_cut_at_its_pauses(tmp_path: Path) -> None:
    pcm = np.concatenate([spoken(seed, 6.0) for seed in range(8)])
    write_wav(tmp_path / "long.wav", pcm, 16_000)
    found = list(pieces(Source(path=tmp_path / "long.wav", asked="")))
    assert len(found) >= 4
    assert all(2.0 < len(one.pcm) / one.rate_hz < 16.0 for one in found)
    assert len({one.source for one in found}) == len(found)
    assert all(one.source.startswith("long.wav ") for one in found)


def test_more_than_two_hours_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_sources, "MOST_SECONDS", 2.0)
    with wave.open(str(tmp_path / "x.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8000 * 3))
    with pytest.raises(BadAudioFile, match="long"):
        list(pieces(Source(path=tmp_path / "x.wav", asked="")))


def test_which_sentence_a_file_is(tmp_path: Path) -> None:
    lines = sentences("en")

    def asked(*names: str) -> list[str]:
        return [one.asked for one in sources([tmp_path / name for name in names], "en")]

    assert asked("03.wav", "1 again.wav", "50_b.wav") == [lines[2], lines[0], lines[49]]
    assert asked("b.wav", "a.wav") == [lines[0], lines[1]]
    assert asked("20261128-1.wav", "20261128-2.wav") == [lines[0], lines[1]]
    assert asked("00.wav", "51.wav") == [lines[0], lines[1]]
    with pytest.raises(NothingToEnrol, match="51 files for 50"):
        asked(*(f"take-{number}.wav" for number in range(51)))
    with pytest.raises(NothingToEnrol):
        sources([], None)

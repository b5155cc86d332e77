"""The child that makes a voice: progress, resuming, stopping, refusing."""

from __future__ import annotations

import json
import os
import signal
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engines.tts.voice_file import read_voice
from models.tts import make_voice, passages, reading
from models.tts.heard_back import HearBack
from models.tts.prosody_match import Prosody
from models.tts.style_fit import FitState, Recipe, StyleFit
from models.tts.voice_packs import DECODER, VoicePacks

STATE = Path(os.environ.get("KEFU_STATE", Path(__file__).parents[3] / "var"))
WEIGHTS = STATE / "releases" / "voice" / "files"
RELEASE = STATE / "releases" / "lite" / "files"

needs_weights = pytest.mark.skipif(
    not (WEIGHTS / "tts_kokoro_float" / "model.onnx").exists(),
    reason="`kefuctl pull --profile voice` brings the weights",
)


def recording(path: Path, seconds: float = 6.0, level: float = 0.3) -> str:
    """A buzz of 120 Hz in syllables."""
    time = np.arange(round(16_000 * seconds)) / 16_000
    sound = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 30))
    sound = level * sound * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * time)) / 2
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(16_000)
        wav.writeframes((sound * 32_767).astype("<i2").tobytes())
    return str(path)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three steps, begun with a voice that is not looked for, on a buzz taken for words."""

    def begin_with(_: object, stock: VoicePacks, *__: object) -> Prosody:
        half = stock.pack("am_michael")[:, :, DECODER:]
        return Prosody(half=half, voices=("am_michael",), pitch_hz=110.0)

    monkeypatch.setattr(make_voice, "match", begin_with)
    monkeypatch.setattr(make_voice, "nearest", lambda **_: "am_michael")
    for name in ("sentences", "clauses"):
        monkeypatch.setattr(reading, name, lambda *_: ["həlˈO.", "ɡʊdbˈI."])
    monkeypatch.setattr(passages, "_OTHER_WORDS", 2.0)
    monkeypatch.setattr(HearBack, "understand", lambda *_: "Good morning, how are you today?")
    monkeypatch.setattr(make_voice, "RECIPE", Recipe(steps=3, averaged=1, aims=(1.0, 2.0)))


def folder(path: Path) -> Path:
    path.mkdir()
    content = {"files": [recording(path / "a.wav")], "language": "en", "band_hz": 8000}
    (path / "references.json").write_text(json.dumps(content))
    return path


def without_weights(path: Path) -> list[str]:
    return ["--weights", str(path), "--release", str(path)]


def after_step(wanted: int, act: Callable[[], None]) -> Callable[[StyleFit, FitState], float]:
    step, taken = StyleFit.step, []

    def stepping(fit: StyleFit, state: FitState) -> float:
        taken.append(step(fit, state))
        if len(taken) == wanted:
            act()
        return taken[-1]

    return stepping


@needs_weights
@pytest.mark.usefixtures("quick")
def test_a_fit_that_is_stopped_goes_on_to_the_same_voice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, broken = folder(tmp_path / "whole"), folder(tmp_path / "broken")
    command = ["--weights", str(WEIGHTS), "--release", str(RELEASE)]
    (whole / "checkpoint.npz").write_bytes(b"PK\x03\x04 damaged")
    assert make_voice.main([str(whole), *command]) == 0
    told = lines(capsys)
    assert "checkpoint is left" in str(told[1]["note"])
    phases = [line["phase"] for line in told[-11:]]
    assert phases == ["fit"] * 6 + ["choose"] * 4 + ["write"]
    report = json.loads((whole / "fit.json").read_bytes())
    assert report["losses"][2] < report["losses"][0]
    assert (report["start_voice"], report["steps"]) == ("am_michael", 6)
    clean = [one for one in report["variants"] if not one["failures"]]
    least = min(one["error_rate"] for one in report["variants"])
    likeness = [one["likeness"] for one in clean if one["error_rate"] <= least + 0.03]
    assert likeness[0] >= max(likeness) - 0.01
    assert likeness[1:] == sorted(likeness[1:], reverse=True)
    assert {one["fit"] for one in report["variants"]} == {0, 1}
    made = read_voice((whole / "voice.bin").read_bytes())
    voice, gains = made.pack, made.gains_db
    assert gains is not None
    assert made.offsets is not None
    assert (made.offsets != 0).mean() > 0.85  # noise_res has no slope
    assert gains.any()
    stock = VoicePacks(WEIGHTS / "tts_kokoro_float" / "voices").pack("am_michael")
    assert (voice[:, :, DECODER:] == stock[:, :, DECODER:]).all()
    assert not (voice[:, :, :DECODER] == stock[:, :, :DECODER]).any()

    with monkeypatch.context() as patch:
        stop = after_step(5, lambda: os.kill(os.getpid(), signal.SIGTERM))
        patch.setattr(StyleFit, "step", stop)
        assert make_voice.main([str(broken), *command]) == 143
    assert not (broken / "voice.bin").exists()
    assert make_voice.main([str(broken), *command]) == 0
    told = lines(capsys)
    assert {"phase": "load", "note": "It goes on from step 5."} in told
    assert (broken / "voice.bin").read_bytes() == (whole / "voice.bin").read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[" * 5000,
        "{}",
        '{"files": []}',
        '{"files": ["none.wav"]}',
        '{"files": ["/"]}',
        '{"files": ["references.json"]}',
        '{"files": ["short.wav"]}',
        '{"files": ["silent.wav"]}',
        '{"files": ["long.wav"], "language": "xx"}',
        '{"files": ["long.wav"], "band_hz": 0}',
    ],
)
def test_bad_references_are_refused_with_a_reason(
    tmp_path: Path,
    content: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    recording(tmp_path / "long.wav")
    recording(tmp_path / "short.wav", 1.0)
    recording(tmp_path / "silent.wav", 8.0, 0.0)
    (tmp_path / "references.json").write_text(content)
    assert make_voice.main([str(tmp_path), *without_weights(tmp_path)]) == 7
    last = lines(capsys)[-1]
    assert last["error"] == "bad_audio"
    assert last["message"]


def test_missing_weights_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [str(folder(tmp_path / "a")), *without_weights(tmp_path)]
    assert make_voice.main(command) == 7
    assert lines(capsys)[-1]["error"] == "weights_unusable"

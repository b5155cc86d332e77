"""The child that embeds recordings, and what becomes of it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from daemon.voices import likeness as module
from daemon.voices.errors import LikenessFailed, TrainingMissing
from daemon.voices.likeness import Clip, Likeness


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    weights = tmp_path / "releases" / "voice" / "files" / "tts_kokoro_float"
    weights.mkdir(parents=True)
    (weights / "model.onnx").write_bytes(b"weights")
    python = tmp_path / "python"
    stand_in = Path(__file__).with_name("embed_stand_in.py")
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{stand_in}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("KEFU_TRAIN_PYTHON", str(python))
    return tmp_path


def test_clips_and_their_parts_are_embedded_in_order(state: Path) -> None:
    with Likeness(state) as likeness:
        assert likeness.embed([]).shape == (0, 192)
        found = likeness.embed([Path("a.wav"), Clip(file="a.wav", start_s=1.0, seconds=2.0)])
        again = likeness.embed([Path("a.wav")])
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(found[0], again[0])
    assert not np.array_equal(found[0], found[1])


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("will not start", r"model\.ckpt is broken"),
        ("dies", "out of memory"),
        ("babbles", "No answer about"),
        ("refuses", "too short"),
        ("zeros", "no embedding"),
    ],
)
def test_a_child_that_fails_is_told(
    how: str, says: str, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN", how)
    with Likeness(state) as likeness, pytest.raises(LikenessFailed, match=says):
        likeness.embed([Path("a.wav"), Path("b.wav")])


def test_a_child_that_hangs_is_ended(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN", "hangs")
    monkeypatch.setattr(module, "_ANSWER_S", 0.2)
    with Likeness(state) as likeness, pytest.raises(LikenessFailed):
        likeness.embed([Path("a.wav")])


def test_without_the_training_environment_it_says_how_to_get_it(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEFU_TRAIN_PYTHON", str(tmp_path / "none"))
    with pytest.raises(TrainingMissing, match="none"):
        Likeness(state)
    with pytest.raises(TrainingMissing):
        Likeness(tmp_path / "elsewhere")

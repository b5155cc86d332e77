"""The judges of voices, and the child that says whose voice clips are."""

from __future__ import annotations

import io
import json
import os
import pickle
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engines.errors import WeightsUnusable
from models.tts import campplus, ecapa, embed_clips, ge2e
from models.tts.judge import Judge
from models.tts.judge_names import JUDGES, JudgeName
from models.tts.judge_weights import tensors

ROOT = Path(__file__).parents[3]
WEIGHTS = Path(os.environ.get("KEFU_STATE", ROOT / "var")) / "releases" / "voice" / "files"
RATE_HZ = 16_000
Floats = NDArray[np.float32]

needs_weights = pytest.mark.skipif(
    not (WEIGHTS / ecapa.FILE).exists(), reason="`kefuctl pull --profile voice` brings the weights"
)


def vowel(pitch_hz: float, formants: tuple[float, ...], seed: int, seconds: float = 2.0) -> Floats:
    """Something with a pitch and a throat, which a judge can tell from another."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pitch = pitch_hz * (1 + 0.02 * np.sin(2 * np.pi * 3 * time + random.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    sound = np.zeros_like(time)
    for harmonic in range(1, int(7_000 / pitch_hz)):
        peaks = sum(np.exp(-(((harmonic * pitch_hz - one) / 150) ** 2)) for one in formants)
        sound += (0.02 + peaks) / harmonic**0.5 * np.sin(harmonic * phase)
    sound *= 0.6 + 0.4 * np.sin(2 * np.pi * 4 * time)
    sound += random.normal(0, 0.01, time.size)
    return np.asarray(0.2 * sound / np.abs(sound).max(), np.float32)


@pytest.mark.parametrize(
    ("network", "size"), [(ecapa.Ecapa, 192), (campplus.CamPlusPlus, 192), (ge2e.Ge2e, 256)]
)
def test_vectors_have_length_1_and_the_gradient_reaches_the_sound(
    network: type[torch.nn.Module], size: int
) -> None:
    torch.manual_seed(1)
    audio = torch.from_numpy(np.stack([vowel(120, (700, 1200), 1), vowel(220, (300, 2300), 2)]))
    audio.requires_grad_()
    vectors = network().eval()(audio)
    assert vectors.shape == (2, size)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(2), atol=1e-5)
    (vectors[0] @ vectors[1]).backward()
    assert audio.grad is not None
    assert bool(audio.grad.isfinite().all())
    assert float(audio.grad.abs().sum()) > 0


@pytest.mark.parametrize("kind", [ecapa.Ecapa, campplus.CamPlusPlus])
def test_a_batch_is_heard_as_its_clips_are(kind: type[torch.nn.Module]) -> None:
    torch.manual_seed(1)
    network = kind().eval()
    clips = torch.from_numpy(np.stack([vowel(120, (700,), 1), vowel(220, (300,), 2)]))
    together = network(clips)
    for place in range(2):
        assert torch.allclose(network(clips[place : place + 1])[0], together[place], atol=1e-5)


@pytest.mark.parametrize(
    ("seconds", "parts"), [(0.3, 1), (1.6, 1), (1.9, 1), (2.5, 2), (8.0, 9), (60.0, 77)]
)
def test_parts_of_a_clip_cover_it(seconds: float, parts: int) -> None:
    samples = round(seconds * RATE_HZ)
    starts = ge2e.part_starts(samples)
    assert len(starts) == parts
    end_s = (starts[-1] + 160) / 100
    assert end_s > seconds - 1.2


@needs_weights
@pytest.mark.parametrize("name", JUDGES)
def test_one_voice_is_nearer_to_itself_than_to_another(name: JudgeName) -> None:
    judge = Judge(name, WEIGHTS)
    one, again = (judge.embed(vowel(110, (650, 1100, 2400), seed)) for seed in (1, 2))
    other = judge.embed(vowel(230, (350, 2200, 3100), 3))
    assert one @ again > max(one @ other, again @ other) + 0.1
    loud = judge.embed(vowel(110, (650, 1100, 2400), 1) * 0.05)
    assert loud @ one > 0.98


@needs_weights
def test_cam_plus_plus_tells_voices_apart() -> None:
    network = campplus.load(WEIGHTS)
    clips = [vowel(110, (650, 1100, 2400), seed) for seed in (1, 2)] + [vowel(230, (350, 2200), 3)]
    one, again, other = network(torch.from_numpy(np.stack(clips)))
    assert float(one @ again) > float(torch.maximum(one @ other, again @ other)) + 0.03


def test_features_are_those_of_kaldi() -> None:
    """Golden: kaldi-native-fbank 1.23.0, 80 bins, no dither, of the same sound."""
    audio = vowel(140, (600, 1500), 7, seconds=0.5)
    with np.load(Path(__file__).parent / "kaldi_fbank.npz") as golden:
        assert np.allclose(golden["audio"], audio, atol=1e-6)
        wanted = golden["features"]
    found = campplus.CamPlusPlus().features(torch.from_numpy(audio)[None])[0].numpy().T
    assert found.shape == wanted.shape
    assert np.abs(found - (wanted - wanted.mean(axis=0))).max() < 0.02


@pytest.mark.parametrize("load", [ecapa.load, campplus.load, ge2e.load])
def test_weights_that_are_none_are_refused(load: object, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    contents = {
        "none": None,
        "empty": b"",
        "text": b"no weights",
        "pickle": pickle.dumps(Evil()),
        "list": _saved([1, 2]),
        "other": _saved({"model_state": {"a": torch.zeros(3)}}),
        "evil": _saved({"model_state": Evil()}),
    }
    for name, content in contents.items():
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(WeightsUnusable):
            load(path)  # type: ignore[operator]
    with pytest.raises(WeightsUnusable):
        load(tmp_path)  # type: ignore[operator]
    assert not (tmp_path / "ran").exists()


def test_names_and_shapes_must_be_the_networks(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    states = ge2e.Ge2e().state_dict()
    torch.save({"model_state": states | {"linear.weight": torch.zeros(2, 2)}}, path)
    with pytest.raises(WeightsUnusable):
        ge2e.load(path)
    torch.save({"model_state": states}, path)
    assert set(tensors(path, inside="model_state").by_name) == set(states)
    ge2e.load(path)


class Ear:
    """A judge that hears how loud a clip is."""

    def embed(self, audio: Floats) -> Floats:
        return np.array([np.abs(audio).max(), 0.0], np.float32)


def served(*lines: bytes) -> list[dict[str, Any]]:
    answers = io.BytesIO()
    embed_clips.serve(Ear(), io.BytesIO(b"\n".join(lines)), answers)  # type: ignore[arg-type]
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def test_each_request_is_answered_in_order(tmp_path: Path) -> None:
    path = tmp_path / "客 服.wav"
    with path.open("wb") as file, wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(8_000)
        wav.writeframes(np.full(16_000, 16_384, "<i2").tobytes())
    good = json.dumps({"file": str(path), "start_s": 0.5, "seconds": 1.0}).encode()
    hostile = [
        b"{}",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"file": 3}',
        b'{"file": "a\\u0000b"}',
        b'{"file": "/dev/zero"}',
        b'{"file": "."}',
        json.dumps({"file": str(path), "start_s": -1}).encode(),
        json.dumps({"file": str(path), "seconds": 1e9}).encode(),
        json.dumps({"file": str(path), "start_s": 50}).encode(),
        b"[" * 5_000,
    ]
    answers = served(good, b"", *hostile, good)
    assert len(answers) == len(hostile) + 2
    assert answers[0] == answers[-1]
    assert np.allclose(answers[0]["embedding"], [0.5, 0.0], atol=0.1)
    for one in answers[1:-1]:
        assert set(one) == {"error"}
        assert one["error"]


def test_missing_weights_end_the_child(tmp_path: Path) -> None:
    assert embed_clips.main(["--weights", str(tmp_path)]) == 2
    assert embed_clips.main(["--weights", str(tmp_path / "none"), "--judge", "ge2e"]) == 2


def _saved(content: object) -> bytes:
    sink = io.BytesIO()
    torch.save(content, sink)
    return sink.getvalue()

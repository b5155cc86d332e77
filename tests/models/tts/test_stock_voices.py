"""The table of how the judges hear the stock voices."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.errors import WeightsUnusable
from models.tts import stock_voices as module
from models.tts.judge_names import FILES, JUDGES

ROOT = Path(__file__).parents[3]
STATE = Path(os.environ.get("KEFU_STATE", ROOT / "var"))
VOICE = STATE / "releases" / "voice" / "files"
LITE = STATE / "releases" / "lite" / "files"
NAMES = ("af_heart", "zf_xiaoxiao")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    for file in (*FILES.values(), "tts_kokoro/model.onnx"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(file.encode())
    (tmp_path / "tts_kokoro_float" / "voices").mkdir(parents=True)
    for name in NAMES:
        (tmp_path / "tts_kokoro_float" / "voices" / f"{name}.bin").write_bytes(name.encode())
    return tmp_path


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What had to be made; in place of rendering."""
    calls: list[tuple[str, ...]] = []

    def make(weights: Path, release: Path, languages: Any, progress: Any) -> dict[str, Any]:
        calls.append(tuple(languages))
        rows = {
            f"{language}_{band}_{judge}": np.full((2, 3), 2.0, np.float16)
            for language in languages
            for band in module.BANDS_HZ
            for judge in JUDGES
        }
        mark = module.fingerprint(weights, release)
        return {**rows, "names": np.array(NAMES), "made_from": np.array(mark)}

    monkeypatch.setattr(module, "make", make)
    return calls


def test_it_is_made_once_for_other_weights(
    weights: Path, made: list[tuple[str, ...]], tmp_path: Path
) -> None:
    cache = tmp_path / "cache.npz"
    for _ in range(2):
        found = module.stock_voices(weights, weights, "zh", 8_000, cache=cache)
    assert made == [("zh",)]
    assert found.names == NAMES
    assert (found.embeddings["ge2e"] == 2.0).all()  # as it was made: a mean is shorter than 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", b"x" * 1_000])
def test_a_damaged_cache_is_made_again(
    weights: Path, made: list[tuple[str, ...]], tmp_path: Path, content: bytes
) -> None:
    cache = tmp_path / "cache.npz"
    cache.write_bytes(content)
    module.stock_voices(weights, weights, "en", 4_000, cache=cache)
    module.stock_voices(weights, weights, "en", 3_400, cache=cache)
    assert made == [("en",)]


def test_another_network_or_voice_is_another_table(
    weights: Path, made: list[tuple[str, ...]], tmp_path: Path
) -> None:
    cache = tmp_path / "cache.npz"
    changes = [
        FILES["ecapa"],
        FILES["ge2e"],
        "tts_kokoro/model.onnx",
        "tts_kokoro_float/voices/af_heart.bin",
    ]
    for count, file in enumerate(changes):
        module.stock_voices(weights, weights, "en", 8_000, cache=cache)
        (weights / file).write_bytes(b"changed")
        assert len(made) == count + 1


def test_missing_weights_are_named(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsUnusable):
        module.stock_voices(tmp_path / "none", weights, "en", 8_000)
    (weights / FILES["ge2e"]).unlink()
    with pytest.raises(WeightsUnusable, match=r"pretrained\.pt"):
        module.stock_voices(weights, weights, "en", 8_000)


@pytest.mark.skipif(
    not (VOICE / FILES["ecapa"]).exists(),
    reason="`kefuctl pull --profile voice` brings the weights",
)
def test_the_committed_table_is_of_the_catalogues_weights() -> None:
    with np.load(module.TABLE, allow_pickle=False) as table:
        assert str(table["made_from"]) == module.fingerprint(VOICE, LITE)
        assert len(table["names"]) == 54
        for language in ("zh", "en"):
            for band_hz in module.BANDS_HZ:
                for judge, size in (("ecapa", 192), ("ge2e", 256)):
                    rows = table[f"{language}_{band_hz}_{judge}"].astype(np.float32)
                    assert rows.shape == (54, size)
                    # Means of three embeddings of length 1 of one voice.
                    assert (np.abs(np.linalg.norm(rows, axis=1) - 0.95) < 0.05).all()

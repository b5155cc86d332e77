"""Embeddings that are kept beside samples: what is damaged is embedded again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from daemon.voices.files import write_record
from daemon.voices.likeness import Clip
from daemon.voices.records import Sample
from daemon.voices.sample_files import wav
from daemon.voices.voiceprints import Voiceprint, is_print, voiceprint
from tests.daemon.voices.voice_box import direction, said

SAMPLE = Sample(file="0001.wav", source="", sha256="1" * 64, seconds=4.0, band_hz=8000, quality=0.9)


class Counting:
    """An embedder that counts what it was asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, clips: list[Clip]) -> np.ndarray:
        self.asked += 1
        return np.array([direction(1) for _ in clips], np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / SAMPLE.file).write_bytes(wav(said(4), 16_000))
    return tmp_path


def test_nothing_is_embedded_twice(folder: Path) -> None:
    embedder = Counting()
    assert voiceprint(folder, SAMPLE, embedder) == voiceprint(folder, SAMPLE, embedder)
    assert embedder.asked == 1


@pytest.mark.parametrize("whole", [(), (1.0,), (0.0,) * 192, (1.0,) * 192, (1.0,) + (0.0,) * 192])
def test_what_cannot_be_compared_is_embedded_again(folder: Path, whole: tuple[float, ...]) -> None:
    embedder = Counting()
    kept = voiceprint(folder, SAMPLE, embedder)
    write_record(folder / "0001.json", replace(kept, whole=whole))
    assert voiceprint(folder, SAMPLE, embedder) == kept
    write_record(folder / "0001.json", replace(kept, halves=(whole, kept.whole)))
    assert voiceprint(folder, SAMPLE, embedder) == kept
    assert embedder.asked == 3


def test_infinite_numbers_are_no_print() -> None:
    assert not is_print((float("inf"),) + (0.0,) * 191)
    assert not is_print((float("nan"),) * 192)
    assert is_print(Voiceprint(sha256="", whole=direction(1)).whole)

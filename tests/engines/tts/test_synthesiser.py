"""The synthesiser's guard and cache over a voice that fails as networks fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.dialog.moves import Clause
from engines.text.normalise import Language
from engines.tts.errors import SpeechFailed
from engines.tts.kokoro import Waveform
from engines.tts.phrase_cache import PhraseCache
from engines.tts.synthesiser import Synthesiser


class OnePiece:
    def phonemes(self, text: str, language: Language) -> list[tuple[str, str]]:
        return [(text, "xau↓ tɤ xau↓ tɤ.")]


class Fake:
    """Says 60 ms a token; the first ``failures`` runs are silent."""

    digest = "fake"

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.said: list[str] = []

    def speak(self, phonemes: str, voice: str, speed: float, interrupt: object = None) -> Waveform:
        self.said.append(phonemes)
        length = 1440 * len(phonemes)
        samples: NDArray[np.float32] = np.zeros(length, np.float32)
        if len(self.said) > self.failures:
            samples[:] = 0.2 * np.sin(np.arange(length) * 0.05)
        return Waveform(samples=samples, tokens=len(phonemes))


def synthesiser(fake: Fake, folder: Path) -> Synthesiser:
    return Synthesiser(OnePiece(), fake, PhraseCache(folder))  # type: ignore[arg-type]


FIXED = Clause(text="好的。", language="zh", cacheable=True)
FREE = Clause(text="订单A1024，", language="zh")


def test_a_fixed_clause_is_synthesised_once(tmp_path: Path) -> None:
    fake = Fake()
    voice = synthesiser(fake, tmp_path)
    assert voice.cached(FIXED) is None
    assert not voice.speak(FIXED).cached
    assert voice.speak(FIXED).cached
    again = synthesiser(Fake(), tmp_path).cached(FIXED)
    assert again is not None
    assert again.at(8000).size == pytest.approx(again.pcm.size / 3, abs=2)
    assert len(fake.said) == 1


def test_a_free_clause_is_never_kept(tmp_path: Path) -> None:
    voice = synthesiser(Fake(), tmp_path)
    voice.speak(FREE)
    assert voice.cached(FREE) is None
    assert not list(tmp_path.iterdir())


def test_silence_is_tried_again_in_halves(tmp_path: Path) -> None:
    fake = Fake(failures=1)
    speech = synthesiser(fake, tmp_path).speak(FREE)
    assert fake.said[1:] == ["xau↓ tɤ", "xau↓ tɤ."]
    assert speech.pcm.any()


def test_silence_twice_is_an_error_that_names_the_text_and_the_next_clause_works(
    tmp_path: Path,
) -> None:
    voice = synthesiser(Fake(failures=2), tmp_path)
    with pytest.raises(SpeechFailed, match="订单A1024"):
        voice.speak(FREE)
    assert voice.speak(FREE).pcm.any()

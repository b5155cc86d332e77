"""The synthesiser's guard and cache over a voice that fails as networks fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engines.dialog.moves import Clause
from engines.text.normalise import Language
from engines.tts.errors import SpeechFailed
from engines.tts.kokoro import Waveform
from engines.tts.phrase_cache import PhraseCache
from engines.tts.synthesiser import Synthesiser, SynthesiserSettings, Voice


class OnePiece:
    def phonemes(self, text: str, language: Language) -> list[tuple[str, str]]:
        return [(text, "xau↓ tɤ xau↓ tɤ.")]


class Fake:
    """Says 60 ms a token at speed 1; the first ``failures`` runs are silent."""

    digest = "fake"

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.said: list[str] = []
        self.speeds: list[float] = []

    def speak(self, phonemes: str, voice: str, speed: float, interrupt: object = None) -> Waveform:
        self.said.append(phonemes)
        self.speeds.append(speed)
        length = round(1440 * len(phonemes) / speed)
        samples: NDArray[np.float32] = np.zeros(length, np.float32)
        if len(self.said) > self.failures:
            samples[:] = 0.2 * np.sin(np.arange(length) * 0.05)
        return Waveform(samples=samples, tokens=len(phonemes))


def synthesiser(
    fake: Fake, folder: Path, settings: SynthesiserSettings | None = None
) -> Synthesiser:
    return Synthesiser(OnePiece(), fake, PhraseCache(folder), settings)  # type: ignore[arg-type]


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


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2.0])
def test_a_clause_is_spoken_at_its_speed_and_kept_apart_from_other_speeds(
    tmp_path: Path, speed: float
) -> None:
    fake = Fake()
    voice = synthesiser(fake, tmp_path)
    usual = voice.speak(FIXED)
    other = replace(FIXED, speed=speed)
    assert voice.cached(other) is None
    spoken = voice.speak(other)
    assert spoken.pcm.size / usual.pcm.size == pytest.approx(1 / speed, rel=0.15)
    kept = voice.cached(other)
    assert kept is not None
    assert np.array_equal(kept.pcm, spoken.pcm)
    again = voice.cached(FIXED)
    assert again is not None
    assert np.array_equal(again.pcm, usual.pcm)
    assert fake.speeds == [1.0, speed]


def test_loudness_makes_no_second_entry(tmp_path: Path) -> None:
    voice = synthesiser(Fake(), tmp_path)
    voice.speak(FIXED)
    assert voice.cached(replace(FIXED, gain_db=6.0)) is not None
    assert len(list(tmp_path.iterdir())) == 1


def test_an_entry_of_a_clause_at_speed_1_has_the_name_that_earlier_releases_gave_it(
    tmp_path: Path,
) -> None:
    synthesiser(Fake(), tmp_path).speak(FIXED)
    [entry] = tmp_path.iterdir()
    assert entry.stem == "2a93e8893b041f1151007e57e1df23c30a1e54808cd471789eb2fb3c002b659f"


def test_the_voices_own_speed_is_multiplied_and_never_leaves_what_the_network_takes(
    tmp_path: Path,
) -> None:
    fake = Fake()
    settings = SynthesiserSettings(zh=Voice(name="zf_xiaoxiao", speed=1.2))
    voice = synthesiser(fake, tmp_path, settings)
    for speed in (0.8, 1.0, 2.0):
        voice.speak(replace(FREE, speed=speed))
    assert fake.speeds == [0.96, 1.2, 2.0]

"""The real network: says what it is given, refuses what it cannot say, is what it claims to be."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from daemon.release.release import Release
from engines.errors import BadTensor, WeightsUnusable
from engines.tts.errors import SpeechInterrupted, UnknownVoice
from engines.tts.finish import finish
from engines.tts.kokoro import RATE_HZ, Interrupt, Kokoro
from engines.tts.kokoro_graph import with_trimmed_vocoder
from engines.tts.kokoro_norms import with_norm_offsets
from engines.tts.kokoro_pitch import with_pitch_factor


@pytest.fixture(scope="module")
def kokoro(weights: Release) -> Kokoro:
    return Kokoro(weights.files / "tts_kokoro", 2)


def test_a_short_clause_has_little_silence_around_it(kokoro: Kokoro) -> None:
    waveform = kokoro.speak("xau↓ tɤ.", "zf_xiaoxiao", 1.0)
    assert waveform.tokens == 8
    whole_s = waveform.samples.size / RATE_HZ
    spoken_s = finish(waveform.coloured, RATE_HZ).size / RATE_HZ
    assert 0.3 < spoken_s < whole_s < spoken_s + 0.5


def test_every_voice_there_is_can_speak(kokoro: Kokoro) -> None:
    assert {"zf_xiaoxiao", "af_heart"} <= set(kokoro.voices)


@pytest.mark.parametrize(
    ("phonemes", "voice", "speed", "error"),
    [
        ("", "zf_xiaoxiao", 1.0, BadTensor),
        ("汉字", "zf_xiaoxiao", 1.0, BadTensor),
        ("a" * 241, "zf_xiaoxiao", 1.0, BadTensor),
        ("a", "zf_xiaoxiao", 9.0, BadTensor),
        ("a", "nobody", 1.0, UnknownVoice),
        ("a", "../model", 1.0, UnknownVoice),
    ],
)
def test_bad_input_is_refused_and_the_next_works(
    kokoro: Kokoro, phonemes: str, voice: str, speed: float, error: type[Exception]
) -> None:
    with pytest.raises(error):
        kokoro.speak(phonemes, voice, speed)
    assert np.isfinite(kokoro.speak("a", "af_heart", 1.0).samples).all()


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x12\x16/encoder/Clip_output_0"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    for edit in (with_trimmed_vocoder, with_norm_offsets, with_pitch_factor):
        with pytest.raises(WeightsUnusable):
            edit(content)
    with pytest.raises(WeightsUnusable):
        Kokoro(tmp_path, 1)
    (tmp_path / "tokenizer.json").write_text('{"model": {"vocab": {"a": 1}}}')
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(WeightsUnusable):
        Kokoro(tmp_path, 1)


def test_another_thread_stops_a_clause_and_the_next_one_is_spoken(kokoro: Kokoro) -> None:
    interrupt = Interrupt()
    threading.Timer(0.05, interrupt.stop).start()
    with pytest.raises(SpeechInterrupted):
        kokoro.speak("xau↓ tɤ " * 25, "zf_xiaoxiao", 1.0, interrupt)
    assert np.isfinite(kokoro.speak("a", "af_heart", 1.0).samples).all()


@pytest.mark.parametrize(
    ("voice", "phonemes"),
    [
        ("zf_xiaoxiao", "nin↓xau↓, tsɨŋ↓wən↘ jou↓ ʂən↗mɤ khɤ↓i↓ paŋ↗ nin↓ tɤ ma?"),
        ("af_heart", "hˈaʊ kæn aɪ hˈɛlp juː tədˈeɪ, plˈiːz?"),
    ],
)
def test_four_fifths_of_the_speed_take_five_quarters_of_the_time(
    kokoro: Kokoro, voice: str, phonemes: str
) -> None:
    sizes = {}
    for speed in (1.0, 0.8):
        waveform = kokoro.speak(phonemes, voice, speed)
        sizes[speed] = finish(waveform.coloured, RATE_HZ).size
    assert sizes[0.8] / sizes[1.0] == pytest.approx(1.25, abs=0.1)

"""Whisper on real weights: golden text beside audio, noise, hostile input."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from benchmarks.error_rate import errors, words
from daemon.release.release import Release
from engines._core import log_mel, resample
from engines.asr.tokens import Tokens
from engines.asr.whisper import LONGEST_S, WhisperRecogniser, WhisperSettings
from engines.errors import BadAudio, WeightsUnusable

GOLDEN = Path(__file__).parents[2] / "golden" / "asr"


class Clip(msgspec.Struct, frozen=True):
    """A row of the golden manifest."""

    file: str
    language: str
    text: str

    def pcm(self) -> NDArray[np.int16]:
        pcm, rate_hz = soundfile.read(GOLDEN / self.file, dtype="int16")
        assert rate_hz == 8000
        return np.asarray(pcm)


def clips() -> list[Clip]:
    with (GOLDEN / "manifest.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [Clip(row["file"], row["language"], row["text"]) for row in rows]


SPOKEN = [clip for clip in clips() if clip.text]
NOISE = [clip for clip in clips() if not clip.text]


@pytest.fixture(scope="module")
def recogniser(weights: Release) -> WhisperRecogniser:
    return WhisperRecogniser(weights.path("asr_whisper"))


@pytest.mark.parametrize("clip", SPOKEN, ids=lambda clip: clip.file)
def test_golden_speech(recogniser: WhisperRecogniser, clip: Clip) -> None:
    pcm = clip.pcm()
    heard = recogniser.hear(pcm, 8000, voiced_ms=len(pcm) / 10, language="auto")
    assert heard.language == clip.language
    assert heard.language_probability > 0.8
    assert heard.dropped == ""
    expected = words(clip.text, clip.language)
    assert errors(expected, words(heard.text, clip.language)) <= 0.34 * len(expected)
    assert heard.confidence > 0.5
    assert heard.hypotheses[0].text == heard.text
    assert len(heard.hypotheses) == WhisperSettings().beam
    scores = [hypothesis.log_probability for hypothesis in heard.hypotheses]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("clip", NOISE, ids=lambda clip: clip.file)
def test_noise_is_no_text(recogniser: WhisperRecogniser, clip: Clip) -> None:
    pcm = clip.pcm()
    heard = recogniser.hear(pcm, 8000, voiced_ms=len(pcm) / 16, language="auto")
    assert (heard.text, heard.confidence) == ("", 0.0)
    assert heard.dropped


def test_a_short_utterance_is_encoded_short(recogniser: WhisperRecogniser) -> None:
    clip = next(clip for clip in SPOKEN if clip.file == "zh_trade.wav")
    pcm = clip.pcm()
    heard = recogniser.hear(pcm, 8000, voiced_ms=3000, language="zh")
    assert heard.guards == ()
    assert heard.encoder_ms == pytest.approx(len(pcm) / 8 + 4000, abs=20)


def test_a_loop_on_short_input_is_decoded_again(weights: Release) -> None:
    clip = next(clip for clip in SPOKEN if clip.file == "en_weather.wav")
    for margin_s in (2.0, 1.0, 0.5, 0.2):  # where it loops depends on the CPU's arithmetic
        settings = WhisperSettings(margin_s=margin_s)
        recogniser = WhisperRecogniser(weights.path("asr_whisper"), settings)
        heard = recogniser.hear(clip.pcm(), 8000, voiced_ms=1500, language="en")
        recogniser.close()
        if heard.guards:
            break
    assert heard.guards
    assert heard.encoder_ms == 30_000
    assert heard.text == "What's the weather like?"


def test_other_rates_hear_the_same(recogniser: WhisperRecogniser) -> None:
    pcm = SPOKEN[1].pcm()
    wide = np.repeat(pcm, 2)
    heard = recogniser.hear(wide, 16000, voiced_ms=3000, language="zh")
    expected = words(SPOKEN[1].text, "zh")
    assert errors(expected, words(heard.text, "zh")) <= 0.34 * len(expected)


def test_a_spectrogram_that_grew_with_the_utterance_gives_the_same_text(
    recogniser: WhisperRecogniser,
) -> None:
    pcm = SPOKEN[0].pcm()
    audio = resample(pcm.astype(np.float32) / np.float32(32768), 8000, 16000)
    spectrogram = log_mel(audio, 80, len(audio) + 640)
    language = SPOKEN[0].language
    expected = recogniser.hear(pcm, 8000, voiced_ms=3000, language=language)
    heard = recogniser.hear(pcm, 8000, voiced_ms=3000, language=language, mel=spectrogram)
    assert heard == expected
    silent = np.full_like(spectrogram, spectrogram.min())
    assert recogniser.hear(pcm, 8000, voiced_ms=3000, language=language, mel=silent) != expected


@pytest.mark.parametrize(
    "mel",
    [
        np.zeros((128, 100), np.float32),
        np.zeros((80, 100), np.float64),
        np.zeros((80, 0), np.float32),
        np.zeros(80, np.float32),
        np.zeros((1, 80, 100), np.float32),
    ],
)
def test_what_is_no_spectrogram_is_refused(
    recogniser: WhisperRecogniser, mel: NDArray[Any]
) -> None:
    with pytest.raises(BadAudio, match="spectrogram"):
        recogniser.hear(np.zeros(8000, np.int16), 8000, voiced_ms=500, language="zh", mel=mel)


@pytest.mark.parametrize(
    ("pcm", "rate_hz", "language"),
    [
        (np.zeros(0, np.int16), 8000, "zh"),
        (np.zeros(8000, np.float32), 8000, "zh"),
        (np.zeros(8000, np.int32), 8000, "zh"),
        (np.zeros((2, 8000), np.int16), 8000, "zh"),
        (np.zeros(8000, np.int16), 0, "zh"),
        (np.zeros(8000, np.int16), 44100, "zh"),
        (np.zeros(8000, np.int16), -8000, "zh"),
        (np.zeros(600 * 8000, np.int16), 8000, "zh"),
        (np.zeros(8000, np.int16), 8000, "fr"),
        (np.zeros(8000, np.int16), 8000, ""),
        (b"\0" * 8000, 8000, "zh"),
    ],
    ids=[
        "empty",
        "float32",
        "int32",
        "stereo",
        "0 Hz",
        "44.1 kHz",
        "negative rate",
        "10 minutes",
        "French",
        "no language",
        "bytes",
    ],
)
def test_hostile_input_is_refused(
    recogniser: WhisperRecogniser, pcm: Any, rate_hz: int, language: str
) -> None:
    with pytest.raises(BadAudio):
        recogniser.hear(pcm, rate_hz, voiced_ms=500, language=language)


@pytest.mark.parametrize(
    "pcm",
    [
        np.zeros(80, np.int16),
        np.full(4000, 32767, np.int16),
        np.full(4000, -32768, np.int16),
        np.tile(np.array([32767, -32768], np.int16), 4000),
        np.zeros(int(LONGEST_S * 8000), np.int16),
    ],
    ids=["10 ms", "most", "least", "alternating", "30 s of silence"],
)
def test_extreme_audio_is_answered_without_text(
    recogniser: WhisperRecogniser, pcm: NDArray[np.int16]
) -> None:
    heard = recogniser.hear(pcm, 8000, voiced_ms=300, language="auto")
    assert heard.text == ""
    assert heard.dropped


def test_without_voice_nothing_is_decoded(recogniser: WhisperRecogniser) -> None:
    heard = recogniser.hear(SPOKEN[0].pcm(), 8000, voiced_ms=20, language="auto")
    assert heard.dropped == "no_voice"
    assert heard.encoder_ms == 0


@pytest.mark.parametrize("missing", ["model.bin", "config.json", "tokenizer.json"])
def test_a_missing_file_is_named(weights: Release, tmp_path: Path, missing: str) -> None:
    for path in weights.path("asr_whisper").iterdir():
        if path.name != missing:
            (tmp_path / path.name).symlink_to(path.resolve())
    with pytest.raises(WeightsUnusable, match="kefuctl pull"):
        WhisperRecogniser(tmp_path)


def test_a_truncated_model_is_refused(weights: Release, tmp_path: Path) -> None:
    folder = weights.path("asr_whisper")
    for path in folder.iterdir():
        if path.name != "model.bin":
            (tmp_path / path.name).symlink_to(path.resolve())
    with (folder / "model.bin").open("rb") as whole:
        (tmp_path / "model.bin").write_bytes(whole.read(1_000_000))
    with pytest.raises(WeightsUnusable):
        WhisperRecogniser(tmp_path)


def test_the_prompt_stands_before_what_is_heard(weights: Release) -> None:
    tokens = Tokens(weights.path("asr_whisper") / "tokenizer.json")
    with_prompt, without = tokens.start("zh", "以下是普通话的句子。"), tokens.start("zh", "")
    assert with_prompt[-4:] == without
    assert tokens.text(with_prompt) == "以下是普通话的句子。"
    assert tokens.start("en", "") != without


def test_a_foreign_tokenizer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(WeightsUnusable):
        Tokens(path)


ANSWERS = GOLDEN / "answers"
"""Spoken by Kokoro voices over G.711: Apache-2.0."""


def answer(name: str) -> NDArray[np.int16]:
    pcm, rate_hz = soundfile.read(ANSWERS / name, dtype="int16")
    assert rate_hz == 8000
    return np.asarray(pcm)


def test_a_short_answer_is_heard_where_one_was_asked_for(recogniser: WhisperRecogniser) -> None:
    pcm = answer("hao.wav")
    openly = recogniser.hear(pcm, 8000, voiced_ms=450, language="zh")
    asked = recogniser.hear(pcm, 8000, voiced_ms=450, language="zh", answer=True)
    assert openly.confidence < 0.45
    assert asked.text.startswith("好")
    assert asked.confidence > 0.45
    assert asked.guards == ("answer",)


def test_other_words_are_no_answer(recogniser: WhisperRecogniser) -> None:
    pcm = answer("xing_qi_wu.wav")
    heard = recogniser.hear(pcm, 8000, voiced_ms=890, language="zh", answer=True)
    assert "answer" not in heard.guards

"""Whisper on CTranslate2: one utterance to text, on encoder input as short as the utterance.

Whisper was trained on 30 s. Given a short input it is eight times cheaper, and sometimes loops;
so a decode of the short input is believed only where no guard trips (``guards.py``), and is made
again on 30 s otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines._core import log_mel, resample
from engines.asr import guards
from engines.asr.closed_vocabulary import ClosedVocabulary, ClosedVocabularySettings, certainty
from engines.asr.confidence import ConfidenceCurve, confidence
from engines.asr.guards import GuardSettings
from engines.asr.homophones import HomophoneSettings, best_with_terms
from engines.asr.tokens import Tokens
from engines.asr.transcript import Hypothesis, SpokenLanguage, Transcript
from engines.backend.base import Engine
from engines.backend.ctranslate2 import StorageView, open_whisper
from engines.errors import BadAudio, WeightsUnusable
from engines.language.priors import LanguagePriors, choose_language

RATE_HZ: Final = 16000
BANDS: Final = 80
HOP: Final = 160
"""Samples from frame to frame of the spectrogram: 10 ms."""
RATES_HZ: Final = (8000, 16000, 24000)
LONGEST_S: Final = 30.0
_PADDED: Final = int(LONGEST_S * RATE_HZ)
_SILENT: Final = 4 * HOP  # behind the audio, so that the last frame sees nothing of it
_CONTEXT: Final = 448  # positions of Whisper's decoder
_USUAL: Final = -1  # CTranslate2: the tokens that the model's own configuration forbids
_LEAST: Final = 1e-12

Floats = NDArray[np.float32]
Count = Annotated[int, msgspec.Meta(ge=1, le=64)]


class WhisperSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to decode; defaults are those of the card (models/asr/CARD.md)."""

    threads: Count = 2
    compute_type: Literal["int8", "int8_float32", "float32", "int16"] = "int8"
    beam: Count = 5
    patience: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    temperature: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Above 0 the text is sampled ``best_of`` times and no beam is searched."""
    best_of: Count = 5
    margin_s: Annotated[float, msgspec.Meta(ge=0, le=LONGEST_S)] = 4.0
    """Silence behind the utterance on the short encoder input (less of it makes English loop);
    30: always padded."""
    prompt_zh: str = "以下是普通话的句子。"
    """The decoder's only context: it gives simplified script and punctuation."""
    prompt_en: str = ""
    priors: LanguagePriors = LanguagePriors()
    guards: GuardSettings = GuardSettings()
    confidence: ConfidenceCurve = ConfidenceCurve()
    answers: ClosedVocabularySettings = ClosedVocabularySettings()
    homophones: HomophoneSettings = HomophoneSettings()


class _Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """The N-best of one decode, best first."""

    ids: tuple[tuple[int, ...], ...]
    """Tokens of each."""
    hypotheses: tuple[Hypothesis, ...]
    limit: int


class WhisperRecogniser(Engine):
    """``hear(pcm, rate_hz, voiced_ms=..., language=...) -> Transcript``. One thread at a time.

    Args:
        folder: ``asr_whisper``: ``model.bin``, ``config.json``, ``tokenizer.json``,
            ``vocabulary.txt`` of a multilingual Whisper, converted for CTranslate2.
        settings: how to decode.

    Raises:
        WeightsUnusable: a file is missing, broken or of another network.
    """

    name = "asr_whisper"

    def __init__(self, folder: Path, settings: WhisperSettings | None = None) -> None:
        self._settings = settings or WhisperSettings()
        self._tokens = Tokens(folder / "tokenizer.json")
        self._model = open_whisper(
            folder, threads=self._settings.threads, compute_type=self._settings.compute_type
        )
        if self._model.n_mels != BANDS:
            raise WeightsUnusable(f"{folder} hears {self._model.n_mels} mel bands, not {BANDS}.")
        # Weights are stored as float16 (2 bytes); on the CPU most of them stand as int8.
        self._weights_bytes = (folder / "model.bin").stat().st_size
        self._starts: dict[SpokenLanguage, list[int]] = {
            "zh": self._tokens.start("zh", self._settings.prompt_zh),
            "en": self._tokens.start("en", self._settings.prompt_en),
        }
        self._answers: dict[SpokenLanguage, ClosedVocabulary] = {
            "zh": ClosedVocabulary(self._tokens, "zh"),
            "en": ClosedVocabulary(self._tokens, "en"),
        }

    def hear(
        self,
        pcm: NDArray[np.int16],
        rate_hz: int,
        *,
        voiced_ms: float,
        language: str,
        answer: bool = False,
        mel: Floats | None = None,
    ) -> Transcript:
        """Recognise one utterance.

        Args:
            pcm: (T,) int16, mono, at most 30 s.
            rate_hz: 8000, 16000 or 24000.
            voiced_ms: how much of it is voice, by the voice activity detector.
            language: zh, en, or auto: told apart by what is heard and the priors.
            answer: what was asked may be answered with a yes, a no or another short word.
            mel: (80, F) float32, the spectrogram of ``pcm`` and, in its last frame, of silence,
                where that was computed while it was said.

        Raises:
            BadAudio: shape, dtype, rate or length are not as stated.
        """
        _check(pcm, rate_hz, language)
        if mel is not None:
            _check_mel(mel)
        settings = self._settings
        if voiced_ms < settings.guards.least_voice_ms or len(pcm) < rate_hz // 50:
            spoken: SpokenLanguage = "en" if language == "en" else "zh"
            return Transcript(
                text="",
                language=spoken,
                language_probability=0.0,
                confidence=0.0,
                dropped="no_voice",
            )
        mel = _spectrogram(pcm, rate_hz) if mel is None else mel
        samples = len(pcm) * RATE_HZ // rate_hz
        short = min(_PADDED, samples + int(settings.margin_s * RATE_HZ))
        short -= short % (2 * HOP)  # the encoder halves the frames
        encoded = self._encode(mel, short)
        spoken, probability = self._language(encoded, language)
        decoded = self._decode(encoded, spoken, samples / RATE_HZ)
        if answer and voiced_ms <= settings.answers.longest_voice_ms:
            answered = self._answer(encoded, spoken, probability, decoded, samples, short)
            if answered is not None:
                return answered
        doubts: tuple[str, ...] = ()
        if short < _PADDED:
            best = decoded.hypotheses[0]
            doubts = guards.doubts(
                best.text,
                len(decoded.ids[0]),
                decoded.limit,
                best.log_probability,
                probability,
                settings.guards,
            )
            if doubts:
                short = _PADDED
                encoded = self._encode(mel, short)
                spoken, probability = self._language(encoded, language)
                decoded = self._decode(encoded, spoken, samples / RATE_HZ)
        return self._transcript(decoded, spoken, probability, voiced_ms, short, doubts)

    def warm_up(self) -> None:
        """One decode of noise, so that the first caller does not pay for allocations."""
        noise = np.random.default_rng(0).integers(-200, 200, 8000, np.int16)
        self.hear(noise, 8000, voiced_ms=1000.0, language="auto")

    def memory_bytes(self) -> int:
        """INT8 weights and the buffers of a padded decode."""
        return self._weights_bytes // 2 + (90 << 20)

    def close(self) -> None:
        """Free the weights."""
        self._model.unload_model()

    def _encode(self, mel: Floats, samples: int) -> StorageView:
        return self._model.encode(StorageView.from_array(_of_length(mel, samples // HOP)[None]))

    def _language(self, encoded: StorageView, language: str) -> tuple[SpokenLanguage, float]:
        if language == "zh":
            return "zh", 1.0
        if language == "en":
            return "en", 1.0
        heard = self._model.detect_language(encoded)[0]
        scores = {token.strip("<|>"): probability for token, probability in heard}
        return choose_language(scores, self._settings.priors)

    def _answer(
        self,
        encoded: StorageView,
        language: SpokenLanguage,
        language_probability: float,
        heard: _Decoded,
        audio_samples: int,
        encoded_samples: int,
    ) -> Transcript | None:
        """What was heard, as a short answer; None where it was plain, or is no answer."""
        settings, vocabulary = self._settings.answers, self._answers[language]
        if heard.hypotheses[0].log_probability >= settings.doubt_log_probability:
            return None
        closed = self._decode(
            encoded, language, audio_samples / RATE_HZ, forbidden=vocabulary.forbidden
        )
        chosen = vocabulary.answer_in([one.text for one in closed.hypotheses])
        if chosen is None:
            return None
        if closed.hypotheses[chosen].log_probability < settings.least_log_probability:
            return None
        answered, openly = (
            self._log_probability(encoded, language, ids, audio_samples)
            for ids in (closed.ids[chosen], heard.ids[0])
        )
        log_ratio = answered - openly
        if log_ratio < settings.least_log_ratio:
            return None
        return Transcript(
            text=closed.hypotheses[chosen].text,
            language=language,
            language_probability=language_probability,
            confidence=certainty(log_ratio, settings),
            hypotheses=heard.hypotheses,
            encoder_ms=encoded_samples * 1000 // RATE_HZ,
            guards=("answer",),
        )

    def _log_probability(
        self, encoded: StorageView, language: SpokenLanguage, ids: tuple[int, ...], samples: int
    ) -> float:
        """Of a text as a whole, with no token forbidden; the end of text is not counted."""
        start = self._starts[language]
        aligned = self._model.align(encoded, start, [list(ids)], samples // HOP)[0]
        return sum(math.log(max(one, _LEAST)) for one in aligned.text_token_probs)

    def _decode(
        self,
        encoded: StorageView,
        language: SpokenLanguage,
        seconds: float,
        *,
        forbidden: Sequence[int] = (),
    ) -> _Decoded:
        settings, start = self._settings, self._starts[language]
        limit = guards.most_tokens(seconds, settings.guards)
        sampled = settings.temperature > 0
        found = self._model.generate(
            encoded,
            [start],
            beam_size=1 if sampled else settings.beam,
            patience=settings.patience,
            num_hypotheses=settings.best_of if sampled else settings.beam,
            sampling_topk=0 if sampled else 1,
            sampling_temperature=settings.temperature if sampled else 1.0,
            max_length=min(_CONTEXT, len(start) + limit),
            return_scores=True,
            suppress_tokens=[_USUAL, *forbidden],
        )[0]
        ranked = sorted(
            zip(found.scores, found.sequences_ids, strict=True), key=lambda one: -one[0]
        )
        return _Decoded(
            ids=tuple(tuple(ids) for _, ids in ranked),
            hypotheses=tuple(
                Hypothesis(
                    text=self._without_prompt(self._tokens.text(ids), language),
                    log_probability=float(score),
                )
                for score, ids in ranked
            ),
            limit=limit,
        )

    def _without_prompt(self, text: str, language: SpokenLanguage) -> str:
        """The prompt leaks into the text where nothing was said: it is no word of the caller."""
        prompt = self._settings.prompt_zh if language == "zh" else self._settings.prompt_en
        bare = prompt.strip(" 。.")
        if bare and bare in text:
            text = text.replace(prompt, "").replace(bare, "")
        return text.strip()

    def _transcript(
        self,
        decoded: _Decoded,
        language: SpokenLanguage,
        language_probability: float,
        voiced_ms: float,
        samples: int,
        doubts: tuple[str, ...],
    ) -> Transcript:
        best = decoded.hypotheses[0]
        if language == "zh":
            best = best_with_terms(decoded.hypotheses, self._settings.homophones)[0]
        dropped = guards.invented(
            best.text,
            language,
            best.log_probability,
            voiced_ms,
            self._settings.guards,
        )
        return Transcript(
            text="" if dropped else best.text,
            language=language,
            language_probability=language_probability,
            confidence=0.0
            if dropped
            else confidence(best.log_probability, self._settings.confidence),
            hypotheses=decoded.hypotheses,
            encoder_ms=samples * 1000 // RATE_HZ,
            guards=doubts,
            dropped=dropped,
        )


def _check(pcm: NDArray[np.int16], rate_hz: int, language: str) -> None:
    if not isinstance(pcm, np.ndarray) or pcm.dtype != np.int16 or pcm.ndim != 1:
        shape = getattr(pcm, "shape", None)
        raise BadAudio(f"PCM is {getattr(pcm, 'dtype', type(pcm))} {shape}, not int16 (T,).")
    if rate_hz not in RATES_HZ:
        raise BadAudio(f"{rate_hz} Hz is not served.")
    if len(pcm) == 0:
        raise BadAudio("there is no audio.")
    if len(pcm) > LONGEST_S * rate_hz:
        raise BadAudio(f"{len(pcm) / rate_hz:.1f} s is longer than {LONGEST_S:.0f} s.")
    if language not in ("zh", "en", "auto"):
        raise BadAudio(f"language {language!r} is none of zh, en, auto.")


def _check_mel(mel: Floats) -> None:
    if mel.dtype != np.float32 or mel.ndim != 2 or mel.shape[0] != BANDS or mel.shape[1] == 0:
        raise BadAudio(f"the spectrogram is {mel.dtype} {mel.shape}, not float32 ({BANDS}, F).")


def _to_whisper_rate(pcm: NDArray[np.int16], rate_hz: int) -> NDArray[np.float32]:
    audio: NDArray[np.float32] = pcm.astype(np.float32) / 32768.0
    return resample(audio, rate_hz, RATE_HZ)


def _spectrogram(pcm: NDArray[np.int16], rate_hz: int) -> Floats:
    """(80, F) float32; its last frame is silence, unless that is beyond 30 s."""
    audio = _to_whisper_rate(pcm, rate_hz)
    return log_mel(audio, BANDS, min(_PADDED, len(audio) + _SILENT))


def _of_length(mel: Floats, frames: int) -> Floats:
    """As if so much silence followed: its frame, the last one, is repeated."""
    beyond = max(0, frames - mel.shape[1])
    longer = np.pad(mel[:, :frames], ((0, 0), (0, beyond)), mode="edge")
    return np.ascontiguousarray(longer)

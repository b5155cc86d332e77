"""A clause of a reply as speech: read out, spoken, checked, brought to one loudness, cached."""

from __future__ import annotations

from typing import Annotated, Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.dialog.moves import Clause
from engines.text.normalise import Language
from engines.tts.errors import SpeechFailed
from engines.tts.finish import NotSpeech, finish
from engines.tts.kokoro import RATE_HZ, Interrupt, Kokoro
from engines.tts.phrase_cache import PhraseCache, PhraseKey
from engines.tts.speech import Speech

PRONUNCIATION: Final = 1
"""Raised when phonemes or the sound's finish change: cached phrases are then made again."""
_PAUSE_MS: Final = 120
"""Between two pieces of one clause at speed 1, beside what trimming leaves of silence."""
_SLOWEST: Final = 0.5
_FASTEST: Final = 2.0
"""What the network was trained to."""


class TextReader(Protocol):
    """What knows how text is said: ``engines.text.reader.Reader``."""

    def phonemes(self, text: str, language: Language) -> list[tuple[str, str]]:
        """(text as spoken, phonemes) of each piece."""


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks a language, and how fast."""

    name: str
    speed: Annotated[float, msgspec.Meta(ge=0.5, le=2.0)] = 1.0


class SynthesiserSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of ``tts_kokoro`` in a release."""

    threads: int = 2
    """Threads inside one operator of the network."""
    zh: Voice = Voice(name="zf_xiaoxiao")
    en: Voice = Voice(name="af_heart")
    """The voices were chosen by what a recogniser hears back (``benchmarks/tts.py``)."""

    def voice(self, language: Language) -> Voice:
        """Who speaks that language."""
        return self.zh if language == "zh" else self.en


class Synthesiser:
    """Speaks clauses. ``speak`` from one thread at a time; ``cached`` from any, and at once.

    Args:
        reader: text to phonemes.
        kokoro: phonemes to waveform.
        cache: where clauses that repeat are kept.
        settings: the voice of each language.
    """

    def __init__(
        self,
        reader: TextReader,
        kokoro: Kokoro,
        cache: PhraseCache,
        settings: SynthesiserSettings | None = None,
    ) -> None:
        self._reader = reader
        self._kokoro = kokoro
        self._cache = cache
        self._settings = settings or SynthesiserSettings()

    def cached(self, clause: Clause) -> Speech | None:
        """The clause out of the phrase cache, without any synthesis; None where it is not there."""
        return self._cache.get(self._key(clause)) if clause.cacheable else None

    def speak(self, clause: Clause, interrupt: Interrupt | None = None) -> Speech:
        """The clause as 24 kHz speech at its own speed; a cacheable one is kept.

        ``gain_db`` is none of the synthesiser's business: the mouth applies it, so that one
        entry of the cache serves every loudness.

        Raises:
            SpeechInterrupted: ``interrupt`` was stopped from another thread.
            UnreadableText: nothing to say in it.
            SpeakerMissing: English, and espeak-ng is not installed.
            ReaderFailed: the reader died twice.
            SpeechFailed: no believable speech came out, twice.
        """
        found = self.cached(clause)
        if found is not None:
            return found
        voice, speed = self._settings.voice(clause.language), self._speed(clause)
        pause = np.zeros(round(_PAUSE_MS * RATE_HZ / 1000 / speed), np.int16)
        parts: list[NDArray[np.int16]] = []
        spoken = 0
        for text, phonemes in self._reader.phonemes(clause.text, clause.language):
            if parts:
                parts.append(pause)
            parts.append(self._say(text, phonemes, voice.name, speed, interrupt))
            spoken += len(phonemes)
        pcm = parts[0] if len(parts) == 1 else np.concatenate(parts)
        speech = Speech(pcm=pcm, rate_hz=RATE_HZ, phonemes=spoken, cached=False)
        if clause.cacheable:
            self._cache.put(self._key(clause), speech)
        return speech

    def _say(
        self, text: str, phonemes: str, voice: str, speed: float, interrupt: Interrupt | None
    ) -> NDArray[np.int16]:
        def once(part: str) -> NDArray[np.int16]:
            waveform = self._kokoro.speak(part, voice, speed, interrupt)
            return finish(waveform.samples, RATE_HZ, waveform.tokens, speed)

        try:
            return once(phonemes)
        except NotSpeech as first:
            # A network that fails on a clause mostly says its halves.
            try:
                return np.concatenate([once(half) for half in _halves(phonemes)])
            except NotSpeech as second:
                raise SpeechFailed(
                    f"{voice} cannot say {text!r}: {first}; in halves: {second}."
                ) from second

    def _speed(self, clause: Clause) -> float:
        """The voice's own speed times the clause's; rounded, so that equal keys are equal."""
        speed = round(self._settings.voice(clause.language).speed * clause.speed, 3)
        return min(max(speed, _SLOWEST), _FASTEST)

    def _key(self, clause: Clause) -> PhraseKey:
        return PhraseKey(
            model=self._kokoro.digest,
            voice=self._settings.voice(clause.language).name,
            speed=self._speed(clause),
            language=clause.language,
            text=clause.text,
            pronunciation=PRONUNCIATION,
        )


def _halves(phonemes: str) -> list[str]:
    """Cut at the space nearest the middle; without one, the whole with a full stop behind it."""
    middle = len(phonemes) // 2
    spaces = [place for place, char in enumerate(phonemes) if char == " "]
    if not spaces:
        return [phonemes.rstrip(".,!?;:") + "."]
    cut = min(spaces, key=lambda place: abs(place - middle))
    return [phonemes[:cut], phonemes[cut + 1 :]]

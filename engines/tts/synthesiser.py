"""A clause of a reply as speech: read out, spoken, checked, brought to one loudness, cached.

A clause that comes out badly (``guard``) is made again in halves; where that fails too, a voice
that is not the language's stock voice gives way to that one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final, Protocol

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engines.dialog.moves import Clause
from engines.text.normalise import Language
from engines.tts.errors import SpeechFailed
from engines.tts.finish import finish
from engines.tts.guard import Trouble, troubles
from engines.tts.kokoro import RATE_HZ, Interrupt, Kokoro
from engines.tts.phrase_cache import PhraseCache, PhraseKey
from engines.tts.speech import Speech
from engines.tts.voice_choice import OUT_OF_SCOPE, Chosen, MaySpeak, Voice, VoiceChoice, nobody
from engines.tts.voiced import voiced_span

log = logging.getLogger(__name__)

PRONUNCIATION: Final = 2
"""Raised when phonemes or the sound's finish change: cached phrases are then made again."""
_GIVEN_UP_AFTER: Final = 3
"""Clauses behind each other that a personal voice could not say."""
_PAUSE_MS: Final = 120
"""Between two pieces of one clause at speed 1, beside what trimming leaves of silence."""
_SLOWEST: Final = 0.5
_FASTEST: Final = 2.0
"""What the network was trained to."""


class TextReader(Protocol):
    """What knows how text is said: ``engines.text.reader.Reader``."""

    def phonemes(self, text: str, language: Language) -> list[tuple[str, str]]:
        """(text as spoken, phonemes) of each piece."""


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
    """Speaks clauses. ``speak`` from one thread at a time; the others from any, and at once.

    Args:
        reader: text to phonemes.
        kokoro: phonemes to waveform.
        cache: where clauses that repeat are kept.
        settings: the stock voice of each language.
        preferred: who else speaks a language, where a clause names nobody.
        may_speak: asked before each clause of a personal voice; without it none speaks.
    """

    def __init__(
        self,
        reader: TextReader,
        kokoro: Kokoro,
        cache: PhraseCache,
        settings: SynthesiserSettings | None = None,
        *,
        preferred: Mapping[Language, str] | None = None,
        may_speak: MaySpeak = nobody,
    ) -> None:
        self._reader = reader
        self._kokoro = kokoro
        self._cache = cache
        settings = settings or SynthesiserSettings()
        self._choice = VoiceChoice(kokoro, settings.voice, preferred or {}, may_speak)
        self._unable: dict[PhraseKey, tuple[str, ...]] = {}
        """Cacheable clauses that a voice could not say, and what was wrong: not tried again."""
        self._failures: dict[str, int] = {}
        """How many clauses behind each other a personal voice could not say."""
        self._told: set[tuple[str, str]] = set()
        """Voice and reason of refusals that are logged."""

    @property
    def voices(self) -> list[str]:
        """Names of all voices, the personal ones last."""
        return [*self._kokoro.voices, *self._kokoro.personal_voices]

    def chosen(self, clause: Clause) -> Chosen:
        """Who would speak the clause now; what a voice has said that may not speak is dropped."""
        chosen = self._choice.of(clause)
        if chosen.refused and chosen.refused != OUT_OF_SCOPE:
            self._cache.drop(chosen.wanted)
        if chosen.refused and (chosen.wanted, chosen.refused) not in self._told:
            self._told.add((chosen.wanted, chosen.refused))
            log.warning("voice refused voice=%s reason=%s", chosen.wanted, chosen.refused)
        return chosen

    def withdrawn(self, clause: Clause, voice: str) -> bool:
        """Whether a personal voice that said the clause may not any more."""
        return self._choice.withdrawn(clause, voice)

    def is_personal(self, voice: str) -> bool:
        """Whether it is the voice of a person."""
        return self._choice.is_personal(voice)

    def stock(self, language: Language) -> str:
        """Name of the stock voice of a language: for what is kept where no permit is asked."""
        return self._choice.stock(language).voice.name

    def kept_as(self, clause: Clause) -> str:
        """The same for two clauses that sound the same now."""
        return self._key(clause, self.chosen(clause)).entry()

    def silence(self, voice: str) -> bool:
        """A personal voice says nothing more in this process; False for a stock voice."""
        return self._choice.silence(voice)

    def forget(self, clause: Clause) -> None:
        """Take the clause out of the phrase cache: it was not what should be said."""
        self._cache.remove(self._key(clause, self.chosen(clause)))

    def drop_absent(self) -> None:
        """Drop what is kept of personal voices that are not here: for whoever owns the cache."""
        self._cache.keep_only(self._kokoro.personal_voices)

    def cached(self, clause: Clause) -> Speech | None:
        """The clause out of the phrase cache, without any synthesis; None where it is not there."""
        return self._kept(clause, self.chosen(clause)) if clause.cacheable else None

    def speak(self, clause: Clause, interrupt: Interrupt | None = None) -> Speech:
        """The clause as 24 kHz speech at its own speed; a cacheable one is kept.

        ``gain_db`` is none of the synthesiser's business: the mouth applies it, so that one
        entry of the cache serves every loudness.

        Raises:
            SpeechInterrupted: ``interrupt`` was stopped from another thread.
            UnreadableText: nothing to say in it.
            SpeakerMissing: English, and espeak-ng is not installed.
            ReaderFailed: the reader died twice.
            SpeechFailed: no believable speech came out, of the stock voice neither.
        """
        chosen = self.chosen(clause)
        found = self._kept(clause, chosen) if clause.cacheable else None
        if found is not None:
            return found
        pieces = self._reader.phonemes(clause.text, clause.language)
        stock = self._choice.stock(clause.language)
        key = self._key(clause, chosen)
        if key in self._unable:
            return self._made(clause, stock, pieces, self._unable[key], interrupt)
        try:
            speech = self._made(clause, chosen, pieces, chosen.troubles, interrupt)
            self._failures.pop(chosen.voice.name, None)
            return speech
        except SpeechFailed as error:
            if chosen.voice.name == stock.voice.name:
                raise
            log.warning(
                "speech given up voice=%s troubles=%s characters=%d cacheable=%s",
                chosen.voice.name,
                ",".join(error.troubles),
                len(clause.text),
                clause.cacheable,
            )
            if clause.cacheable:
                self._unable[key] = error.troubles
            self._count_failure(chosen.voice.name)
            return self._made(clause, stock, pieces, error.troubles, interrupt)

    def _count_failure(self, voice: str) -> None:
        """Each failure costs a caller three syntheses: a voice that always fails is given up."""
        self._failures[voice] = self._failures.get(voice, 0) + 1
        if self._failures[voice] == _GIVEN_UP_AFTER and self.silence(voice):
            log.error("voice given up voice=%s clauses=%d", voice, _GIVEN_UP_AFTER)

    def _kept(self, clause: Clause, chosen: Chosen) -> Speech | None:
        key = self._key(clause, chosen)
        before = chosen.troubles
        if key in self._unable:
            before, key = self._unable[key], self._key(clause, self._choice.stock(clause.language))
        found = self._cache.get(key)
        return found if found is None or not before else replace(found, troubles=before)

    def _made(
        self,
        clause: Clause,
        chosen: Chosen,
        pieces: list[tuple[str, str]],
        before: tuple[str, ...],
        interrupt: Interrupt | None,
    ) -> Speech:
        """The clause by one voice. Raises SpeechFailed."""
        mouth = _Mouth(self._kokoro, chosen.voice.name, _speed(clause, chosen), interrupt)
        pause = np.zeros(round(_PAUSE_MS * RATE_HZ / 1000 / mouth.speed), np.int16)
        parts: list[NDArray[np.int16]] = []
        for text, phonemes in pieces:
            if parts:
                parts.append(pause)
            parts += mouth.say(text, phonemes)
        speech = Speech(
            pcm=parts[0] if len(parts) == 1 else np.concatenate(parts),
            rate_hz=RATE_HZ,
            phonemes=sum(len(phonemes) for _, phonemes in pieces),
            cached=False,
            voice=chosen.voice.name,
            troubles=tuple(dict.fromkeys((*before, *mouth.met))),
        )
        # A permit that ended meanwhile leaves nothing behind.
        if mouth.met:
            log.warning(
                "speech troubled voice=%s troubles=%s characters=%d cacheable=%s",
                speech.voice,
                ",".join(speech.troubles),
                len(clause.text),
                clause.cacheable,
            )
        if clause.cacheable and (not chosen.pack or self.chosen(clause) == chosen):
            self._cache.put(self._key(clause, chosen), speech)
        return speech

    def _key(self, clause: Clause, chosen: Chosen) -> PhraseKey:
        return PhraseKey(
            model=self._kokoro.digest,
            voice=chosen.voice.name,
            pack=chosen.pack,
            speed=_speed(clause, chosen),
            language=clause.language,
            text=clause.text,
            pronunciation=PRONUNCIATION,
        )


class _NotSpeech(Exception):
    """The guard found something."""

    def __init__(self, met: tuple[Trouble, ...]) -> None:
        super().__init__("; ".join(f"{one.code}, {one.detail}" for one in met))
        self.met = met


class _Mouth:
    """One voice at one speed, and what went wrong with it so far."""

    def __init__(
        self, kokoro: Kokoro, voice: str, speed: float, interrupt: Interrupt | None
    ) -> None:
        self.met: list[str] = []
        self.speed = speed
        self._kokoro = kokoro
        self._voice = voice
        self._interrupt = interrupt

    def say(self, text: str, phonemes: str) -> list[NDArray[np.int16]]:
        """The sound of one piece, made again in halves where it is bad. Raises SpeechFailed."""
        try:
            return [self._once(text, phonemes)]
        except _NotSpeech as first:
            # A network that fails on a clause mostly says its halves.
            try:
                return [self._once("", half) for half in _halves(phonemes)]
            except _NotSpeech as second:
                raise SpeechFailed(
                    f"{self._voice} cannot say {text!r}: {first}; in halves: {second}.",
                    troubles=tuple(dict.fromkeys(self.met)),
                ) from second

    def _once(self, text: str, phonemes: str) -> NDArray[np.int16]:
        waveform = self._kokoro.speak(phonemes, self._voice, self.speed, self._interrupt)
        met = troubles(
            waveform.samples, RATE_HZ, text=text, tokens=waveform.tokens, speed=self.speed
        )
        if not met and voiced_span(waveform.coloured, RATE_HZ) == (0, 0):
            met = (Trouble("silent", "behind the equaliser"),)
        self.met += [one.code for one in met]
        if met:
            raise _NotSpeech(met)
        return finish(waveform.coloured, RATE_HZ)


def _speed(clause: Clause, chosen: Chosen) -> float:
    """The voice's own speed times the clause's; rounded, so that equal keys are equal."""
    return min(max(round(chosen.voice.speed * clause.speed, 3), _SLOWEST), _FASTEST)


def _halves(phonemes: str) -> list[str]:
    """Cut at the space nearest the middle; without one, the whole with a full stop behind it."""
    middle = len(phonemes) // 2
    spaces = [place for place, char in enumerate(phonemes) if char == " "]
    if not spaces:
        return [phonemes.rstrip(".,!?;:") + "."]
    cut = min(spaces, key=lambda place: abs(place - middle))
    return [phonemes[:cut], phonemes[cut + 1 :]]

"""Who speaks a clause: the voice that it names, else the language's, and the stock voice's turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final

import msgspec

from engines.dialog.moves import Clause
from engines.errors import WeightsUnusable
from engines.text.normalise import Language
from engines.tts.kokoro import Kokoro

MaySpeak = Callable[[str, str, str], str]
"""(voice, SHA-256 of its pack, scenario) → empty where it may speak now, else why it may not."""
MISSING: Final = "missing"
"""There is no such voice in the release."""
MISHEARD: Final = "misheard"
"""Recognition could not make out what it said (``VoiceChoice.silence``)."""
OUT_OF_SCOPE: Final = "out_of_scope"
"""Its speaker has agreed to other scenarios only."""


def nobody(voice: str, sha256: str, scenario: str) -> str:
    """No personal voice speaks where nobody can tell that it may."""
    return "no_approval"


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks a language, and how fast."""

    name: str
    speed: Annotated[float, msgspec.Meta(ge=0.5, le=2.0)] = 1.0


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks a clause."""

    voice: Voice
    pack: str = ""
    """SHA-256 of a personal voice's pack; empty: a stock voice."""
    wanted: str = ""
    """Who should have spoken, where that is another."""
    refused: str = ""
    """Why it does not: the permit's reason, or one of this file."""

    @property
    def troubles(self) -> tuple[str, ...]:
        """What the turn's record tells of the choice."""
        return (self.refused,) if self.refused else ()


class VoiceChoice:
    """Chooses anew for each clause, so that a voice that is withdrawn is silent from the next one.

    Args:
        kokoro: what voices there are.
        stock: the stock voice of each language.
        preferred: who speaks a language where the clause names nobody; empty: the stock voice.
        may_speak: asked before each clause of a personal voice. Any thread, and at once.
    """

    def __init__(
        self,
        kokoro: Kokoro,
        stock: Callable[[Language], Voice],
        preferred: Mapping[Language, str],
        may_speak: MaySpeak,
    ) -> None:
        self._kokoro = kokoro
        self._stock = stock
        self._preferred = preferred
        self._may_speak = may_speak
        self._silenced: set[str] = set()

    def of(self, clause: Clause) -> Chosen:
        """Who speaks the clause now."""
        wanted = clause.voice or self._preferred.get(clause.language, "")
        stock = self._stock(clause.language)
        if not wanted or wanted == stock.name:
            return Chosen(voice=stock)
        if wanted in self._kokoro.voices:
            return Chosen(voice=Voice(name=wanted))
        pack, refused = self._permit(wanted, clause.scenario)
        if refused:
            return Chosen(voice=stock, wanted=wanted, refused=refused)
        return Chosen(voice=Voice(name=wanted), pack=pack)

    def withdrawn(self, clause: Clause, voice: str) -> bool:
        """Whether a personal voice that said the clause may not any more."""
        return self.is_personal(voice) and self._permit(voice, clause.scenario)[1] != ""

    def is_personal(self, voice: str) -> bool:
        """Whether it is the voice of a person."""
        return voice in self._kokoro.personal_voices

    def stock(self, language: Language) -> Chosen:
        """The voice that speaks when another cannot."""
        return Chosen(voice=self._stock(language))

    def silence(self, voice: str) -> bool:
        """A personal voice says nothing more in this process; False for a stock voice."""
        if self.is_personal(voice):
            self._silenced.add(voice)
            return True
        return False

    def _permit(self, voice: str, scenario: str) -> tuple[str, str]:
        """(SHA-256 of the pack, why it may not speak)."""
        if not self.is_personal(voice):
            return "", MISSING
        if voice in self._silenced:
            return "", MISHEARD
        try:
            pack = self._kokoro.pack_sha256(voice)
        except WeightsUnusable:
            return "", "damaged"
        return pack, self._may_speak(voice, pack, scenario)

"""Voices that were made, approved or not, for who must judge them: in no release, in no cache."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from daemon.ctl.say import clauses
from daemon.release.release import Release
from daemon.voices.pack import read_pack
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Language
from engines.dialog.moves import Clause
from engines.text.reader import Reader
from engines.tts.kokoro import Kokoro
from engines.tts.phrase_cache import PhraseCache
from engines.tts.speech import Speech
from engines.tts.synthesiser import Synthesiser, SynthesiserSettings

_THREADS: Final = 2


class UnapprovedVoices:
    """The stock voices and fitted ones. Whether a consent holds is the caller's to ask.

    Args:
        release: has the network and the stock voices.
        voices: names and places of the fitted voices.

    Raises:
        NoSuchVoice, VoiceError: a voice was not made, or its pack is damaged.
    """

    def __init__(self, release: Release, voices: Mapping[str, VoicePlaces]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        for name, place in voices.items():
            (folder / f"{name}.bin").write_bytes(read_pack(place.pack)[0])
        own = release.settings.get("tts_kokoro", {})
        self._settings = msgspec.convert(own, SynthesiserSettings)
        self._reader = Reader()
        self._synthesiser = Synthesiser(
            self._reader,
            Kokoro(release.files / "tts_kokoro", _THREADS, folder),
            PhraseCache(folder / "phrases"),
            self._settings,
            may_speak=lambda voice, sha256, scenario: "",
        )

    def __enter__(self) -> UnapprovedVoices:
        return self

    def __exit__(self, *reason: object) -> None:
        self._reader.close()
        self._folder.cleanup()

    def stock(self, language: Language) -> str:
        """The stock voice of a language."""
        return self._settings.voice(language).name

    def say(self, text: str, language: Language, voice: str = "") -> list[Speech]:
        """The clauses of the text; ``voice`` empty: the stock one."""
        return [
            self._synthesiser.speak(Clause(text=piece, language=language, voice=voice))
            for piece in clauses(text, language)
        ]

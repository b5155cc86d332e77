"""What a listening test plays: each sentence by the person, the fitted and the stock voice."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.ctl.audio_file import read_audio
from daemon.ctl.say import clauses
from daemon.release.release import Release
from daemon.voices.errors import TooFewRecordings
from daemon.voices.listening.plan import FEWEST_SENTENCES, Line
from daemon.voices.listening.trials import CONDITIONS, Condition
from daemon.voices.pack import read_pack
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Language
from engines.dialog.moves import Clause
from engines.text.reader import Reader
from engines.tts.kokoro import Kokoro
from engines.tts.phrase_cache import PhraseCache
from engines.tts.synthesiser import Synthesiser, SynthesiserSettings

Sound = tuple[NDArray[np.int16], int]
"""(T,) int16, and its rate."""
_THREADS: Final = 2


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One voice's sentences as sounds."""

    lines: tuple[Line, ...]
    sounds: dict[tuple[Condition, int], Sound]
    """Of each condition and number of a line."""
    left_out: tuple[str, ...]
    """Sentences that the fitted voice itself could not say."""


class Speakers:
    """The stock voices and fitted ones, approved or not: they enter no release and no cache.

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

    def __enter__(self) -> Speakers:
        return self

    def __exit__(self, *reason: object) -> None:
        self._reader.close()
        self._folder.cleanup()

    def stock(self, language: Language) -> str:
        """The stock voice of a language."""
        return self._settings.voice(language).name

    def say(self, text: str, language: Language, voice: str = "") -> tuple[Sound, bool]:
        """The text as sound, and whether that voice said all of it; voice empty: the stock one."""
        speeches = [
            self._synthesiser.speak(Clause(text=piece, language=language, voice=voice))
            for piece in clauses(text, language)
        ]
        itself = all(one.voice == (voice or self.stock(language)) for one in speeches)
        return (np.concatenate([one.pcm for one in speeches]), speeches[0].rate_hz), itself

    def heard(self, name: str, language: Language, lines: Sequence[Line], samples: Path) -> Heard:
        """The lines by the person, the fitted voice and the stock voice.

        Raises:
            TooFewRecordings: the fitted voice can say fewer than three of them.
        """
        kept: list[Line] = []
        left_out: list[str] = []
        sounds: dict[tuple[Condition, int], Sound] = {}
        for line in lines:
            fitted, itself = self.say(line.text, language, name)
            if not itself:  # the stock voice spoke for it: nothing that a listener should judge
                left_out.append(line.text)
                continue
            real = read_audio(samples / line.file)
            made: dict[Condition, Sound] = {
                "real": (real.pcm, real.rate_hz),
                "fitted": fitted,
                "stock": self.say(line.text, language)[0],
            }
            sounds.update({(each, len(kept)): made[each] for each in CONDITIONS})
            kept.append(line)
        if len(kept) < FEWEST_SENTENCES:
            raise TooFewRecordings(
                f"{name} can say {len(kept)} of {len(lines)} sentences; "
                f"{FEWEST_SENTENCES} are needed."
            )
        return Heard(lines=tuple(kept), sounds=sounds, left_out=tuple(left_out))

"""What the product's own recogniser hears by telephone: of a voice, and of recordings for one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines._core import edit_distance
from engines.asr.whisper import WhisperRecogniser, WhisperSettings
from engines.nlu.script import ScriptFolder
from engines.text.normalise import Language, read
from models.tts.clip import RATE_HZ, Floats, over_the_line

_LINE_HZ: Final = 8_000
_SPELLINGS: Final = {"neighbour": "neighbor"}


class HearBack:
    """Speech over a G.711 line to text, on one thread.

    What does not come back word for word is heard again on 30 s of input, and the better one
    counts: on short input the recogniser sometimes says a sentence twice, whoever speaks.

    Args:
        release: folder of the objects of ``lite``: ``asr_whisper`` and ``nlu_lac``.

    Raises:
        WeightsUnusable: a file is missing or broken; of the network when it first hears.
    """

    def __init__(self, release: Path) -> None:
        self._folder = release / "asr_whisper"
        self._quick: WhisperRecogniser | None = None
        self._patient: WhisperRecogniser | None = None
        self._script = ScriptFolder(release / "nlu_lac" / "q2b.dic")

    def hear(self, pcm: NDArray[np.int16], rate_hz: int, language: Language, said: str) -> str:
        """What is heard of a sentence, in Simplified characters.

        Args:
            pcm: (T,) int16 at any rate.
            rate_hz: its rate.
            language: spoken.
            said: the sentence.
        """
        line = over_the_line(pcm.astype(np.float32) / 32768.0, rate_hz)
        if self._quick is None:
            self._quick = WhisperRecogniser(self._folder, WhisperSettings(threads=1))
        heard = self._text(self._quick, line, language)
        rate = error_rate([(said, heard)], language)
        if rate == 0.0:
            return heard
        again = self._patiently(line, language)
        return again if error_rate([(said, again)], language) < rate else heard

    def understand(self, audio: Floats, language: Language) -> str:
        """What is said in (T,) float32 at 16 kHz, whatever it is."""
        return self._patiently(over_the_line(audio, RATE_HZ), language)

    def _patiently(self, line: NDArray[np.int16], language: Language) -> str:
        """Heard on 30 s of input, which is dear and goes wrong least."""
        if self._patient is None:
            settings = WhisperSettings(threads=1, margin_s=30.0)
            self._patient = WhisperRecogniser(self._folder, settings)
        return self._text(self._patient, line, language)

    def _text(
        self, recogniser: WhisperRecogniser, line: NDArray[np.int16], language: Language
    ) -> str:
        voiced_ms = 1000.0 * line.size / _LINE_HZ
        heard = recogniser.hear(line, _LINE_HZ, voiced_ms=voiced_ms, language=language)
        return self._script.fold(heard.text)


def error_rate(pairs: Sequence[tuple[str, str]], language: Language) -> float:
    """Character (zh) or word (en) error rate over pairs of (said, heard), both read out in words.

    1.0 where nothing was said.
    """
    said = [spoken(text, language) for text, _ in pairs]
    wrong = sum(
        edit_distance(units, spoken(heard, language))
        for units, (_, heard) in zip(said, pairs, strict=True)
    )
    count = sum(map(len, said))
    return wrong / count if count else 1.0


def spoken(text: str, language: Language) -> list[str]:
    """Characters (zh) or words (en) as they are said, without punctuation."""
    plain = read(text[:2000], language).lower().replace("幺", "一").replace("两", "二")
    units = re.findall(r"[\u3400-\u9fff]|[a-z]" if language == "zh" else r"\w+", plain)
    return [_SPELLINGS.get(unit, unit) for unit in units]

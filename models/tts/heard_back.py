"""How well a voice is understood: what the product's own recogniser hears of it by telephone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines._core import edit_distance
from engines.asr.whisper import WhisperRecogniser, WhisperSettings
from engines.nlu.script import ScriptFolder
from engines.text.normalise import Language, read
from models.tts.clip import over_the_line

_LINE_HZ = 8_000


class HearBack:
    """Speech over a G.711 line to text, on one thread.

    Args:
        release: folder of the objects of ``lite``: ``asr_whisper`` and ``nlu_lac``.

    Raises:
        WeightsUnusable: a file is missing or broken.
    """

    def __init__(self, release: Path) -> None:
        self._recogniser = WhisperRecogniser(release / "asr_whisper", WhisperSettings(threads=1))
        self._script = ScriptFolder(release / "nlu_lac" / "q2b.dic")

    def hear(self, pcm: NDArray[np.int16], rate_hz: int, language: Language) -> str:
        """(T,) int16 at any rate → what is heard, in Simplified characters."""
        line = over_the_line(pcm.astype(np.float32) / 32768.0, rate_hz)
        heard = self._recogniser.hear(
            line, _LINE_HZ, voiced_ms=1000.0 * line.size / _LINE_HZ, language=language
        )
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
    return re.findall(r"[\u3400-\u9fff]|[a-z]" if language == "zh" else r"\w+", plain)

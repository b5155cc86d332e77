"""The recogniser of a release, for verbs that must know what a person said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from daemon.release.release import load
from daemon.voices.enrolment import Hear
from daemon.voices.records import Language
from engines.asr.whisper import WhisperRecogniser


def hearing(state: Path, release: str, language: Language) -> Hear:
    """The release's recogniser, told the language.

    Raises:
        NoRelease, ObjectMissing, ObjectCorrupt …: as ``daemon.release.release.load``.
    """
    recogniser = WhisperRecogniser(load(state, release).path("asr_whisper"))

    def hear(pcm: NDArray[np.int16], rate_hz: int, voice_s: float) -> str:
        heard = recogniser.hear(pcm, rate_hz, voiced_ms=voice_s * 1000, language=language)
        return heard.text

    return hear

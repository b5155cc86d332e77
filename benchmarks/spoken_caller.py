"""A caller who speaks: lines of a script in a voice, over G.711, to the real ears of a worker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from daemon.ctl.audio_file import Audio, at_rate
from daemon.ctl.language import language_of
from daemon.ctl.utterances import split
from engines._core import g711_decode, g711_encode
from engines.asr.transcript import Transcript
from engines.dialog.moves import ANSWERED, Clause, Expectation
from engines.pipeline import Pipeline
from engines.text.reader import Reader
from engines.tts.kokoro import Kokoro
from engines.tts.phrase_cache import PhraseCache
from engines.tts.synthesiser import Synthesiser, SynthesiserSettings
from engines.tts.voice_choice import Voice
from engines.vad.silero import SileroVad

RATE_HZ: Final = 8_000
VOICES: Final = (("zf_xiaobei", "af_bella"), ("zm_yunjian", "am_michael"))
"""Callers, with their Chinese and English voice: none of them is the agent's."""
_DISK_BYTES: Final = 256 << 20
_BEFORE_MS: Final = 400
_AFTER_MS: Final = 700
_WORDS: Final = re.compile("[A-Za-z]{2}|[\u3400-\u9fff]")
_SLOWER: Final = 0.12
_SLOWEST: Final = 0.7


class Callers:
    """Speaks the lines of scripts; what was spoken once is kept. Use it with ``with``.

    Args:
        files: of the release.
        cache: folder for what was spoken before.
        voices: of each caller, the Chinese and the English one.
    """

    def __init__(
        self, files: Path, cache: Path, voices: Sequence[tuple[str, str]] = VOICES
    ) -> None:
        self._reader = Reader()
        kokoro = Kokoro(files / "tts_kokoro", 2)
        kept = PhraseCache(cache / "callers", disk_limit_bytes=_DISK_BYTES)
        self._voices = [
            Synthesiser(
                self._reader,
                kokoro,
                kept,
                SynthesiserSettings(zh=Voice(name=chinese), en=Voice(name=english)),
            )
            for chinese, english in voices
        ]
        self._reader.wait_ready()

    def __enter__(self) -> Callers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reader.close()

    def say(
        self, text: str, caller: int, *, home: Literal["zh", "en"], times: int = 0
    ) -> NDArray[np.int16]:
        """(T,) int16 at 8 kHz as the gateway decodes it, with silence around the speech.

        Args:
            text: what to say.
            caller: number of a caller.
            home: the language in which he says what has no words in it, such as a number.
            times: how often he has said just this already; people say it slower then.
        """
        speed = max(_SLOWEST, 1.0 - _SLOWER * times)
        language = language_of(text) if _WORDS.search(text) else home
        clause = Clause(text=text, language=language, cacheable=True, speed=speed)
        speech = self._voices[caller % len(self._voices)].speak(clause)
        narrow = at_rate(speech.pcm, speech.rate_hz, RATE_HZ)
        pcm = np.concatenate([_silence(_BEFORE_MS), narrow, _silence(_AFTER_MS)])
        return over_the_line(pcm)


def hear(
    engines: Pipeline, pcm: NDArray[np.int16], language: str, expects: Expectation
) -> Transcript | None:
    """What recognition makes of a caller's turn; None where it is dropped.

    Args:
        engines: of the release.
        pcm: (T,) int16 at 8 kHz.
        language: zh, en or auto, as OPEN says.
        expects: what the question that stands asked for.
    """
    utterance = voiced_part(pcm, engines.vad)
    if utterance is None:
        return None
    piece, voiced_ms = utterance
    heard = engines.recogniser.hear(
        piece,
        RATE_HZ,
        voiced_ms=voiced_ms,
        language=language,
        answer=expects.kind in ANSWERED,
    )
    return None if heard.dropped or not heard.text else heard


def voiced_part(pcm: NDArray[np.int16], vad: SileroVad) -> tuple[NDArray[np.int16], float] | None:
    """The utterance of a caller's turn and its milliseconds of voice; None: there is no voice.

    Pauses inside do not end a turn: it is one utterance, as turn taking makes it.
    """
    spans = list(split(Audio(pcm=pcm, rate_hz=RATE_HZ), vad))
    if not spans:
        return None
    start, end = spans[0].start_ms, spans[-1].end_ms
    piece = pcm[start * RATE_HZ // 1000 : end * RATE_HZ // 1000]
    return piece, sum(span.voiced_ms for span in spans)


def over_the_line(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    """(T,) int16 at 8 kHz as the gateway decodes it from G.711."""
    return np.frombuffer(g711_decode(g711_encode(pcm, "ulaw"), "ulaw"), np.int16)


def _silence(ms: int) -> NDArray[np.int16]:
    # Not all zeros: a line has a floor.
    return np.random.default_rng(ms).integers(-6, 7, ms * RATE_HZ // 1000, np.int16)

"""The round trip of our own speech: on a sample, recognition hears what a voice has just said.

It catches what no look at the waveform can: fluent sound that says something else. While a call is
open nobody is kept waiting for it: clauses wait until the worker has none.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.call.caller_audio import Utterance
from daemon.worker.engine_stages import EngineStages
from engines._core import edit_distance
from engines.dialog.moves import Clause, Expectation
from engines.text.errors import UnreadableText
from engines.text.normalise import Language, read
from engines.tts.speech import Speech

log = logging.getLogger(__name__)

RATE_HZ: Final = 8000
"""As a caller hears it."""
LOOKED_S: Final = 1.0
MOST_WAITING: Final = 4
"""The newest; older ones are let go."""
LEAST_CHARACTERS: Final = 5
"""Recognition is too unsure of less."""
MOST_ERRORS: Final = 0.5
"""Share of characters (zh) or words (en) that may be heard otherwise: recognition errs too."""
LOOKED_BACK: Final = 5
MOST_BAD: Final = 3
"""So many of a voice's last ``LOOKED_BACK`` clauses: it is not the clause, it is the voice."""

_UNITS: Final = {"zh": re.compile(r"[\u3400-\u9fff]|[a-z]+|\d"), "en": re.compile(r"[a-z']+|\d")}


class RoundTrip:
    """Everything on the worker's event loop.

    Args:
        stages: whose speech is heard, by whose recognition.
        every: so many clauses that were synthesised stand between two that are heard; 0: none is.
        idle: whether nobody waits for anything.
    """

    def __init__(self, stages: EngineStages, every: int, idle: Callable[[], bool]) -> None:
        self.failures: Counter[str] = Counter()
        """By voice, since the start."""
        self._stages = stages
        self._every = every
        self._idle = idle
        self._made = 0
        self._waiting: deque[tuple[Clause, Speech]] = deque(maxlen=MOST_WAITING)
        self._bad: defaultdict[str, deque[bool]] = defaultdict(lambda: deque(maxlen=LOOKED_BACK))
        self._removed: set[Clause] = set()
        """Taken out of the cache once: what is misheard again may be recognition's fault."""
        stages.synthesis.on_spoken = self.note

    def note(self, clause: Clause, speech: Speech) -> None:
        """A clause was synthesised."""
        if not self._every or len(clause.text) < LEAST_CHARACTERS:
            return
        self._made += 1
        if self._made % self._every == 0:
            self._waiting.append((clause, speech))

    async def run(self) -> None:
        """Until cancelled: hear what waits, one at a time, while the worker is idle."""
        while True:
            await asyncio.sleep(LOOKED_S)
            if self._waiting and self._idle():
                await self.hear(*self._waiting.popleft())

    async def hear(self, clause: Clause, speech: Speech) -> float:
        """Hear one clause and act on it; its error rate."""
        transcript, fallback = await self._stages.hear(
            _utterance(speech.at(RATE_HZ)), clause.language, Expectation()
        )
        if fallback:  # recognition's own trouble says nothing of the voice
            return 0.0
        rate = error_rate(clause.text, transcript.text, clause.language)
        bad = rate > MOST_ERRORS
        self._bad[speech.voice].append(bad)
        if bad:
            # What is not constant text may be private.
            text = clause.text if clause.cacheable else ""
            log.warning("tts round trip voice=%s error_rate=%.2f text=%r", speech.voice, rate, text)
            self._act(clause, speech.voice)
        else:
            log.debug("tts round trip voice=%s error_rate=%.2f", speech.voice, rate)
        return rate

    def _act(self, clause: Clause, voice: str) -> None:
        self.failures[voice] += 1
        if clause.cacheable and clause not in self._removed:
            self._removed.add(clause)
            self._stages.pipeline.synthesiser.forget(clause)
        if sum(self._bad[voice]) >= MOST_BAD:
            self._bad[voice].clear()
            silenced = self._stages.pipeline.synthesiser.silence(voice)
            log.error("voice misheard voice=%s stock_instead=%s", voice, silenced)


def error_rate(meant: str, heard: str, language: Language) -> float:
    """Edits a unit of what was meant: characters in Chinese, words in English."""
    asked, got = units(meant, language), units(heard, language)
    return edit_distance(asked, got) / max(1, len(asked))


def units(text: str, language: Language) -> list[str]:
    """What is compared: numbers as they are said, without punctuation."""
    try:
        text = read(text, language)
    except UnreadableText:
        return []
    return _UNITS[language].findall(text.lower())


def _utterance(pcm: NDArray[np.int16]) -> Utterance:
    return Utterance(
        pcm=pcm,
        rate_hz=RATE_HZ,
        voice_start=0,
        voice_end=pcm.size,
        voiced_ms=pcm.size * 1000 // RATE_HZ,
    )

"""Stand-in engines that speak and hear tones: a sentence is a pitch. They need no weights."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.business.operations import load_operations
from daemon.business.seed import make_database
from daemon.business.sqlite import SqliteBusiness
from daemon.call.caller_audio import Utterance
from daemon.call.stages import Sound
from engines.asr.transcript import Transcript
from engines.dialog.moves import BusinessCall, BusinessResult, Clause, Expectation
from engines.emotion.feeling import Feeling
from engines.emotion.prosody import Baseline
from engines.nlu.understanding import Entity, IntentScore, Understanding
from tests.drills.faults import Fault

RATE_HZ: Final = 8000
SHOP: Final = Path("examples/shop")
AGENT_HZ: Final = 1_800.0
SENTENCES: Final[dict[float, tuple[str, str, str]]] = {
    300.0: ("我想查一下订单。", "order_status", ""),
    400.0: ("A1024", "inform", "A1024"),
    500.0: ("没有了，再见。", "goodbye", ""),
    600.0: ("对。", "affirm", ""),
}
"""Pitch to text, intent and order number."""


def tone(hz: float, duration_ms: int, rate_hz: int = RATE_HZ) -> NDArray[np.int16]:
    """(T,) int16."""
    at = np.arange(duration_ms * rate_hz // 1000)
    return (8000 * np.sin(2 * np.pi * hz * at / rate_hz)).astype(np.int16)


class TinyVad:
    """Loud is voice."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._voiced = 0

    def run(
        self, inputs: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Probability of each of (N, 288) windows; it remembers nothing."""
        loud = np.abs(inputs[:, 32:]).max(axis=1) > 0.05
        self._voiced += int(loud.sum())
        if self._voiced > TinyEngines.VOICED_BEFORE_FAULT:
            self._fault.enter("listening")
        return np.where(loud, 0.95, 0.02).astype(np.float32), state


class TinyEngines:
    """Implements ``daemon.call.stages.Stages``, as slow as real ones."""

    VOICED_BEFORE_FAULT: Final = 60
    """Windows of voice, of all calls together: the second sentences have begun."""

    def __init__(self, state: Path, fault: Fault) -> None:
        database = state / "shop.sqlite"
        make_database(SHOP / "seed.sql", database)
        self._business = SqliteBusiness(database, load_operations(SHOP / "operations.toml"))
        self._fault = fault
        self._said = ""

    async def hear(
        self, utterance: Utterance, language: str, expects: Expectation
    ) -> tuple[Transcript, str]:
        """The sentence whose pitch it is."""
        text, _, order = self._sentence(utterance.pcm, utterance.rate_hz)
        if order:
            self._fault.enter("hearing")
        await asyncio.sleep(0.2)
        transcript = Transcript(text=text, language="zh", language_probability=1.0, confidence=0.95)
        return transcript, ""

    async def understand(self, text: str, language: str) -> tuple[Understanding, str]:
        """As the table says."""
        for said, intent, order in SENTENCES.values():
            if said == text:
                entities = (
                    (Entity(type="ORDER_ID", text=order, value=order, start=0, end=len(order)),)
                    if order
                    else ()
                )
                scores = (IntentScore(intent=intent, probability=0.95),)
                return Understanding(intents=scores, entities=entities), ""
        return Understanding(intents=()), ""

    async def feel(
        self, text: str, language: str, utterance: Utterance, baseline: Baseline
    ) -> tuple[Feeling, str]:
        """Nothing."""
        return Feeling(label="", confidence=0.0), ""

    async def judge(self, utterance: Utterance) -> tuple[tuple[str, ...], str]:
        return (), ""

    async def business(self, call: BusinessCall) -> tuple[BusinessResult, str]:
        """The real shop."""
        self._fault.enter("thinking")
        await asyncio.sleep(0.05)
        return self._business.call(call), ""

    async def speak(self, clause: Clause, rate_hz: int, *, urgent: bool) -> tuple[Sound, str]:
        """60 ms of tone a character."""
        if not clause.cacheable or ("订单" in clause.text and "发货" in clause.text):
            self._fault.enter("synthesis")
        await asyncio.sleep(0.0 if clause.cacheable else 0.2)
        pcm = tone(AGENT_HZ, 60 * len(clause.text), rate_hz)
        return Sound(pcm=pcm, cached=clause.cacheable), ""

    def withdrawn(self, clause: Clause, sound: Sound) -> bool:
        """Nobody's voice speaks here."""
        return False

    @staticmethod
    def _sentence(pcm: NDArray[np.int16], rate_hz: int) -> tuple[str, str, str]:
        spectrum = np.abs(np.fft.rfft(pcm.astype(np.float32)))
        hz = float(spectrum.argmax()) * rate_hz / max(1, pcm.size)
        return SENTENCES[min(SENTENCES, key=lambda known: abs(known - hz))]

"""Tiny engines on a tiny line: a whole call runs in milliseconds, exactly as scripted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon import slot
from daemon.call.caller_audio import Utterance
from daemon.call.conversation import Conversation
from daemon.call.settings import CallSettings
from daemon.call.stages import Sound
from daemon.call.voice_detection import VoiceDetection
from engines.asr.transcript import Transcript
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import BusinessCall, BusinessResult, Clause, Expectation
from engines.dialog.playbook import load_playbook
from engines.emotion.feeling import Feeling
from engines.emotion.prosody import Baseline
from engines.nlu.understanding import Entity, IntentScore, Understanding
from kefu.protocol import Open as ClientOpen
from kefu.records import Turn
from tests.daemon.call.tiny_dialogue import TinyDialogue
from tests.daemon.call.tiny_line import CALL, RATE, TICK, TinyLine

SCENARIOS = Path(__file__).parents[3] / "examples" / "scenarios"
MS_A_CHARACTER = 60


def said(text: str, intent: str = "", **entities: str) -> tuple[Transcript, Understanding]:
    """What hearing and understanding answer for one utterance of the script."""
    transcript = Transcript(text=text, language="zh", language_probability=1.0, confidence=0.95)
    found = tuple(
        Entity(type=kind, text=value, value=value, start=0, end=len(value))
        for kind, value in entities.items()
    )
    intents = (IntentScore(intent=intent, probability=0.95),) if intent else ()
    return transcript, Understanding(intents=intents, entities=found)


def unheard(dropped: str = "low_probability") -> tuple[Transcript, Understanding]:
    """An utterance of which recognition makes nothing."""
    transcript = Transcript(
        text="", language="zh", language_probability=0.0, confidence=0.0, dropped=dropped
    )
    return transcript, Understanding(intents=())


class TinyVad:
    """Loud is voice."""

    def run(
        self, inputs: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        loud = np.abs(inputs[:, 32:]).max(axis=1) > 0.05
        return np.where(loud, 0.95, 0.02).astype(np.float32), state


class TinyStages:
    """Answers from a script; notes what it was asked."""

    def __init__(self, *script: tuple[Transcript, Understanding]) -> None:
        self.script = list(script)
        """The first is what recognition says until a test replaces it."""
        self.heard: list[Utterance] = []
        self.asked: list[BusinessCall] = []
        self.spoken: list[Clause] = []
        self.hearing_gate = _open_gate()
        self.business_gate = _open_gate()
        self.speech_gate = _open_gate()
        self.gates: dict[str, asyncio.Event] = {}
        """Text to what its synthesis waits for; who says it and whether is settled before."""
        self.unspeakable: set[str] = set()
        """Texts whose synthesis fails."""
        self.withdraws: set[str] = set()
        """Personal voices that may speak no more."""
        self.speakers: dict[str, tuple[str, tuple[str, ...]]] = {}
        """Text to who says it, and what went wrong before."""
        self.answers: dict[str, BusinessResult] = {}
        self.faults: tuple[str, ...] = ()
        """What is wrong with the sound of what is read aloud."""
        self.judged: list[Utterance] = []
        self._understood = Understanding(intents=())

    async def hear(
        self, utterance: Utterance, language: str, expects: Expectation
    ) -> tuple[Transcript, str]:
        self.heard.append(utterance)
        await self.hearing_gate.wait()
        transcript, self._understood = self.script[0]
        return transcript, ""

    async def understand(self, text: str, language: str) -> tuple[Understanding, str]:
        return self._understood, ""

    async def feel(
        self, text: str, language: str, utterance: Utterance, baseline: Baseline
    ) -> tuple[Feeling, str]:
        return Feeling(label="", confidence=0.0), ""

    async def judge(self, utterance: Utterance) -> tuple[tuple[str, ...], str]:
        self.judged.append(utterance)
        return self.faults, ""

    async def business(self, call: BusinessCall) -> tuple[BusinessResult, str]:
        self.asked.append(call)
        await self.business_gate.wait()
        return self.answers.get(
            call.name, BusinessResult(name=call.name, ok=False, error="not_found")
        ), ""

    async def speak(self, clause: Clause, rate_hz: int, *, urgent: bool) -> tuple[Sound, str]:
        await self.speech_gate.wait()
        voice, troubles = self.speakers.get(clause.text, ("stock", ()))
        if voice in self.withdraws:
            voice, troubles = "stock", ("revoked",)
        unspeakable = clause.text in self.unspeakable
        if clause.text in self.gates:
            await self.gates[clause.text].wait()
        self.spoken.append(clause)
        if unspeakable:
            silence = np.zeros(rate_hz // 5, np.int16)
            return Sound(pcm=silence, cached=False), "silence: speech_failed"
        pcm = np.full(MS_A_CHARACTER * len(clause.text) * rate_hz // 1000, 2000, np.int16)
        return Sound(
            pcm=pcm,
            cached=clause.cacheable,
            voice=voice,
            personal=voice != "stock",
            troubles=troubles,
        ), ""

    def withdrawn(self, clause: Clause, sound: Sound) -> bool:
        return sound.voice in self.withdraws


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


class TinyCall:
    """One call of a worker with the gateway's line and a VAD that knows loud from silent.

    Args:
        stages: tiny engines.
        dialogue: a tiny one, a real one, or the name of a real scenario.
        scenario: of a real one.
        opened: fields of the gateway's OPEN.
        private: names of private slots.
    """

    def __init__(
        self,
        stages: TinyStages,
        dialogue: TinyDialogue | Dialogue | str = "order_status",
        *,
        scenario: str = "",
        private: frozenset[str] = frozenset(),
        line: TinyLine | None = None,
        **opened: Any,
    ) -> None:
        self.stages = stages
        self.line = line or TinyLine()
        self.sent: list[slot.Message] = []
        self._detection = VoiceDetection(TinyVad())
        self._noise = np.random.default_rng(1)
        self._caller_samples = opened.get("caller_next", 0)
        scenario = dialogue if isinstance(dialogue, str) else scenario
        real: Any = Dialogue(load_playbook(SCENARIOS)) if isinstance(dialogue, str) else dialogue
        self.conversation = Conversation(
            slot.Open(
                call=CALL,
                client=ClientOpen(
                    codec="ulaw", rate_hz=RATE, frame_ms=20, language="zh", scenario=scenario
                ),
                **opened,
            ),
            release="tiny",
            stages=stages,
            dialogue=real,
            send=self._take,
            settings=CallSettings(),
            private_slots=private,
        )
        self.conversation.open()

    def _take(self, message: slot.Message) -> None:
        self.sent.append(message)
        offset = self.line.offset
        self.line.take(message)
        if isinstance(message, slot.Cut):
            self.cut_done(message.utterance, offset)

    def cut_done(self, utterance: int, heard: int) -> None:
        """The line has cut an utterance."""
        done = slot.CutDone(call=CALL, utterance=utterance, heard=heard)
        asyncio.get_running_loop().call_soon(self.conversation.on_cut_done, done)

    def line_cuts(self) -> None:
        """The gateway cuts of its own what is on the line."""
        utterance, self.line.utterance = self.line.utterance, None
        assert utterance is not None
        self.cut_done(utterance, self.line.offset)

    async def press(self, digits: str, *, gap_ms: int = 200) -> None:
        """The caller presses keys."""
        for digit in digits:
            self.conversation.on_key(slot.Dtmf(call=CALL, digit=digit))  # type: ignore[arg-type]
            await self.silence(gap_ms)

    async def tick(self, pcm: NDArray[np.int16]) -> None:
        """20 ms of the call."""
        frame = self.line.tick(pcm.tobytes(), self._caller_samples)
        self._caller_samples += pcm.size
        self._detection.hear([(self.conversation.listening.audio, frame)])
        self.conversation.on_frame(frame)
        for _, edge, sample in self._detection.detect():
            self.conversation.on_voice(edge, sample)
        self.conversation.decide()
        for _ in range(12):
            await asyncio.sleep(0)

    async def silence(self, ms: int) -> None:
        """The caller says nothing."""
        for _ in range(ms // 20):
            await self.tick(np.zeros(TICK, np.int16))

    async def voice(self, ms: int) -> None:
        """The caller speaks."""
        for _ in range(ms // 20):
            # Noise, unlike what our own voice is made of: it must not be taken for our echo.
            await self.tick(self._noise.integers(-8000, 8000, TICK).astype(np.int16))

    async def until_audible(self, most_ms: int = 5_000) -> None:
        """Silence until we are heard."""
        for _ in range(most_ms // 20):
            if self.conversation.parts.mouth.audible:
                return
            await self.silence(20)
        raise AssertionError("nothing is said")

    async def until_reply_ended(self, count: int, most_ms: int = 20_000) -> None:
        """Silence until so many replies have been delivered."""
        for _ in range(most_ms // 20):
            if len(self.events("reply.ended")) >= count:
                return
            await self.silence(20)
        raise AssertionError(f"only {len(self.events('reply.ended'))} replies ended")

    def events(self, kind: str) -> list[slot.Event]:
        return [one for one in self.of(slot.Event) if one.kind == kind]

    def of(self, kind: type[Any]) -> list[Any]:
        """Messages of one kind."""
        return [one for one in self.sent if isinstance(one, kind)]

    def turns(self) -> dict[int, Turn]:
        """The records by number; a later one of a number replaces an earlier."""
        return {one.turn.number: one.turn for one in self.of(slot.Event) if one.turn is not None}

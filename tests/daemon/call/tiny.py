"""Tiny engines and a tiny line: the turn loop runs in milliseconds, exactly as scripted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from daemon import slot
from daemon.call.caller_audio import Utterance
from daemon.call.conversation import Conversation
from daemon.call.settings import VoiceSettings
from daemon.call.stages import Sound
from daemon.call.turn_taking import TurnTakingSettings
from engines.asr.transcript import Transcript
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import BusinessCall, BusinessResult, Clause
from engines.dialog.playbook import load_playbook
from engines.emotion.feeling import Feeling
from engines.emotion.prosody import Baseline
from engines.nlu.understanding import Entity, IntentScore, Understanding
from kefu.protocol import Open as ClientOpen
from kefu.records import Turn

RATE = 8000
TICK = RATE // 50
CALL = bytes(range(16))
SCENARIOS = Path(__file__).parents[3] / "examples" / "scenarios"


def said(text: str, intent: str = "", **entities: str) -> tuple[Transcript, Understanding]:
    """What hearing and understanding answer for one utterance of the script."""
    transcript = Transcript(text=text, language="zh", language_probability=1.0, confidence=0.95)
    found = tuple(
        Entity(type=kind, text=value, value=value, start=0, end=len(value))
        for kind, value in entities.items()
    )
    intents = (IntentScore(intent=intent, probability=0.95),) if intent else ()
    return transcript, Understanding(intents=intents, entities=found)


class TinyStages:
    """Answers from a script; notes what it was asked."""

    def __init__(self, *script: tuple[Transcript, Understanding]) -> None:
        self.script = list(script)
        self.heard: list[Utterance] = []
        self.asked: list[BusinessCall] = []
        self.spoken: list[Clause] = []
        self.business_gate = asyncio.Event()
        self.business_gate.set()
        self.speech_gate = asyncio.Event()
        self.speech_gate.set()
        self.answers: dict[str, BusinessResult] = {}
        self._understood = Understanding(intents=())

    async def hear(self, utterance: Utterance, language: str) -> tuple[Transcript, str]:
        self.heard.append(utterance)
        transcript, self._understood = self.script[0]
        return transcript, ""

    async def understand(self, text: str, language: str) -> tuple[Understanding, str]:
        return self._understood, ""

    async def feel(
        self, text: str, language: str, utterance: Utterance, baseline: Baseline
    ) -> tuple[Feeling, str]:
        return Feeling(label="", confidence=0.0), ""

    async def business(self, call: BusinessCall) -> tuple[BusinessResult, str]:
        self.asked.append(call)
        await self.business_gate.wait()
        return self.answers.get(
            call.name, BusinessResult(name=call.name, ok=False, error="not_found")
        ), ""

    async def speak(self, clause: Clause, rate_hz: int, *, urgent: bool) -> tuple[Sound, str]:
        await self.speech_gate.wait()
        self.spoken.append(clause)
        pcm = np.full(60 * len(clause.text) * rate_hz // 1000, 2000, np.int16)
        return Sound(pcm=pcm, cached=clause.cacheable), ""


class TinyCall:
    """One call of a worker with the gateway's line and a VAD that knows loud from silent."""

    def __init__(self, stages: TinyStages, scenario: str = "order_status") -> None:
        self.stages = stages
        self.sent: list[slot.Message] = []
        self.now_ms = 0.0
        self._caller_samples = 0
        self._utterance: int | None = None
        self._offset = self._queued = 0
        self._last = False
        self.conversation = Conversation(
            slot.Open(
                call=CALL,
                client=ClientOpen(
                    codec="ulaw", rate_hz=RATE, frame_ms=20, language="zh", scenario=scenario
                ),
            ),
            release="tiny",
            stages=stages,
            dialogue=Dialogue(load_playbook(SCENARIOS)),
            send=self._take,
            turn_taking_settings=TurnTakingSettings(),
            voice_settings=VoiceSettings(),
        )
        self.conversation.open()

    def _take(self, message: slot.Message) -> None:
        self.sent.append(message)
        if isinstance(message, slot.Say):
            if self._utterance != message.utterance:
                self._utterance, self._offset, self._queued = message.utterance, 0, 0
            assert message.offset == self._queued
            assert message.offset <= self._offset + slot.CREDIT_MS * RATE // 1000
            self._queued += len(message.pcm) // 2
            self._last = message.last
        elif isinstance(message, slot.Cut):
            done = slot.CutDone(call=CALL, utterance=message.utterance, heard=self._offset)
            self._utterance = None
            asyncio.get_running_loop().call_soon(self.conversation.on_cut_done, done)

    async def tick(self, pcm: NDArray[np.int16]) -> None:
        """20 ms of the call."""
        self.now_ms += 20
        playing = heard = None
        if self._utterance is not None:
            self._offset = min(self._queued, self._offset + TICK)
            heard = (self._utterance, self._offset)
            if not (self._last and self._offset == self._queued):
                playing = heard
        self.conversation.on_frame(
            slot.CallFrame(
                call=CALL,
                now_ms=self.now_ms,
                first_sample=self._caller_samples,
                pcm=pcm.tobytes(),
                playing=playing,
                heard=heard,
            )
        )
        self._caller_samples += pcm.size
        audio = self.conversation.audio
        while (window := audio.next_window()) is not None:
            audio.voice_probability(0.95 if np.abs(window).max() > 0.05 else 0.02)
        self.conversation.on_voice()
        for _ in range(12):
            await asyncio.sleep(0)

    async def silence(self, ms: int) -> None:
        """The caller says nothing."""
        for _ in range(ms // 20):
            await self.tick(np.zeros(TICK, np.int16))

    async def voice(self, ms: int) -> None:
        """The caller speaks."""
        for _ in range(ms // 20):
            await self.tick(np.full(TICK, 8000, np.int16))

    async def until_reply_ended(self, count: int, most_ms: int = 20_000) -> None:
        """Silence until so many replies have been delivered."""
        for _ in range(most_ms // 20):
            if len(self.events("reply.ended")) >= count:
                return
            await self.silence(20)
        raise AssertionError(f"only {len(self.events('reply.ended'))} replies ended")

    def events(self, kind: str) -> list[slot.Event]:
        return [one for one in self.sent if isinstance(one, slot.Event) and one.kind == kind]

    def turns(self) -> dict[int, Turn]:
        """The records by number; a later one of a number replaces an earlier."""
        return {
            one.turn.number: one.turn
            for one in self.sent
            if isinstance(one, slot.Event) and one.turn is not None
        }

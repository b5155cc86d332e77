"""From an utterance to the next move of the dialogue: the turn's path through the engines.

Thinking changes nothing outside itself, so it begins before the turn is known to have ended
(docs/architecture.md, Speculation) and may be thrown away: it stops before a business call that
writes.
"""

from __future__ import annotations

import asyncio

from daemon.call.caller_audio import Utterance
from daemon.call.clock import CallClock, StageTimer
from daemon.call.stages import Sound, Stages
from daemon.call.thought import Thought, describe
from engines.asr.transcript import Transcript
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import Clause, Expectation, Heard, Move, State
from engines.emotion.feeling import Feeling
from engines.emotion.prosody import NO_BASELINE, Baseline
from engines.nlu.understanding import Understanding
from kefu.records import Stage


class Attempt:
    """Thinking under way about ``utterance``; it holds as long as no more voice comes.

    Args:
        utterance: what was said.
        state: the dialogue before this turn; it is not changed.
        language: zh, en or auto: what recognition may expect.
        expects: what the question that stands asked for.
        question_missed: he spoke over our last reply before its last clause had begun.
        stages: the engines.
        dialogue: the pure state machine.
        clock: the call's clock, for the ledger.
        baseline: how the caller spoke before.
    """

    def __init__(
        self,
        utterance: Utterance,
        *,
        state: State,
        language: str,
        expects: Expectation,
        question_missed: bool,
        stages: Stages,
        dialogue: Dialogue,
        clock: CallClock,
        baseline: Baseline = NO_BASELINE,
    ) -> None:
        self.utterance = utterance
        self.transcript: Transcript | None = None
        """Once recognition has answered."""
        self.asking_business = False
        """A read is under way: the one thing in here that can be slow without our fault."""
        self._state = state
        self._language = language
        self._expects = expects
        self._question_missed = question_missed
        self._stages = stages
        self._dialogue = dialogue
        self._clock = clock
        self._baseline = baseline
        self.task = asyncio.create_task(self._think())

    @property
    def heard(self) -> str:
        """The words; empty until they are recognised, and where nothing was."""
        return "" if self.transcript is None else self.transcript.text

    def covers(self, voice_end: int) -> bool:
        """Whether nothing was said since this attempt began, where all voice ends there."""
        return self.utterance.voice_end == voice_end

    def drop(self) -> None:
        """Stop what can be stopped (a decode that runs cannot be: its answer is ignored)."""
        if not self.task.done():
            self.task.cancel()
        elif not self.task.cancelled() and self.task.exception() is None:
            sound = self.task.result().first_sound
            if sound is not None:
                sound.cancel()

    async def _think(self) -> Thought:
        with StageTimer(self._clock) as timer:
            transcript, timer.fallback = await self._stages.hear(
                self.utterance, self._expected_language(), self._expects
            )
        self.transcript = transcript
        if transcript.dropped or not transcript.text:
            return Thought(utterance=self.utterance, transcript=transcript, asr=timer.stage())
        (understanding, nlu), (feeling, emotion), faults = await asyncio.gather(
            self._understand(transcript), self._feel(transcript), self._judge()
        )
        heard = Heard(
            text=transcript.text,
            language=transcript.language,
            confidence=transcript.confidence,
            understanding=understanding,
            feeling=feeling,
            question_missed=self._question_missed,
            faults=faults,
        )
        with StageTimer(self._clock) as deciding:
            move = self._dialogue.hear(self._state, heard)
        move, business, business_text = await self._read_business(move)
        return Thought(
            utterance=self.utterance,
            transcript=transcript,
            asr=timer.stage(),
            understanding=understanding,
            feeling=feeling,
            prosody=feeling.prosody,
            nlu=nlu,
            emotion=emotion,
            dialog=deciding.stage(),
            business=business,
            business_text=business_text,
            move=move,
            first_sound=self._begin_to_speak(move),
        )

    async def _understand(self, transcript: Transcript) -> tuple[Understanding, Stage]:
        with StageTimer(self._clock) as timer:
            understanding, timer.fallback = await self._stages.understand(
                transcript.text, transcript.language
            )
        return understanding, timer.stage()

    async def _feel(self, transcript: Transcript) -> tuple[Feeling, Stage]:
        with StageTimer(self._clock) as timer:
            feeling, timer.fallback = await self._stages.feel(
                transcript.text, transcript.language, self.utterance, self._baseline
            )
        return feeling, timer.stage()

    def _expected_language(self) -> str:
        return self._state.language if self._expects.reads else self._language

    async def _judge(self) -> tuple[str, ...]:
        """What is wrong with the sound of something that was read aloud."""
        if not self._expects.reads:
            return ()
        faults, _ = await self._stages.judge(self.utterance)
        return faults

    async def _read_business(self, move: Move) -> tuple[Move, Stage | None, str]:
        """Make the calls that only read; the move that comes of it may ask for a write."""
        exchanges: list[str] = []
        if move.call is None or move.call.changes:
            return move, None, ""
        self.asking_business = True
        with StageTimer(self._clock) as timer:
            while move.call is not None and not move.call.changes:
                result, timer.fallback = await self._stages.business(move.call)
                exchanges.append(describe(move.call, result))
                move = self._dialogue.answer(move.state, result)
        self.asking_business = False
        return move, timer.stage(), "; ".join(exchanges)

    def _begin_to_speak(self, move: Move) -> asyncio.Task[tuple[Sound, Stage]] | None:
        if move.call is not None or not move.reply:
            return None
        rate_hz = self.utterance.rate_hz
        return asyncio.create_task(first_sound(move.reply[0], rate_hz, self._stages, self._clock))


async def first_sound(
    clause: Clause, rate_hz: int, stages: Stages, clock: CallClock
) -> tuple[Sound, Stage]:
    """The clause that the caller waits for, and how long it took."""
    with StageTimer(clock) as timer:
        sound, timer.fallback = await stages.speak(clause, rate_hz, urgent=True)
    return sound, timer.stage()

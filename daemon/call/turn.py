"""One turn, from the caller's last word to the settled reply, and its record on the way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from daemon import slot
from daemon.call import turn_record
from daemon.call.attempt import Attempt, first_sound
from daemon.call.clock import StageTimer
from daemon.call.mouth import Delivery
from daemon.call.phrases import phrase
from daemon.call.stages import Sound
from daemon.call.thought import Thought, describe
from engines.dialog.moves import Move
from kefu import records

if TYPE_CHECKING:
    from daemon.call.conversation import Conversation

PATIENCE_S: Final = 0.8
"""A business system that takes longer gets a filler in front of its answer."""
IGNORED_BELOW_MS: Final = 400
"""Voice shorter than this that could not be understood was a noise, not a sentence."""


class Turn:
    """A turn of ``conversation``; until it is ``committed`` it can be withdrawn without a trace."""

    def __init__(self, conversation: Conversation, number: int) -> None:
        self.committed = False
        self.writing = False
        """A business call that writes is under way: nothing may interrupt the turn."""
        self.apologises = False
        """It says that a turn failed; if it fails too, nothing is said about it."""
        self.ends_call = ""
        self._conversation = conversation
        self._record = records.Turn(
            call=conversation.call.hex(), number=number, release=conversation.release
        )
        self._speaking = False

    async def answer(self, attempt: Attempt, turn_end_ms: float, reason: str) -> None:
        """The caller has finished: take what was thought and act on it."""
        await self._await_patiently(attempt)
        thought = attempt.task.result()
        clock = self._conversation.clock
        self._record = turn_record.with_thought(
            self._record,
            thought,
            voice_start_ms=clock.at_sample(thought.utterance.voice_start),
            speech_end_ms=clock.at_sample(thought.utterance.voice_end),
            turn_end_ms=turn_end_ms,
        )
        if thought.move is None:
            await self._answer_unclear(thought)
            return
        if thought.first_sound is not None:
            # Uncommitted until there is something to say: a caller who goes on is still heard out.
            await asyncio.wait({thought.first_sound})
        move = thought.move
        self._commit(move)
        heard = {"text": self._record.heard, "language": self._record.language}
        self._event("heard.final", heard)
        if move.call is not None:
            move = await self._write_business(move)
        await self.speak(move, sound=thought.first_sound, reasons=(reason,))

    async def speak(
        self,
        move: Move,
        *,
        sound: asyncio.Task[tuple[Sound, records.Stage]] | None = None,
        reasons: tuple[str, ...] = (),
    ) -> None:
        """Say the reply of ``move``, clause by clause, and write the turn down."""
        conversation = self._conversation
        self._commit(move)
        self.ends_call = move.end
        self._record = turn_record.with_move(self._record, move, reasons)
        if not move.reply:
            self._store("turn")
            return
        await self._say_first(move, sound)
        self._store("turn")
        for clause in move.reply[1:]:
            later, fallback = await conversation.stages.speak(
                clause, conversation.rate_hz, urgent=False
            )
            if fallback:
                reasons = (*self._record.reasons, f"speech: {fallback}")
                self._record = replace(self._record, reasons=reasons)
            conversation.mouth.add(clause, later.pcm, last=clause is move.reply[-1])

    def delivered(self, delivery: Delivery) -> None:
        """The reply was played or cut: settle the record."""
        self._record = turn_record.with_delivery(self._record, delivery)
        self._store("reply.ended", {"taken": delivery.heard, "cut": delivery.cut})

    async def _await_patiently(self, attempt: Attempt) -> None:
        """Wait for the thought; while the business system is slow, say so."""
        while not attempt.task.done():
            await asyncio.wait({attempt.task}, timeout=PATIENCE_S)
            if not attempt.task.done() and attempt.asking_business:
                await self._fill()
                await asyncio.wait({attempt.task})

    async def _answer_unclear(self, thought: Thought) -> None:
        """Nothing could be made of it: ignore a noise, ask again about a sentence."""
        conversation = self._conversation
        self._commit(conversation.move)
        if thought.utterance.voiced_ms < IGNORED_BELOW_MS:
            self._record = replace(self._record, action="ignore")
            self._store("record.ignored", {})
            return
        await self.speak(conversation.dialogue.unclear(conversation.move.state))

    def _commit(self, move: Move) -> None:
        """From here on the turn cannot be withdrawn."""
        if not self.committed:
            self.committed = True
            self._conversation.taken_up()
        self._conversation.move = move

    async def _write_business(self, move: Move) -> Move:
        """Make the calls that write; a slow business system gets a filler in front."""
        conversation = self._conversation
        exchanges: list[str] = []
        self.writing = True
        try:
            with StageTimer(conversation.clock) as timer:
                while move.call is not None:
                    asking = asyncio.create_task(conversation.stages.business(move.call))
                    done, _ = await asyncio.wait({asking}, timeout=PATIENCE_S)
                    if not done:
                        await self._fill()
                    result, timer.fallback = await asking
                    exchanges.append(describe(move.call, result))
                    move = conversation.dialogue.answer(move.state, result)
        finally:
            self.writing = False
        self._record = turn_record.with_business(self._record, timer.stage(), "; ".join(exchanges))
        return move

    async def _say_first(
        self, move: Move, sound: asyncio.Task[tuple[Sound, records.Stage]] | None
    ) -> None:
        """Open the reply with its first clause (or go on after a filler)."""
        conversation = self._conversation
        first = move.reply[0]
        if sound is None:
            sound = asyncio.create_task(
                first_sound(first, conversation.rate_hz, conversation.stages, conversation.clock)
            )
        pcm, stage = await sound
        if not self._speaking:
            self._speaking = True
            conversation.begin_reply(self)
            self._record = turn_record.with_first_sound(self._record, first, pcm, stage)
        conversation.mouth.add(first, pcm.pcm, last=len(move.reply) == 1)

    async def _fill(self) -> None:
        """Tell the caller that we are looking, once a turn."""
        if self._speaking:
            return
        conversation = self._conversation
        filler = phrase("waiting", conversation.move.state.language)
        sound, stage = await first_sound(
            filler, conversation.rate_hz, conversation.stages, conversation.clock
        )
        self._speaking = True
        conversation.begin_reply(self)
        conversation.mouth.add(filler, sound.pcm, last=False)
        self._record = turn_record.with_first_sound(self._record, filler, sound, stage)

    def _store(self, kind: str, data: dict[str, Any] | None = None) -> None:
        self._conversation.send(
            slot.Event(
                call=self._conversation.call,
                kind=kind,
                data=turn_record.event_data(self._record) if data is None else data,
                turn=self._record,
            )
        )

    def _event(self, kind: str, data: dict[str, Any]) -> None:
        self._conversation.send(slot.Event(call=self._conversation.call, kind=kind, data=data))

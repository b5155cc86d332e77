"""Our side of a call: the turn in hand, what the PBX has said, and how the call ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from daemon.call import private, snapshot
from daemon.call.answer import Answer
from daemon.call.delivery import Delivery
from daemon.call.listening import Listening
from daemon.call.parts import CallParts
from engines.dialog.moves import Clause, Move

log = logging.getLogger(__name__)


class Replying:
    """At most one turn is in hand, and at most one text of the PBX is being said.

    Args:
        parts: of the call.
        listening: the caller's side, which begins anew when a turn takes up what he said.
    """

    def __init__(self, parts: CallParts, listening: Listening) -> None:
        self._parts = parts
        self._listening = listening
        self._answer: Answer | None = None
        self._answering: asyncio.Task[None] | None = None
        """Until the last clause of the reply is in the mouth."""
        self._playing: asyncio.Task[None] | None = None
        """The same for what the PBX has said."""
        self._last: Answer | None = None
        """Its reply ended the call, but the caller has begun to say something."""

    @property
    def answering(self) -> bool:
        """A turn is in hand whose reply is not all in the mouth."""
        return self._answering is not None

    @property
    def thinking(self) -> bool:
        """A turn was ended, and can still be withdrawn."""
        answer = self._answer if self._answering is not None else None
        return answer is not None and not answer.committed

    @property
    def writing(self) -> bool:
        """A business call that writes is under way: nothing may come between."""
        answer = self._answer if self._answering is not None else None
        return answer is not None and answer.writing

    # Beginning a turn

    def to_utterance(self, reason: str) -> None:
        """Answer what the caller has said; why his turn has ended."""
        attempt, now_ms = self._listening.attempt(), self._parts.clock.now_ms()
        answer = self._new_answer()
        self._begin(answer, lambda: answer.to_utterance(attempt, now_ms, reason))

    def to_keys(self, keys: str) -> None:
        """Answer what the caller has pressed."""
        answer, now_ms = self._new_answer(), self._parts.clock.now_ms()
        self._begin(answer, lambda: answer.to_keys(keys, now_ms))

    def say(self, move: Move) -> None:
        """Say something that nothing from the caller asked for."""
        answer = self._new_answer()
        self._begin(answer, lambda: answer.say(move))

    def go_on(self, *, held: bool = False) -> None:
        """After HOLD (``held``), the hold prompt or a lost worker: say where the call stands."""
        standing, move = self._parts.standing, self._parts.move
        if standing.mute or self._answering is not None:
            return
        self._listening.anew()
        if move.end and standing.delivered:
            self._finish(move, None)
            return
        # A private question is asked again in any case: what was answered may be forgotten.
        asks = private.is_private(move, standing.private_slots)
        again = self._parts.dialogue.resumed(
            move.state, delivered=standing.delivered or asks, held=held or asks
        )
        if move.end and not again.end:
            again = replace(again, end=move.end, handover=move.handover)
        self.say(again)

    def play(self, clauses: tuple[Clause, ...], prompt: str = "") -> None:
        """Say what the PBX wants said; a reply of ours that is not on the line yet waits for it."""
        self._parts.mouth.cut(self._parts.clock.now_ms())
        if self._playing is not None:
            self._playing.cancel()
        self._parts.floor.clear()
        answer = self._new_answer()
        self._playing = asyncio.create_task(answer.finish(lambda: answer.play(clauses, prompt)))
        self._playing.add_done_callback(self._played)

    # Ending one

    def note(self, reason: str) -> None:
        """Something that the record of the newest reply should tell."""
        if self._answer is not None:
            self._answer.note(reason)

    def cut(self, reason: str) -> None:
        """The caller speaks or presses keys over us: be silent, keep every word of his."""
        missed = self._parts.question_missed
        cut = self._parts.mouth.cut(self._parts.clock.now_ms())
        if cut and self._parts.floor.is_set():
            self._parts.standing.interrupted(question_missed=missed)
            self.note("Cut by the caller." if self._parts.standing.private else f"Cut: {reason}.")
        if self._answering is not None:
            self._answering.cancel()

    def withdraw(self) -> None:
        """The caller goes on before our answer is on the line: it was a pause, not the end."""
        if self._answering is not None and self._answer is not None:
            self._answering.cancel()
            self._answer.withdraw()
        self._listening.forget_attempt()

    def stop(self) -> None:
        """Neither listen nor speak; only a write goes on to its end."""
        self._listening.anew()
        if self._answering is not None and not self.writing:
            self._answering.cancel()
        if self._playing is not None:
            self._playing.cancel()

    def _new_answer(self) -> Answer:
        return Answer(self._parts, taken_up=self._listening.taken_up, ended=self._reply_ended)

    def _begin(self, answer: Answer, beginning: Callable[[], Awaitable[None]]) -> None:
        """``answer`` is the turn in hand from now on; one before it ends as it stands."""
        if self._answering is not None:
            self._answering.cancel()
        self._answer = answer
        self._answering = asyncio.create_task(answer.finish(beginning))
        self._answering.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        """All of the reply is in the mouth, or the turn was stopped or failed."""
        if self._answering is task:
            self._answering = None
        if not task.cancelled() and task.exception() is not None:
            log.error(
                "turn failed call=%s", self._parts.reports.call.hex(), exc_info=task.exception()
            )
            self._apologise()

    def _apologise(self) -> None:
        """A mistake of ours ended the turn: the caller is told, and may say it again."""
        failed = self._answer
        if self._parts.standing.mute or (failed is not None and failed.apologises):
            return
        move = self._parts.move
        sorry = self._parts.phrase("failed", move.state.language)
        answer = self._new_answer()
        answer.apologises = True
        move = replace(move, reply=(sorry,), action="apologise", call=None, end="")
        self._begin(answer, lambda: answer.say(move))

    def _played(self, task: asyncio.Task[None]) -> None:
        """All that the PBX has said is in the mouth, or nothing will come of it."""
        failed = not task.cancelled() and task.exception() is not None
        if failed:
            log.error(
                "prompt failed call=%s", self._parts.reports.call.hex(), exc_info=task.exception()
            )
        if self._playing is task:
            self._playing = None
            if failed or task.cancelled() or not self._parts.mouth.speaking:
                self._parts.floor.set()

    def _reply_ended(self, answer: Answer, delivery: Delivery | None) -> None:
        """A reply, or what the PBX had said, was played or cut."""
        if answer.move is None:
            self._parts.floor.set()
        if self._parts.standing.mute:
            return
        if delivery is not None and delivery.uncalled:
            if self._answering is not None and not self.writing:
                self._answering.cancel()
                self._answering = None
            self.go_on()
        elif answer.ends_call and (delivery is None or not delivery.cut):
            self._last = answer
            self.end_if_due()

    def end_if_due(self) -> None:
        """End the call after its last word, unless the caller goes on: call it once a tick."""
        last = self._last
        if last is None or last.move is None:
            return
        answered = self._answering is not None and self._answer is not last
        if last.move is not self._parts.move or answered:
            self._last = None  # he has said something
        elif not self._listening.audio.in_utterance:
            self._last = None
            self._finish(last.move, last)

    def _finish(self, move: Move, answer: Answer | None) -> None:
        """The last word was heard: hang up, or have the caller put through."""
        standing, reports = self._parts.standing, self._parts.reports
        if move.end == "transferred":
            standing.transferring = True
            handover = snapshot.handover_data(standing.handover("scenario"))
            record = None if answer is None else answer.record
            reports.event("transfer", handover, turn=record)
            standing.save()
        else:
            standing.ended = True
            reports.close(move.end)
        self.stop()

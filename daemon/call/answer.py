"""One turn in hand: from what the caller said, pressed or left unsaid to our settled reply.

It needs the parts of its call and tells two things to who began it: that what the caller said is
taken up, and that the reply has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from msgspec.structs import replace

from daemon.call import private, turn_record
from daemon.call.attempt import Attempt, first_sound
from daemon.call.clock import StageTimer
from daemon.call.delivery import Delivery
from daemon.call.notice import NoticeOfRecording
from daemon.call.parts import CallParts
from daemon.call.phrases import PhraseName
from daemon.call.stages import Sound
from daemon.call.thought import Thought, describe
from engines.dialog.moves import Clause, Move
from engines.emotion.prosody import updated
from kefu import records

FILLERS: Final[tuple[tuple[float, PhraseName], ...]] = ((0.8, "waiting"), (3.0, "still_waiting"))
"""After so many seconds of waiting for the business system this is said."""
IGNORED_BELOW_MS: Final = 400
"""Voice shorter than this that could not be understood was a noise, not a sentence."""

FirstSound = asyncio.Task[tuple[Sound, records.Stage]]


class Answer:
    """Until it is ``committed`` it can be withdrawn without a trace.

    Args:
        parts: of the call.
        taken_up: called when it is committed: what comes from the caller is the next turn's.
        ended: called when its reply was played or cut, with the delivery; None: it had none.
    """

    def __init__(
        self,
        parts: CallParts,
        *,
        taken_up: Callable[[], None],
        ended: Callable[[Answer, Delivery | None], None],
    ) -> None:
        self.committed = False
        self.writing = False
        """A business call that writes is under way: nothing may interrupt the turn."""
        self.apologises = False
        """It says that a turn failed; if it fails too, nothing is said about it."""
        self.move: Move | None = None
        """What it does; None: the PBX has something said, or it was a noise."""
        self.record = records.Turn(call=parts.reports.call.hex(), number=0, release=parts.release)
        self._parts = parts
        self._taken_up = taken_up
        self._ended = ended
        self._hidden: frozenset[str] = frozenset()
        """What must not be written down of this turn."""
        self._private = False
        self._plays: dict[str, str] | None = None
        """Data of EVENT ``play``, where the PBX has this said."""
        self._utterance = -1
        self._withdrawn = False
        self._stored = False
        self._fillers = 0

    @property
    def ends_call(self) -> bool:
        """Its reply is our last word."""
        return self.move is not None and self.move.end != ""

    # Its beginnings: run one of them, once

    async def finish(self, beginning: Callable[[], Awaitable[None]]) -> None:
        """Run a beginning; a turn that stops after its commit is written down all the same."""
        try:
            await beginning()
        finally:
            if self.committed and not self._stored:
                if self._plays is None or self._utterance >= 0:
                    self._store("turn")
                else:
                    self._refuse_play("held" if self._parts.standing.held else "superseded")

    async def to_utterance(self, attempt: Attempt, turn_end_ms: float, reason: str) -> None:
        """The caller has finished: take what was thought and act on it."""
        await self._fill_while(attempt)
        thought = attempt.task.result()
        clock = self._parts.clock
        self.record = turn_record.with_thought(
            self.record,
            thought,
            voice_start_ms=clock.at_sample(thought.utterance.voice_start),
            speech_end_ms=clock.at_sample(thought.utterance.voice_end),
            turn_end_ms=turn_end_ms,
        )
        if thought.move is None:
            await self._to_unclear(thought)
            return
        if thought.first_sound is not None:
            # Uncommitted until there is something to say: a caller who goes on is still heard out.
            await asyncio.wait({thought.first_sound})
        standing = self._parts.standing
        if thought.prosody is not None:
            standing.baseline = updated(standing.baseline, thought.prosody)
        self._commit(self.record.heard, *(entity.value for entity in self.record.entities))
        self._hide_slots(thought.move)
        heard = {"text": self.record.heard, "language": self.record.language}
        self._parts.reports.event("heard.final", heard)
        reasons = (reason, *thought.feeling.reasons)
        await self._act(thought.move, thought.first_sound, reasons)

    async def to_keys(self, keys: str, turn_end_ms: float) -> None:
        """The caller has pressed an answer."""
        parts = self._parts
        with StageTimer(parts.clock) as deciding:
            move = parts.dialogue.press(
                parts.move.state, keys, question_missed=parts.question_missed
            )
        self.record = turn_record.with_keys(self.record, keys, turn_end_ms, deciding.stage())
        self._commit(keys)
        await self._act(move)

    async def say(self, move: Move) -> None:
        """Nothing was said by the caller; we have something to say."""
        self._commit()
        await self._act(move)

    async def play(self, clauses: tuple[Clause, ...], prompt: str) -> None:
        """The PBX has something said, by name or not; the dialogue stays where it is."""
        self.committed = True
        self._plays = {"text": turn_record.spoken_text(clauses), "prompt": prompt}
        state = self._parts.move.state
        self.record = replace(
            turn_record.with_move(self.record, Move(state=state, action="play", reply=clauses), ()),
            number=self._parts.standing.take_number(),
        )
        self._parts.standing.save()  # its number is used
        await self._speak(clauses)

    def note(self, reason: str) -> None:
        """Something about the reply that its record should tell."""
        reasons = (*self.record.reasons, private.hide(reason, self._hidden))
        self.record = replace(self.record, reasons=reasons)

    def withdraw(self) -> None:
        """The caller goes on: a filler that is on its way is cut, and belongs to no turn."""
        self._withdrawn = True
        if self._parts.mouth.takes(self._utterance):
            self._parts.mouth.cut(self._parts.clock.now_ms())

    # Deciding

    def _commit(self, *said: str) -> None:
        """From here on the turn cannot be withdrawn. ``said``: what a private step keeps secret."""
        standing = self._parts.standing
        self.committed = True
        self._private = standing.private
        if self._private:
            self._hide(*said)
            self.record = turn_record.blank(self.record)
        self.record = replace(self.record, number=standing.take_number())
        self._taken_up()

    def _hide(self, *texts: str) -> None:
        self._hidden |= {text for text in texts if len(text) >= private.LEAST_CHARACTERS}

    def _hide_slots(self, move: Move) -> None:
        """What the dialogue knows of private slots stays out of the record, whoever named it."""
        slots = self._parts.standing.private_slots
        self._hidden |= private.private_values(move.state, slots)
        self.record = turn_record.hiding(self.record, self._hidden)

    async def _to_unclear(self, thought: Thought) -> None:
        """Nothing could be made of it: ignore a noise, ask again about a sentence."""
        parts = self._parts
        self._commit(self.record.heard)
        if thought.utterance.voiced_ms >= IGNORED_BELOW_MS:
            await self._act(parts.dialogue.unclear(parts.move.state))
            return
        stays = Move(state=parts.move.state, action="ignore")
        self.record = turn_record.with_move(self.record, stays, ())
        self._store("record.ignored", {})
        parts.standing.save()  # its number is used

    async def _act(
        self, move: Move, sound: FirstSound | None = None, reasons: tuple[str, ...] = ()
    ) -> None:
        """Make the business calls of ``move``, then say what comes of it."""
        if move.call is not None:
            move = await self._ask_business(move)
        self.move = move
        self._parts.standing.commit(move)
        self._hide_slots(move)
        # In a private step the dialogue's own account may quote what was said.
        told = replace(move, reasons=(turn_record.IN_PRIVATE,)) if self._private else move
        self.record = turn_record.hiding(
            turn_record.with_move(self.record, told, reasons), self._hidden
        )
        if move.reply and not self._parts.standing.mute:
            await self._speak(move.reply, sound)
            return
        self._store("turn")
        if not move.reply:
            self._settle(None)

    async def _ask_business(self, move: Move) -> Move:
        """Make calls until a reply comes of it; a slow business system is filled over."""
        parts = self._parts
        exchanges: list[str] = []
        with StageTimer(parts.clock) as timer:
            while move.call is not None:
                asking = asyncio.ensure_future(parts.stages.business(move.call))
                self.writing = move.call.changes
                try:
                    await self._fill_until(asking)
                    result, timer.fallback = await asking
                finally:
                    self.writing = False
                    asking.cancel()
                exchanges.append(describe(move.call, result, private=self._private))
                move = parts.dialogue.answer(move.state, result)
        self._hide_slots(move)
        text = private.hide("; ".join(exchanges), self._hidden)
        self.record = turn_record.with_business(self.record, timer.stage(), text)
        return move

    # Speaking

    async def _fill_while(self, attempt: Attempt) -> None:
        """Wait for the thought; while the business system is slow, say so."""
        while not attempt.task.done():
            await asyncio.wait({attempt.task}, timeout=FILLERS[0][0])
            if not attempt.task.done() and attempt.asking_business:
                await self._fill_until(attempt.task, waited_s=FILLERS[0][0])

    async def _fill_until(self, waiting: asyncio.Future[Any], waited_s: float = 0.0) -> None:
        """Wait; each filler once a turn, at its time."""
        loop = asyncio.get_running_loop()
        since = loop.time() - waited_s
        while self._fillers < len(FILLERS):
            after_s, name = FILLERS[self._fillers]
            await asyncio.wait({waiting}, timeout=max(0.0, since + after_s - loop.time()))
            if waiting.done():
                return
            self._fillers += 1
            filler = self._parts.phrase(name, self._parts.move.state.language)
            await self._fill(filler, waiting)
        await asyncio.wait({waiting})

    async def _fill(self, filler: Clause, waiting: asyncio.Future[Any]) -> None:
        """Say ``filler``, unless what is waited for comes before its sound does."""
        making = asyncio.create_task(self._sound(filler))
        try:
            await asyncio.wait({waiting, making}, return_when=asyncio.FIRST_COMPLETED)
            if making.done() and not waiting.done():
                sound, stage = making.result()
                if not stage.fallback:
                    await self._parts.floor.wait()
                    late = waiting.done() or self._parts.stages.withdrawn(filler, sound)
                    if not late and self._open(filler, sound, stage):
                        self._add(filler, sound, last=False)
        finally:
            making.cancel()

    async def _speak(self, reply: tuple[Clause, ...], sound: FirstSound | None = None) -> None:
        """Say the reply, clause by clause, and write the turn down."""
        parts = self._parts
        first = reply[0]
        spoken, stage = await (sound or self._sound(first))
        while True:
            if self._plays is not None and stage.fallback:
                self._refuse_play("failed")
                return
            sorry = await self._instead(first) if stage.fallback else None
            if self._plays is None:
                await parts.floor.wait()
            if parts.stages.withdrawn(first, spoken):  # while it waited for the floor
                spoken, stage = await self._sound(first)
            elif sorry is None or not parts.stages.withdrawn(*sorry):
                break
        if stage.fallback:
            self.note(f"speech: {stage.fallback}")
        opened = self._open(first, spoken, stage)
        self.record = turn_record.with_voice(self.record, spoken)
        self._store("turn")
        if not opened:
            return
        begins = self.move is not None and bool(self.move.recording)
        notice = NoticeOfRecording(reply, begins=begins)
        if sorry is not None:
            self._add(*sorry, last=False)
        await self._say_clauses(reply, spoken, stage.fallback, notice)

    async def _say_clauses(
        self, reply: tuple[Clause, ...], sound: Sound, fallback: str, notice: NoticeOfRecording
    ) -> None:
        """Put the clauses on the line, the first of which is made; the others as they come.

        Those of a personal voice wait until they are nearly needed: it may be withdrawn by then.
        """
        parts = self._parts
        ahead: asyncio.Task[tuple[Sound, str]] | None = None
        try:
            for place, clause in enumerate(reply):
                if place > 0:
                    sound, fallback = await (ahead or self._make(clause))
                    ahead = None
                    if sound.personal and not notice.outstanding:
                        if place + 1 < len(reply):
                            ahead = asyncio.create_task(self._make(reply[place + 1]))
                        await parts.mouth.nearly_said(self._utterance)
                    takes = parts.mouth.takes(self._utterance)
                    if takes and parts.stages.withdrawn(clause, sound):
                        sound, fallback = await self._make(clause, urgent=True)
                    if not parts.mouth.takes(self._utterance):
                        return  # cut: what is left would be said to nobody
                    if fallback:
                        self.note(f"speech: {fallback}")
                    self.record = turn_record.with_voice(self.record, sound)
                last = place + 1 == len(reply)
                said = self._add(clause, sound, last=last, spoken=not fallback)
                if notice.told(place, said=said):
                    parts.standing.notice_spoken()
        finally:
            if ahead is not None:
                ahead.cancel()

    async def _make(self, clause: Clause, *, urgent: bool = False) -> tuple[Sound, str]:
        return await self._parts.stages.speak(clause, self._parts.rate_hz, urgent=urgent)

    async def _instead(self, first: Clause) -> tuple[Clause, Sound] | None:
        """An apology out of the cache, for a caller who would hear nothing; None: not even that."""
        sorry = self._parts.phrase("failed", first.language)
        if first.text == sorry.text:
            return None
        sound, fallback = await self._make(sorry, urgent=True)
        return None if fallback else (sorry, sound)

    async def _sound(self, clause: Clause) -> tuple[Sound, records.Stage]:
        parts = self._parts
        return await first_sound(clause, parts.rate_hz, parts.stages, parts.clock)

    def _open(self, first: Clause, sound: Sound, stage: records.Stage) -> bool:
        """Begin to speak with ``first``, or go on after a filler; False where we may not speak."""
        parts = self._parts
        if parts.standing.mute:
            return False
        if parts.mouth.takes(self._utterance):
            return True
        # What was said before is settled as it stands.
        parts.mouth.settle_now(parts.clock.now_ms())
        self._utterance = parts.mouth.begin(self._settle)
        self.record = turn_record.with_first_sound(self.record, first, sound, stage)
        if self._plays is not None:
            parts.reports.event("play", self._plays)
        return True

    def _add(self, clause: Clause, sound: Sound, *, last: bool, spoken: bool = True) -> bool:
        """Put a clause, or the silence in its place, on the line; whether it will be heard."""
        if not self._parts.mouth.takes(self._utterance):
            return False
        written = private.written(clause, self._hidden)
        self._parts.mouth.add(written, sound.pcm, last=last, spoken=spoken)
        return spoken

    # Writing down

    def _refuse_play(self, reason: str) -> None:
        """Nothing of what the PBX wanted said was on the line."""
        data = {"prompt": (self._plays or {}).get("prompt", ""), "reason": reason}
        self._store("record.play", {})
        self._parts.reports.event("play.refused", data)

    def _settle(self, delivery: Delivery | None) -> None:
        """The reply was played or cut."""
        if self._withdrawn or not self.committed:
            return
        if delivery is not None:
            self.record = turn_record.with_delivery(self.record, delivery)
            data = turn_record.ended_data(self.record, delivery)
            self._store("reply.ended", data)
        if self.move is not None and self.move is self._parts.move:
            self._parts.standing.settle(delivery)
        self._ended(self, delivery)

    def _store(self, kind: str, data: dict[str, Any] | None = None) -> None:
        self._stored = True
        if data is None:
            data = turn_record.event_data(self.record)
        self._parts.reports.event(kind, data, turn=self.record)

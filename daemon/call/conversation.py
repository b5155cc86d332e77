"""The turn loop of one call: listen, think, speak, and write down why.

Everything here runs on the worker's event loop. A tick of the line (``on_frame``) and the VAD's
answers (``on_voice``) come in; slot messages go out through ``send``. Whether a turn has ended is
not decided here but in ``turn_taking``; what to say is not decided here but in the dialogue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from daemon import slot
from daemon.call import turn_taking
from daemon.call.attempt import Attempt
from daemon.call.caller_audio import CallerAudio, Utterance
from daemon.call.clock import CallClock
from daemon.call.mouth import Delivery, Mouth
from daemon.call.own_echo import OwnEcho
from daemon.call.phrases import phrase
from daemon.call.settings import VoiceSettings
from daemon.call.stages import Stages
from daemon.call.turn import Turn
from daemon.call.turn_taking import TurnTakingSettings
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import Expectation, Move

log = logging.getLogger(__name__)

TICK_MS: Final = 20


class Conversation:
    """One call inside the worker.

    Args:
        opened: the gateway's OPEN.
        release: name of the release, for the records.
        stages: the engines.
        dialogue: the pure state machine of the scenarios.
        send: takes messages for the gateway.
        turn_taking_settings: silences and limits of turn taking.
        voice_settings: hysteresis of the voice edges.
    """

    def __init__(
        self,
        opened: slot.Open,
        *,
        release: str,
        stages: Stages,
        dialogue: Dialogue,
        send: Callable[[slot.Message], None],
        turn_taking_settings: TurnTakingSettings,
        voice_settings: VoiceSettings,
    ) -> None:
        self.call = opened.call
        self.rate_hz = opened.client.rate_hz
        self.audio = CallerAudio(self.rate_hz, voice_settings)
        self.clock = CallClock(self.rate_hz)
        self.mouth = Mouth(self.call, self.rate_hz, send)
        self.stages = stages
        self._echo = OwnEcho(TICK_MS)
        self.dialogue = dialogue
        self.release = release
        self.send = send
        self.move: Move
        self._client = opened.client
        self._settings = turn_taking_settings
        self._taking = turn_taking.State()
        self._attempt: Attempt | None = None
        self._turn: Turn | None = None
        self._speaking: Turn | None = None
        self._question_missed = False
        self._answering: asyncio.Task[None] | None = None
        self._turns = 0
        self._quiet_since_ms = 0.0
        self._closed = False

    # What the gateway tells

    def open(self) -> None:
        """Greet the caller.

        Raises:
            UnknownScenario: no scenario of that name.
        """
        self.move = self.dialogue.open(
            self._client.scenario,
            called=self._client.called,
            language=self._client.language,
            caller=self._client.caller,
        )
        self._begin(self._new_turn().speak(self.move))

    def on_frame(self, frame: slot.CallFrame) -> None:
        """One tick of the line: caller audio in, our audio onwards."""
        self.audio.push(frame)
        self.clock.on_frame(frame, self.audio.next_sample)
        delivery = self.mouth.on_frame(frame)
        self._echo.played(self.mouth.played_now)
        if delivery is not None:
            self.delivered(delivery)

    def on_window(self, window: NDArray[np.float32], probability: float) -> None:
        """The VAD's answer for a window of caller audio; our own echo is no voice."""
        edge = self.audio.voice_probability(0.0 if self._echo.explains(window) else probability)
        if edge:
            sample = self.audio.voice_start if edge == "started" else self.audio.voice_end
            self.send(slot.Event(call=self.call, kind=f"voice.{edge}", data={"sample": sample}))

    def on_cut_done(self, message: slot.CutDone) -> None:
        """The line has settled a cut: what was heard of the reply goes into its record."""
        delivery = self.mouth.cut_done(message, self.clock.now_ms())
        if delivery is not None:
            self.delivered(delivery)

    def on_voice(self) -> None:
        """The VAD has seen all that came in: let turn taking decide what to do."""
        if self._closed or (self._turn is not None and self._turn.writing):
            return
        self._taking, decision = turn_taking.decide(self._taking, self._evidence(), self._settings)
        if decision.kind == "decode":
            self._attempt_at(self.audio.utterance())
        elif decision.kind == "end":
            self._end_turn(decision.reason)
        elif decision.kind == "resume":
            self._withdraw()
        elif decision.kind == "dismiss":
            self.audio.finish_utterance()
        elif decision.kind == "cut":
            self._cut()
        elif decision.kind == "prompt":
            self._begin(self._new_turn().speak(self.dialogue.silence(self.move.state)))

    def close(self) -> None:
        """The call is over: stop everything that is under way."""
        self._closed = True
        self._drop_attempt()
        if self._answering is not None:
            self._answering.cancel()

    # Listening

    def _evidence(self) -> turn_taking.Evidence:
        audio, now_ms = self.audio, self.clock.now_ms()
        answering = self._answering is not None
        if self.mouth.speaking or answering or audio.in_utterance:
            self._quiet_since_ms = now_ms
        return turn_taking.Evidence(
            now_ms=now_ms,
            in_utterance=audio.in_utterance,
            voiced=audio.voiced,
            voiced_ms=audio.voiced_ms,
            silence_ms=audio.silence_ms,
            utterance_ms=audio.utterance_ms,
            playing=self.mouth.audible,
            thinking=answering and self._turn is not None and not self._turn.committed,
            quiet_ms=now_ms - self._quiet_since_ms,
            expects=self.move.expects if self._turns else Expectation(),
            stirring=audio.stirring,
            heard=self._heard_so_far(),
        )

    def _heard_so_far(self) -> str:
        """The words, where a decode covers all that was said."""
        attempt = self._attempt
        if attempt is None or attempt.utterance.voice_end != self.audio.voice_end:
            return ""
        return attempt.heard

    def _attempt_at(self, utterance: Utterance) -> Attempt:
        """The attempt under way where it still holds, else a new one."""
        if self._attempt is None or not self._attempt.covers(utterance):
            self._drop_attempt()
            self._attempt = Attempt(
                utterance,
                state=self.move.state,
                language=self._client.language,
                question_missed=self._question_missed,
                stages=self.stages,
                dialogue=self.dialogue,
                clock=self.clock,
            )
        return self._attempt

    def _drop_attempt(self) -> None:
        if self._attempt is not None:
            self._attempt.drop()
            self._attempt = None

    def _end_turn(self, reason: str) -> None:
        attempt = self._attempt_at(self.audio.utterance())
        self._begin(self._new_turn().answer(attempt, self.clock.now_ms(), reason))

    def _cut(self) -> None:
        """The caller speaks over us: be silent, keep every word of his."""
        self.mouth.cut(self.clock.now_ms())
        if self._answering is not None:
            self._answering.cancel()

    def _withdraw(self) -> None:
        """The caller goes on before our answer is on the line: it was a pause, not the end."""
        if self._answering is not None:
            self._answering.cancel()
            self._turns -= 1
        if self._speaking is not None and self._speaking is self._turn:
            # A filler was on its way; it belongs to no turn any more.
            self.mouth.cut(self.clock.now_ms())
            self._speaking = None
        self._drop_attempt()

    # Answering

    def _new_turn(self) -> Turn:
        turn = Turn(self, self._turns)
        self._turns += 1
        self._turn = turn
        return turn

    def _begin(self, answer: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(answer)
        self._answering = task
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        if self._answering is task:
            self._answering = None
        if not task.cancelled() and task.exception() is not None:
            log.error("turn failed call=%s", self.call.hex(), exc_info=task.exception())
            self._apologise()

    def _apologise(self) -> None:
        """A mistake of ours ended the turn: the caller is told, and may say it again."""
        failed = self._turn
        if self._closed or (failed is not None and failed.apologises):
            return
        turn = self._new_turn()
        turn.apologises = True
        sorry = phrase("failed", self.move.state.language)
        move = replace(self.move, reply=(sorry,), action="apologise", call=None, end="")
        self._begin(turn.speak(move))

    def taken_up(self) -> None:
        """The turn is committed: what comes from the caller now belongs to the next one."""
        self._attempt = None
        self.audio.finish_utterance()

    def begin_reply(self, turn: Turn) -> None:
        """``turn`` is about to speak: what was said before it is settled as it stands."""
        unsettled = self.mouth.settle_now(self.clock.now_ms())
        if unsettled is not None:
            self.delivered(unsettled)
        self._speaking = turn
        self.mouth.begin()

    def delivered(self, delivery: Delivery) -> None:
        """A reply has been played or cut."""
        turn, self._speaking = self._speaking, None
        if turn is None:
            return
        self._question_missed = delivery.cut and delivery.missed
        turn.delivered(delivery)
        if turn.ends_call and not delivery.cut:
            self.send(slot.Close(call=self.call, cause=turn.ends_call))

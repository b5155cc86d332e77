"""One call inside the worker: what comes from the gateway, and what is done about it.

Everything here runs on the worker's event loop. Per tick the audio is heard (``VoiceDetection``,
all calls at once), the frame passes through ``on_frame`` (our audio onwards), what changed in the
caller's voice through ``on_voice``, and ``decide`` runs once. Whether a turn has ended says
``turn_taking``; what to say says the dialogue; ``listening`` is the caller's side, ``replying``
ours.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable

from daemon import slot
from daemon.call.clock import CallClock
from daemon.call.errors import BadSnapshot
from daemon.call.listening import Listening
from daemon.call.mouth import Mouth
from daemon.call.parts import CallParts
from daemon.call.phrases import as_clauses, prompt
from daemon.call.replying import Replying
from daemon.call.reports import Reports
from daemon.call.settings import CallSettings
from daemon.call.stages import Stages
from daemon.call.standing import Standing
from engines.dialog.dialogue import Dialogue

log = logging.getLogger(__name__)


class Conversation:
    """One call inside the worker.

    Args:
        opened: the gateway's OPEN.
        release: name of the release, for the records.
        stages: the engines.
        dialogue: the pure state machine of the scenarios.
        send: takes messages for the gateway.
        settings: of voice, turn taking and keypad.
        private_slots: names of the slots whose values are never stored.
    """

    def __init__(
        self,
        opened: slot.Open,
        *,
        release: str,
        stages: Stages,
        dialogue: Dialogue,
        send: Callable[[slot.Message], None],
        settings: CallSettings,
        private_slots: frozenset[str] = frozenset(),
    ) -> None:
        self.call = opened.call
        rate_hz = opened.client.rate_hz
        reports = Reports(opened.call, send)
        self.parts = CallParts(
            release=release,
            rate_hz=rate_hz,
            language=opened.client.language,
            stages=stages,
            dialogue=dialogue,
            clock=CallClock(rate_hz),
            mouth=Mouth(opened.call, rate_hz, send, opened.next_utterance),
            standing=Standing(dialogue, reports, release, private_slots),
            reports=reports,
        )
        self.listening = Listening(self.parts, settings, opened.caller_next)
        self._replying = Replying(self.parts, self.listening)
        self._opened = opened
        self._stirred = False
        """A frame has come since the last decision: while the line stands still, so do we."""

    @property
    def ended(self) -> bool:
        """Nothing more will come of this call."""
        return self.parts.standing.ended

    def open(self) -> None:
        """Greet the caller; or go on where another worker was lost.

        Raises:
            UnknownScenario: no scenario of that name.
        """
        opened, standing = self._opened, self.parts.standing
        standing.held = opened.held
        if opened.resumed and opened.snapshot:
            try:
                standing.restore(opened.snapshot)
            except BadSnapshot as error:
                log.warning("snapshot refused call=%s %s", self.call.hex(), error)
            else:
                self._replying.go_on()
                return
        # Turns that a lost worker has recorded keep their numbers, as far as can be known.
        standing.turns = opened.next_utterance
        move = self.parts.dialogue.open(
            opened.client.scenario,
            called=opened.client.called,
            language=opened.client.language,
            caller=opened.client.caller,
            now=datetime.datetime.now(),
        )
        # Committed at once: HOLD or a key may come before the greeting is ready.
        standing.commit(move)
        self._replying.say(move)

    # Once a tick

    def on_frame(self, frame: slot.CallFrame) -> None:
        """One tick of the line, of which the audio has been heard: our audio onwards."""
        self._stirred = True
        self.listening.on_frame(frame)
        self.parts.mouth.on_frame(frame)

    def on_voice(self, edge: str, sample: int) -> None:
        """The caller's voice has ``started`` or ``stopped``."""
        self.listening.on_voice(edge, sample)

    def decide(self) -> None:
        """All that came in is seen: do what turn taking or the keypad says."""
        replying = self._replying
        if not self._stirred or self.parts.standing.mute or replying.writing:
            return
        self._stirred = False
        decision = self.listening.decide(thinking=replying.thinking, answering=replying.answering)
        if self.listening.pressed:
            self._answer_keys()
        elif decision.kind == "decode":
            self.listening.attempt()
        elif decision.kind == "end":
            replying.to_utterance(decision.reason)
        elif decision.kind == "resume":
            replying.withdraw()
        elif decision.kind == "dismiss":
            words = self.listening.dismiss()
            if words:
                replying.note(f"The caller listened aloud: {words}.")
        elif decision.kind == "duck":
            self.parts.mouth.duck()
        elif decision.kind == "rise":
            self.parts.mouth.rise()
        elif decision.kind == "cut":
            replying.cut(decision.reason)
        elif decision.kind == "prompt":
            replying.say(self.parts.dialogue.silence(self.parts.move.state))
        replying.end_if_due()

    # When it happens

    def on_cut_done(self, message: slot.CutDone) -> None:
        """The line has settled a cut: what was heard of the reply goes into its record."""
        self.parts.mouth.cut_done(message, self.parts.clock.now_ms())

    def on_key(self, message: slot.Dtmf) -> None:
        """The caller pressed a key; where the open question lists none, nothing happens."""
        replying, expects = self._replying, self.parts.move.expects
        deaf = self.parts.standing.mute or replying.writing or self.listening.pressed
        if deaf or not expects.keys or not self.listening.press(message.digit):
            return
        if replying.thinking:
            replying.withdraw()
        elif expects.barge_in != "off":
            replying.cut("a key")
        if self.listening.pressed:
            self._answer_keys()

    def on_hold(self, _: slot.Hold) -> None:
        """The caller hears the PBX's music; a business call that writes is brought to its end."""
        self.parts.standing.held = True
        self._replying.stop()
        self.parts.mouth.hold(self.parts.clock.now_ms())

    def on_resume(self, _: slot.Resume) -> None:
        """The caller is back."""
        if self.parts.standing.held:
            self.parts.standing.held = False
            self._replying.go_on(held=True)

    def on_play(self, message: slot.Play) -> None:
        """The PBX has something said, in place of what is being said."""
        standing = self.parts.standing
        language = self.parts.move.state.language
        if message.prompt:
            named = prompt(message.prompt, language)
            clauses = self.parts.dialogue.sentence(message.prompt, language)
            clauses = (named,) if named is not None else clauses
        else:
            clauses = as_clauses(message.text)
        if clauses and not standing.mute:
            clauses = self.parts.dialogue.in_voice(self.parts.move.state, clauses)
            self._replying.play(clauses, message.prompt)
            return
        reason = "unknown_prompt" if message.prompt else "nothing_to_say"
        if standing.mute:
            reason = "transferring" if standing.transferring else "held"
        self.parts.reports.event("play.refused", {"prompt": message.prompt, "reason": reason})

    def on_mark(self, message: slot.Mark) -> None:
        """The client names this instant."""
        at_ms = round(self.parts.clock.now_ms(), 1)
        self.parts.reports.event("mark", {"name": message.name, "at_ms": at_ms})

    def on_transferred(self, message: slot.Transferred) -> None:
        """The PBX could not put the caller through: the dialogue goes on."""
        if self.parts.standing.transferring:
            self.parts.standing.transferring = False
            self.listening.anew()
            move = self.parts.dialogue.transferred(self.parts.move.state, message.result)
            self._replying.say(move)

    def close(self) -> None:
        """The call is over: stop everything that is under way, settle what was being said."""
        self.parts.standing.ended = True
        self.parts.mouth.hang_up(self.parts.clock.now_ms())
        self._replying.stop()

    def _answer_keys(self) -> None:
        """The keys are complete; while a protected prompt is being heard the answer waits."""
        speaking = self.parts.mouth.speaking or self._replying.answering
        if not (speaking and self.parts.move.expects.barge_in == "off"):
            keys, self.listening.pressed = self.listening.pressed, ""
            self._replying.to_keys(keys)

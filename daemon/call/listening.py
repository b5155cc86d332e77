"""The caller's side of a call: his voice and keys as evidence, and the thinking about them."""

from __future__ import annotations

from msgspec.structs import replace

from daemon import slot
from daemon.call import keypad, private, turn_taking
from daemon.call.attempt import Attempt
from daemon.call.caller_audio import CallerAudio
from daemon.call.parts import CallParts
from daemon.call.settings import CallSettings
from daemon.call.speculation import Speculation
from daemon.call.turn_evidence import WAIT, Decision, Evidence


class Listening:
    """What the caller does since our last turn was committed.

    Args:
        parts: of the call.
        settings: of voice, turn taking and keypad.
        first_sample: number of the first caller sample that will come.
    """

    def __init__(self, parts: CallParts, settings: CallSettings, first_sample: int) -> None:
        self.audio = CallerAudio(parts.rate_hz, settings.voice, first_sample)
        self.pressed = ""
        """A complete answer by keys; it is taken up once it can be answered."""
        self._parts = parts
        self._settings = settings
        self._speculation = Speculation(parts)
        self._taking = turn_taking.State()
        self._keys = keypad.NO_KEYS
        self._quiet_since_ms = 0.0

    def on_frame(self, frame: slot.CallFrame) -> None:
        """One tick, of which the audio has been heard."""
        self._parts.clock.on_frame(frame, self.audio.next_sample)
        if self._parts.standing.mute:
            self._deafen()

    def on_voice(self, edge: str, sample: int) -> None:
        """The caller's voice has ``started`` or ``stopped`` at that sample."""
        self._parts.reports.event(f"voice.{edge}", {"sample": sample})

    def press(self, digit: str) -> bool:
        """A key, where the open question lists keys; False where it counts for nothing."""
        line_ms = self._quiet_since_ms = self._parts.clock.line_ms
        if not keypad.counts(self._keys, digit, line_ms, self._settings.keypad):
            return False
        self._keys, self.pressed = keypad.press(
            self._keys, digit, line_ms, self._parts.move.expects, self._settings.keypad
        )
        return True

    def decide(self, *, thinking: bool, answering: bool) -> Decision:
        """What turn taking says now. While keys come in nothing else counts.

        Args:
            thinking: a turn was ended and can still be withdrawn.
            answering: a turn is in hand.
        """
        line_ms = self._parts.clock.line_ms
        self._keys, complete = keypad.rest(self._keys, line_ms, self._settings.keypad)
        self.pressed = complete or self.pressed
        if self._keys.collected or self.pressed:
            self._quiet_since_ms = line_ms
            return WAIT
        if not thinking:
            self._speculation.tell_partial(self.audio.voice_end)
        evidence = self._evidence(thinking, answering)
        self._taking, decision = turn_taking.decide(
            self._taking, evidence, self._settings.turn_taking
        )
        return decision

    def attempt(self) -> Attempt:
        """Thinking about what was said so far: what is under way, where that still holds."""
        return self._speculation.at(self.audio)

    def forget_attempt(self) -> None:
        """The caller goes on: what was thought holds no longer."""
        self._speculation.drop()

    def dismiss(self) -> str:
        """What was heard is no turn: a noise, or a backchannel, whose words are returned."""
        words = self._speculation.heard(self.audio.voice_end)
        if words:
            words = private.HIDDEN if self._parts.standing.private else words
            self._parts.reports.event("record.backchannel", {"text": words})
        self._speculation.drop()
        self.audio.finish_utterance()
        return words

    def taken_up(self) -> None:
        """A turn is committed: what comes from the caller now belongs to the next one."""
        self._speculation.release()
        self._keys, self.pressed = replace(self._keys, collected=""), ""
        self.audio.finish_utterance()

    def anew(self) -> None:
        """What the caller said or pressed so far is no longer of use."""
        self._speculation.drop()
        self._keys, self.pressed = keypad.NO_KEYS, ""
        self._taking = turn_taking.State()
        self._quiet_since_ms = self._parts.clock.line_ms
        self._deafen()

    def _deafen(self) -> None:
        """Voice that is going on ends here: what comes next begins with silence."""
        if self.audio.voiced:
            self._parts.reports.event("voice.stopped", {"sample": self.audio.voice_end})
        self.audio.begin_anew()

    def _evidence(self, thinking: bool, answering: bool) -> Evidence:
        parts, audio, mouth = self._parts, self.audio, self._parts.mouth
        played = not parts.floor.is_set()
        if mouth.speaking or played or answering or audio.in_utterance:
            self._quiet_since_ms = parts.clock.line_ms
        expects = parts.move.expects
        return Evidence(
            now_ms=parts.clock.now_ms(),
            in_utterance=audio.in_utterance,
            voiced=audio.voiced,
            voiced_ms=audio.voiced_ms,
            silence_ms=audio.silence_ms,
            utterance_ms=audio.utterance_ms,
            playing=mouth.audible,
            thinking=thinking,
            quiet_ms=parts.clock.line_ms - self._quiet_since_ms,
            expects=expects,
            stirring=audio.stirring,
            heard=self._speculation.heard(audio.voice_end),
            barge_in="normal" if played else expects.barge_in,
            question_begun=mouth.last_clause_begun and not played,
            echo=audio.echo,
        )

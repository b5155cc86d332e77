"""Thinking about what was said before the turn is known to have ended: one attempt at a time."""

from __future__ import annotations

from typing import Final

from daemon.call.attempt import Attempt
from daemon.call.caller_audio import CallerAudio
from daemon.call.parts import CallParts

PARTIAL_EVERY_MS: Final = 1000.0


class Speculation:
    """Holds the attempt that is under way, and makes a new one where it no longer covers all."""

    def __init__(self, parts: CallParts) -> None:
        self._parts = parts
        self._attempt: Attempt | None = None
        self._told: Attempt | None = None
        self._told_ms = -PARTIAL_EVERY_MS

    def at(self, audio: CallerAudio) -> Attempt:
        """The attempt under way where it still holds, else a new one."""
        if self._attempt is None or not self._attempt.covers(audio.voice_end):
            self.drop()
            parts = self._parts
            self._attempt = Attempt(
                audio.utterance(),
                state=parts.move.state,
                language=parts.language,
                expects=parts.move.expects,
                question_missed=parts.question_missed,
                stages=parts.stages,
                dialogue=parts.dialogue,
                clock=parts.clock,
                baseline=parts.standing.baseline,
            )
        return self._attempt

    def drop(self) -> None:
        """What was thought holds no longer."""
        if self._attempt is not None:
            self._attempt.drop()
            self._attempt = None

    def release(self) -> None:
        """The turn has taken the attempt."""
        self._attempt = None

    def heard(self, voice_end: int) -> str:
        """The words, where a decode covers everything up to ``voice_end``; else empty."""
        attempt = self._attempt
        if attempt is None or attempt.utterance.voice_end != voice_end:
            return ""
        return attempt.heard

    def tell_partial(self, voice_end: int) -> None:
        """EVENT ``heard.partial`` for words that are new, at most once a second."""
        attempt, now_ms = self._attempt, self._parts.clock.now_ms()
        if self._parts.standing.private or attempt is None or attempt is self._told:
            return
        text, transcript = self.heard(voice_end), attempt.transcript
        if text and transcript is not None and now_ms - self._told_ms >= PARTIAL_EVERY_MS:
            self._told, self._told_ms = attempt, now_ms
            self._parts.reports.event(
                "heard.partial", {"text": text, "language": transcript.language}
            )

"""Errors of synthesis."""

from __future__ import annotations

from kefu.errors import KefuError


class SpeechFailed(KefuError):
    """The synthesiser made silence, noise or speech of an impossible length, twice."""

    code = "speech_failed"
    mend = "The text is in the message; word it differently, or report it with the voice's name."

    def __init__(self, message: str, *, mend: str = "", troubles: tuple[str, ...] = ()) -> None:
        super().__init__(message, mend=mend)
        self.troubles = troubles
        """Codes of what the guard found."""


class UnknownVoice(KefuError):
    """A voice that is not among the weights of this release."""

    code = "unknown_voice"
    mend = "Name one of the voices that the message lists."


class SpeechInterrupted(Exception):
    """Synthesis was stopped because nobody waits for it any more; no person meets this."""

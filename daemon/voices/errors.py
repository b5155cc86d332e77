"""What can go wrong with a personal voice."""

from __future__ import annotations

from kefu.errors import KefuError


class VoiceError(KefuError):
    """Base of the errors of personal voices."""

    code = "voice"
    exit_code = 7


class BadVoiceName(VoiceError):
    """A name that no voice may have."""

    code = "bad_voice_name"
    mend = "Use 3 to 32 of a-z, 0-9 and '-', a letter first; the person's name goes into --who."


class NoSuchVoice(VoiceError):
    """There is nothing of this voice."""

    code = "no_such_voice"
    mend = "Run `kefuctl voice list`."


class TrainingMissing(VoiceError):
    """What makes voices is not installed."""

    code = "training_missing"
    mend = "Run `make setup-train` and `kefuctl pull --profile voice`."


class TooLittleSpeech(VoiceError):
    """Too little usable speech to make a voice from."""

    code = "too_little_speech"
    mend = "Record more sentences of docs/voice-sentences.md: `kefuctl voice enroll NAME`."


class FitRunning(VoiceError):
    """Another voice is being made on this box."""

    code = "fit_running"
    mend = "Wait for it: `kefuctl voice list` shows how far it is."


class FitFailed(VoiceError):
    """What makes voices ended without one; its own words are in the message."""

    code = "fit_failed"
    mend = "Run `kefuctl voice fit NAME` again: it goes on where it was; --again begins anew."


class VoiceRefused(VoiceError):
    """The voice was made, and is not good enough to be approved."""

    code = "voice_refused"
    mend = "Each reason says what mends it; `kefuctl voice show NAME` repeats them."

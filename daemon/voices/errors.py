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

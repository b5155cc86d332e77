"""Errors of reading text out that a person can meet."""

from __future__ import annotations

from kefu.errors import KefuError


class SpeakerMissing(KefuError):
    """The espeak-ng program, which knows English pronunciation, is not installed or fails."""

    code = "espeak_missing"
    mend = "Install it: apt-get install espeak-ng"


class ReaderFailed(KefuError):
    """The child process that turns text into phonemes died twice, was late or gave no answer."""

    code = "reader_failed"
    mend = "The next clause starts a new one; if it goes on, see the worker's log."


class UnreadableText(KefuError):
    """Text that has nothing to say in it, is too long, or is of a language we cannot speak."""

    code = "unreadable_text"
    mend = "Give at most 2000 characters of Chinese (zh) or English (en) with words in it."

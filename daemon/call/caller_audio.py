"""What one caller said: PCM since the utterance began, and the voice activity in it."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon import slot
from daemon.call.settings import VoiceSettings
from engines._core import CallerEar


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of caller audio with voice in it."""

    pcm: NDArray[np.int16]
    """(T,) int16 at the line's rate, pre-roll and post-roll included."""
    rate_hz: int
    voice_start: int
    """First voiced sample, at the line's rate."""
    voice_end: int
    """Just past the last voiced sample, at the line's rate."""
    voiced_ms: int
    mel: NDArray[np.float32] | None = None
    """(80, F) float32: the log-mel spectrogram of ``pcm`` and of the silence behind it, its last
    frame; None: not computed while it was said."""


class CallerAudio:
    """The caller's half of a call inside the worker: a view of his ear in the core.

    Samples are counted at the line's rate from ``first_sample``; samples that were lost on the
    way stand in the PCM as zeros, so that numbers stay true. ``VoiceDetection`` brings the audio.
    Not thread-safe.
    """

    def __init__(self, rate_hz: int, settings: VoiceSettings, first_sample: int = 0) -> None:
        self.rate_hz = rate_hz
        self.idle_ms = 0
        self.echo = 0.0
        """Likelihood 0..1 that the newest of his audio is ours all the same: of what our own voice
        does not explain. A pause of his that is softer than our echo says nothing of his words."""
        self.ear = CallerEar(
            rate_hz,
            first_sample,
            on=settings.on,
            off=settings.off,
            start_ms=settings.start_ms,
            stop_ms=settings.stop_ms,
            pre_roll_ms=settings.pre_roll_ms,
            post_roll_ms=settings.post_roll_ms,
        )
        self._stirring = settings.stirring

    def note(self, frame: slot.CallFrame) -> None:
        """What the line says of one tick beside its audio."""
        self.idle_ms = frame.idle_ms
        if frame.pcm and not frame.echoed:
            self.echo = frame.echo

    @property
    def next_sample(self) -> int:
        """Number of the next caller sample, at the line's rate."""
        return self.ear.next_sample

    @property
    def voiced(self) -> bool:
        """There is voice now."""
        return self.ear.voiced

    @property
    def stirring(self) -> bool:
        """The newest window may be the beginning of voice."""
        return self.ear.newest >= self._stirring

    @property
    def in_utterance(self) -> bool:
        """Voice has started and the utterance has not been finished."""
        return self.ear.in_utterance

    @property
    def voice_start(self) -> int:
        """First voiced sample of the newest stretch of voice, at the line's rate."""
        return self.ear.voice_start

    @property
    def voice_end(self) -> int:
        """Just past the last voiced sample, at the line's rate."""
        return self.ear.voice_end

    @property
    def utterance_start(self) -> int:
        """First voiced sample of the utterance, at the line's rate."""
        return self.ear.utterance_start

    @property
    def silence_ms(self) -> float:
        """Silence since the last voiced window; time without audio from the client counts."""
        return self.ear.silence_ms + self.idle_ms

    @property
    def voiced_ms(self) -> float:
        """Voice in this utterance."""
        return self.ear.voiced_ms

    @property
    def utterance_ms(self) -> float:
        """Since this utterance began, silences included; 0 outside of one."""
        if not self.ear.in_utterance:
            return 0.0
        return (self.ear.next_sample - self.ear.utterance_start) * 1000 / self.rate_hz

    def utterance(self) -> Utterance:
        """What was said so far in this utterance, with pre-roll and at most the post-roll."""
        return Utterance(
            pcm=np.frombuffer(self.ear.utterance(), np.int16),
            rate_hz=self.rate_hz,
            voice_start=self.utterance_start,
            voice_end=self.voice_end,
            voiced_ms=round(self.voiced_ms),
            mel=self.ear.spectrogram(),
        )

    def finish_utterance(self) -> None:
        """The utterance is answered or dismissed; what comes next begins a new one."""
        self.ear.finish_utterance()

    def begin_anew(self) -> None:
        """As if nothing had been heard before: what comes next begins with silence."""
        self.ear.begin_anew()

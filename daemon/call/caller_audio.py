"""What one caller said: PCM since the utterance began, and the voice activity in it."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
import soxr
from numpy.typing import NDArray

from daemon import slot
from daemon.call.settings import VoiceSettings
from engines._core import VoiceEdges

VAD_RATE_HZ: Final = 8000
WINDOW: Final = 256
"""Samples of one VAD window: 32 ms at 8 kHz."""
MAX_PENDING_MS: Final = 3000
MAX_UTTERANCE_MS: Final = 29_500
"""Recognition hears 30 s at once; what is older is forgotten."""


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


class CallerAudio:
    """The caller's half of a call inside the worker.

    Samples are counted at the line's rate from ``first_sample``; samples that were lost on the
    way stand in the PCM as zeros, so that numbers stay true. Not thread-safe.
    """

    def __init__(self, rate_hz: int, settings: VoiceSettings, first_sample: int = 0) -> None:
        self.rate_hz = rate_hz
        self.idle_ms = 0
        self._settings = settings
        self._per_vad_sample = rate_hz // VAD_RATE_HZ
        self._edges = self._new_edges()
        self._pcm = bytearray()
        self._base = first_sample
        self._first = first_sample
        self._utterance_from: int | None = None
        self._newest = 0.0
        self._vad_pcm = np.zeros(0, np.float32)
        self._to_vad_rate = (
            None
            if rate_hz == VAD_RATE_HZ
            else soxr.ResampleStream(rate_hz, VAD_RATE_HZ, 1, dtype="int16", quality="LQ")
        )

    @property
    def next_sample(self) -> int:
        """Number of the next caller sample, at the line's rate."""
        return self._first + len(self._pcm) // 2

    def push(self, frame: slot.CallFrame) -> None:
        """Take in what the line gathered in one tick."""
        self.idle_ms = frame.idle_ms
        pcm = np.frombuffer(frame.pcm, "<i2")
        if frame.lost:
            pcm = np.concatenate([np.zeros(frame.lost, np.int16), pcm])
        if pcm.size == 0:
            return
        self._pcm += pcm.tobytes()
        narrow = pcm if self._to_vad_rate is None else self._to_vad_rate.resample_chunk(pcm)
        self._vad_pcm = np.concatenate([self._vad_pcm, narrow.astype(np.float32) / 32768.0])
        limit = MAX_PENDING_MS * VAD_RATE_HZ // 1000
        if self._vad_pcm.size > limit:
            # Far behind: what is too old to act on counts as silence, the newest state decides.
            skipped = (self._vad_pcm.size - limit) // WINDOW * WINDOW
            self._vad_pcm = self._vad_pcm[skipped:]
            self._edges.skip(skipped)
        self._trim()

    def next_window(self) -> NDArray[np.float32] | None:
        """The next full VAD window, (256,) float32 in -1..1 at 8 kHz; None when none is full."""
        if self._vad_pcm.size < WINDOW:
            return None
        window, self._vad_pcm = self._vad_pcm[:WINDOW], self._vad_pcm[WINDOW:]
        return window

    def voice_probability(self, probability: float) -> str:
        """Take the VAD's answer for the last window; ``started``, ``stopped`` or empty."""
        self._newest = probability
        edge = self._edges.push(probability)
        if edge == "started" and self._utterance_from is None:
            self._utterance_from = self.voice_start
        return edge

    @property
    def voiced(self) -> bool:
        """There is voice now."""
        return self._edges.voiced

    @property
    def stirring(self) -> bool:
        """The newest window may be the beginning of voice."""
        return self._newest >= self._settings.stirring

    @property
    def in_utterance(self) -> bool:
        """Voice has started and the utterance has not been finished."""
        return self._utterance_from is not None

    @property
    def voice_start(self) -> int:
        """First voiced sample of the newest stretch of voice, at the line's rate."""
        return self._base + self._edges.voice_start * self._per_vad_sample

    @property
    def voice_end(self) -> int:
        """Just past the last voiced sample, at the line's rate."""
        return self._base + self._edges.voice_end * self._per_vad_sample

    @property
    def utterance_start(self) -> int:
        """First voiced sample of the utterance, at the line's rate."""
        return self.voice_start if self._utterance_from is None else self._utterance_from

    @property
    def silence_ms(self) -> float:
        """Silence since the last voiced window; time without audio from the client counts."""
        return self._edges.silence_samples * 1000 / VAD_RATE_HZ + self.idle_ms

    @property
    def voiced_ms(self) -> float:
        """Voice in this utterance."""
        return self._edges.voiced_samples * 1000 / VAD_RATE_HZ

    @property
    def utterance_ms(self) -> float:
        """Since this utterance began, silences included; 0 outside of one."""
        if self._utterance_from is None:
            return 0.0
        return (self.next_sample - self._utterance_from) * 1000 / self.rate_hz

    def utterance(self) -> Utterance:
        """What was said so far in this utterance, with pre-roll and at most the post-roll."""
        samples_per_ms = self.rate_hz / 1000
        start = max(
            self._first, self.utterance_start - round(self._settings.pre_roll_ms * samples_per_ms)
        )
        end = min(
            self.next_sample, self.voice_end + round(self._settings.post_roll_ms * samples_per_ms)
        )
        pcm = np.frombuffer(
            bytes(self._pcm[2 * (start - self._first) : 2 * (end - self._first)]), np.int16
        )
        return Utterance(
            pcm=pcm,
            rate_hz=self.rate_hz,
            voice_start=self.utterance_start,
            voice_end=self.voice_end,
            voiced_ms=round(self.voiced_ms),
        )

    def finish_utterance(self) -> None:
        """The utterance is answered or dismissed; what comes next begins a new one."""
        self._utterance_from = None
        self._edges.reset_utterance()
        self._trim()

    def begin_anew(self) -> None:
        """As if nothing had been heard before: what comes next begins with silence."""
        self._vad_pcm = np.zeros(0, np.float32)
        self._edges = self._new_edges()
        self._base = self.next_sample
        self._newest = 0.0
        self.finish_utterance()

    def _new_edges(self) -> VoiceEdges:
        settings = self._settings
        return VoiceEdges(
            WINDOW, VAD_RATE_HZ, settings.on, settings.off, settings.start_ms, settings.stop_ms
        )

    def _trim(self) -> None:
        """Forget audio from before the utterance (while silent: all but the pre-roll)."""
        keep_ms = (
            self._settings.pre_roll_ms + self._settings.start_ms + 2 * 1000 * WINDOW // VAD_RATE_HZ
        )
        newest = self.next_sample if self._utterance_from is None else self._utterance_from
        keep_from = max(
            self._first,
            newest - keep_ms * self.rate_hz // 1000,
            self.next_sample - MAX_UTTERANCE_MS * self.rate_hz // 1000,
        )
        del self._pcm[: 2 * (keep_from - self._first)]
        self._first = keep_from

"""Cutting a recording into utterances: the same voice activity detector as in a call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from daemon.ctl.audio_file import Audio, at_rate
from engines._core import VoiceEdges
from engines.vad.silero import RATE_HZ, WINDOW, SileroVad

_ON: Final = 0.5
_OFF: Final = 0.35
_START_MS: Final = 64
_END_SILENCE_MS: Final = 600
# Margins keep soft first and last syllables.
_MARGIN_MS: Final = 300
_LONGEST_MS: Final = 28_000
_WINDOW_MS: Final = WINDOW * 1000 // RATE_HZ


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance, margins included."""

    start_ms: int
    end_ms: int
    voiced_ms: int


def split(audio: Audio, vad: SileroVad) -> Iterator[Span]:
    """Where somebody speaks in ``audio``; nothing for silence."""
    narrow = at_rate(audio.pcm, audio.rate_hz, RATE_HZ).astype(np.float32) / 32768.0
    edges = VoiceEdges(WINDOW, RATE_HZ, _ON, _OFF, _START_MS, _END_SILENCE_MS)
    whole_ms = round(audio.seconds * 1000)
    begun: int | None = None
    for number, probability in enumerate(vad.listen(narrow)):
        at = number * WINDOW
        edge = edges.push(probability)
        if edge == "started" and begun is None:
            begun = edges.voice_start
        too_long = begun is not None and (at - begun) * 1000 // RATE_HZ >= _LONGEST_MS
        if begun is not None and (edge == "stopped" or too_long):
            yield _span(begun, edges, whole_ms)
            edges.reset_utterance()
            begun = at + WINDOW if too_long and edge != "stopped" else None
    if begun is not None:
        yield _span(begun, edges, whole_ms)


def _span(begun: int, edges: VoiceEdges, whole_ms: int) -> Span:
    end = max(begun, edges.voice_end)
    return Span(
        start_ms=max(0, begun * 1000 // RATE_HZ - _MARGIN_MS),
        end_ms=min(whole_ms, end * 1000 // RATE_HZ + _MARGIN_MS),
        voiced_ms=max(_WINDOW_MS, edges.voiced_samples * 1000 // RATE_HZ),
    )

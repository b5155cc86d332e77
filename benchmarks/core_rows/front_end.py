"""What it costs to hear calls: PCM to voice edges and log-mel, beside the same in numpy and soxr.

A turn is 5 s: a pause, 3.5 s of speech, a pause, and then its spectrogram. Without Silero it is the
cost of a call-second; with it, of a tick. What bounds the calls is Silero.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from faster_whisper import __version__ as whisper_version  # type: ignore[import-untyped]
from faster_whisper.feature_extractor import FeatureExtractor  # type: ignore[import-untyped]
from numpy.typing import NDArray

from benchmarks.core_rows.duel import Budget, Duel
from daemon.release.release import load
from engines._core import CallerEar, FrontEnd, VoiceEdges
from engines.vad.silero import CONTEXT, HIDDEN, WINDOW, SileroVad
from kefu.errors import KefuError

Floats = NDArray[np.float32]
Detector = Callable[[Floats, Floats], tuple[Floats, Floats]]
SECONDS: Final = 5
TICKS_S: Final = 50
BATCH: Final = 64
CALLS: Final = (1, 10, 50, 100, 200)
RATES_HZ: Final = (8000, 16000)
STATE: Final = Path(os.environ.get("KEFU_STATE", "var"))


def duels() -> list[Duel | Budget]:
    """A call-second without Silero; a tick of many calls with it; the way before."""
    rows: list[Duel | Budget] = []
    for rate_hz in RATES_HZ:
        rows += [_call_second(calls, rate_hz) for calls in CALLS]
        rows.append(_beside(rate_hz))
    vad = _vad()
    if vad is not None:
        rows += [_tick(calls, vad) for calls in CALLS]
        rows += [_silero(calls, vad) for calls in CALLS]
    return rows


def _call_second(calls: int, rate_hz: int) -> Budget:
    ours = Ours(calls, rate_hz, _loud_is_voice)
    return Budget(
        key="front_end",
        what=f"front end without Silero, {calls} calls at {rate_hz // 1000} kHz",
        run=ours.turn,
        unit="ms a call-second",
        per_run=1 / (calls * SECONDS),
        limit=1.0,
    )


def _tick(calls: int, vad: SileroVad) -> Budget:
    ours = Ours(calls, 8000, vad.run)
    return Budget(
        key="tick",
        what=f"the dearest tick: Silero on a window of each of {calls} calls",
        run=ours.window,
        unit="ms a tick",
        limit=6.0 if calls <= 50 else None,
    )


def _silero(calls: int, vad: SileroVad) -> Budget:
    random = np.random.default_rng(1)
    inputs = random.normal(0, 0.1, (min(calls, BATCH), CONTEXT + WINDOW)).astype(np.float32)
    state = np.zeros((2, len(inputs), HIDDEN), np.float32)
    runs = -(-calls // BATCH)
    return Budget(
        key="silero",
        what=f"Silero alone: a window of each of {calls} calls",
        run=partial(_repeated, runs, partial(vad.run, inputs, state)),
        unit="ms a tick",
        per_run=calls / (runs * len(inputs)),
    )


def _repeated(times: int, run: Callable[[], object]) -> None:
    for _ in range(times):
        run()


def _beside(rate_hz: int) -> Duel:
    ours, theirs = Ours(1, rate_hz, _loud_is_voice), Before(rate_hz, _loud_is_voice)
    return Duel(
        key="front_end",
        what=f"front end, one call at {rate_hz // 1000} kHz, 5 s",
        peer=f"numpy {np.__version__}, soxr {soxr.__version__}, faster-whisper {whisper_version}",
        ours=ours.turn,
        theirs=theirs.turn,
        check=partial(_agree, ours, theirs),
    )


def _agree(ours: Ours, theirs: Before) -> None:
    mel, expected = ours.turn(), theirs.turn()
    assert mel is not None
    for (edge, at), (their_edge, their_at) in zip(ours.voice, theirs.voice, strict=True):
        assert edge == their_edge
        assert abs(at - their_at) <= WINDOW * ours.rate_hz // 8000
    frames = min(mel.shape[1], expected.shape[1]) - 6
    assert np.abs(mel[:, 4:frames] - expected[:, 4:frames]).mean() < 0.02


def speech(rate_hz: int) -> NDArray[np.int16]:
    """(T,) int16: 5 s of which 3.5 s are loud, band-limited as a telephone."""
    random = np.random.default_rng(3)
    loud = np.repeat([0.001, 0.2, 0.001], [rate_hz // 2, rate_hz * 7 // 2, rate_hz])
    noise = np.convolve(random.normal(0, 1, loud.size), np.hanning(rate_hz // 1000 + 4), "same")
    pcm = noise / np.abs(noise).max() * loud * 32767
    return np.asarray(pcm, np.int16)


def _loud_is_voice(inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
    loud = np.abs(inputs[:, CONTEXT:]).max(axis=1) > 0.02
    return loud.astype(np.float32), state


def _vad() -> SileroVad | None:
    try:
        return SileroVad(load(STATE, "lite", verify=False).path("vad_silero/silero_vad.onnx"))
    except KefuError:
        return None


class Ours:
    """Calls on the core's front end."""

    def __init__(self, calls: int, rate_hz: int, detector: Detector) -> None:
        self.voice: list[tuple[str, int]] = []
        self.rate_hz = rate_hz
        self._detector = detector
        self._front = FrontEnd(BATCH)
        self._ears = [
            CallerEar(
                rate_hz,
                0,
                on=0.5,
                off=0.35,
                start_ms=64,
                stop_ms=96,
                pre_roll_ms=300,
                post_roll_ms=200,
            )
            for _ in range(calls)
        ]
        frames = speech(rate_hz).reshape(-1, rate_hz // TICKS_S)
        self._ticks = [[frame.tobytes()] * calls for frame in frames]
        self._window = [
            speech(rate_hz)[rate_hz : rate_hz + WINDOW * rate_hz // 8000].tobytes()
        ] * calls
        self._windows = 0
        self._lost, self._echoed = [0] * calls, [False] * calls

    def turn(self) -> Floats | None:
        """5 s of all calls; the spectrogram of the first."""
        self.hear(len(self._ticks))
        spectrograms = [ear.spectrogram() for ear in self._ears]
        for ear in self._ears:
            ear.utterance()
            ear.begin_anew()
        return spectrograms[0]

    def hear(self, ticks: int) -> None:
        """The first ticks of it."""
        self.voice = []
        for pcm in self._ticks[:ticks]:
            self._tick(pcm)

    def window(self) -> None:
        """A tick of 32 ms, so that a window of every call is full."""
        self._windows += 1
        if self._windows % 150 == 0:
            for ear in self._ears:
                ear.finish_utterance()
        self._tick(self._window)

    def _tick(self, pcm: list[bytes]) -> None:
        front = self._front
        front.tick(self._ears, pcm, self._lost, self._echoed)
        while front.rows:
            for place, edge, sample in front.answer(*self._detector(front.input, front.state)):
                if place == 0:
                    self.voice.append((edge, sample % (SECONDS * self.rate_hz)))


class Before:
    """One call as it was heard before: arrays that grow and are cut, soxr, faster-whisper's mel."""

    def __init__(self, rate_hz: int, detector: Detector) -> None:
        self.voice: list[tuple[str, int]] = []
        self._rate_hz = rate_hz
        self._detector = detector
        self._extractor = FeatureExtractor()
        self._ticks = [frame.tobytes() for frame in speech(rate_hz).reshape(-1, rate_hz // TICKS_S)]
        self._state = np.zeros((2, 1, HIDDEN), np.float32)

    def turn(self) -> Floats:
        """5 s; their spectrogram."""
        per = self._rate_hz // 8000
        edges = VoiceEdges(WINDOW, 8000, 0.5, 0.35, 64, 96)
        to_vad = soxr.ResampleStream(self._rate_hz, 8000, 1, dtype="int16", quality="LQ")
        pcm, waiting, context = bytearray(), np.zeros(0, np.float32), np.zeros(CONTEXT, np.float32)
        self.voice = []
        for tick in self._ticks:
            pcm += tick
            arrived = np.frombuffer(tick, np.int16)
            narrow = arrived if per == 1 else to_vad.resample_chunk(arrived)
            waiting = np.concatenate([waiting, narrow.astype(np.float32) / 32768.0])
            while waiting.size >= WINDOW:
                window, waiting = waiting[:WINDOW], waiting[WINDOW:]
                found, moved = self._detector(
                    np.concatenate([context, window])[None], np.stack([self._state[:, 0]], axis=1)
                )
                self._state, context = moved, window[-CONTEXT:].copy()
                edge = edges.push(float(found[0]))
                if edge:
                    at = edges.voice_start if edge == "started" else edges.voice_end
                    self.voice.append((edge, at * per))
        start = max(0, edges.voice_start * per - 3 * self._rate_hz // 10)
        end = edges.voice_end * per + self._rate_hz // 5
        said = np.frombuffer(bytes(pcm[2 * start : 2 * end]), np.int16).astype(np.float32) / 32768.0
        if self._rate_hz != 16000:
            said = soxr.resample(said, self._rate_hz, 16000, quality="HQ")
        mel: Floats = self._extractor(said)
        return mel

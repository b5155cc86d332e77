"""Plays lines to the product's voice edges and turn taking, faster than real time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from benchmarks.endpointing_lines import RATE_HZ, Spoken
from daemon import slot
from daemon.call import turn_taking
from daemon.call.caller_audio import CallerAudio
from daemon.call.settings import VoiceSettings
from daemon.call.turn_taking import Evidence, TurnTakingSettings
from daemon.call.voice_detection import VoiceDetection
from engines.dialog.moves import Expectation
from engines.vad.silero import CONTEXT, HIDDEN, WINDOW, SileroVad

Probabilities = NDArray[np.float32]
TICK: Final = RATE_HZ // 50
DECODE_MS: Final = 560
"""From the start of a decode to its words: the median of ``benchmarks/asr.py``."""
_NEAR: Final = RATE_HZ // 10


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A line that a caller says, and what turn taking may know of it."""

    spoken: Spoken
    expects: Expectation = Expectation()
    words: tuple[tuple[int, str], ...] = ()
    """(sample, what was said until there), as a recogniser without error would hear it."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one line."""

    language: str
    premature: bool
    dead_air_ms: float | None
    """From the true last syllable to the decision; None where it came too early or never."""
    decoded_ms: float | None
    """The same, to the start of the last speculative decode."""
    decodes: int


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What the voice edges say of a task at the end of each tick; no setting is in it."""

    task: Task
    ticks: tuple[Evidence, ...]
    voice_ends: tuple[int, ...]


class _Known:
    """A detector whose answers are known."""

    def __init__(self, probabilities: Probabilities) -> None:
        self._answers = iter(probabilities)

    def run(
        self, inputs: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return np.array([next(self._answers)], np.float32), state


def voice_probabilities(vad: SileroVad, lines: Sequence[Spoken]) -> list[Probabilities]:
    """The VAD's answer for each window of each line; all lines in lockstep, as calls are."""
    windows = [len(spoken.pcm) // WINDOW for spoken in lines]
    inputs = np.zeros((len(lines), CONTEXT + WINDOW), np.float32)
    state = np.zeros((2, len(lines), HIDDEN), np.float32)
    answers: list[list[float]] = [[] for _ in lines]
    for number in range(max(windows)):
        live = [index for index, count in enumerate(windows) if number < count]
        inputs[live, :CONTEXT] = inputs[live, -CONTEXT:]
        for index in live:
            pcm = lines[index].pcm[number * WINDOW : (number + 1) * WINDOW]
            inputs[index, CONTEXT:] = pcm.astype(np.float32) / 32768
        found, state[:, live] = vad.run(inputs[live], np.ascontiguousarray(state[:, live]))
        for index, probability in zip(live, found, strict=True):
            answers[index].append(float(probability))
    return [np.array(answer, np.float32) for answer in answers]


def traces(vad: SileroVad, tasks: Sequence[Task]) -> list[Trace]:
    """Voice edges of every task."""
    found = voice_probabilities(vad, [task.spoken for task in tasks])
    return [_trace(task, one) for task, one in zip(tasks, found, strict=True)]


def _trace(task: Task, probabilities: Probabilities) -> Trace:
    audio, detection = CallerAudio(RATE_HZ, VoiceSettings()), VoiceDetection(_Known(probabilities))
    ticks: list[Evidence] = []
    ends: list[int] = []
    pcm = task.spoken.pcm
    for start in range(0, len(pcm) - TICK + 1, TICK):
        now_ms = (start + TICK) * 1000 / RATE_HZ
        chunk = pcm[start : start + TICK].tobytes()
        frame = slot.CallFrame(call=b"", now_ms=now_ms, first_sample=start, pcm=chunk)
        detection.hear([(audio, frame)])
        for _ in detection.detect():
            pass
        if not audio.voiced and 0 < audio.voiced_ms < 90 and audio.silence_ms >= 400:
            audio.finish_utterance()  # a click: turn taking dismisses it
        ends.append(audio.voice_end)
        ticks.append(
            Evidence(
                now_ms=now_ms,
                in_utterance=audio.in_utterance,
                voiced=audio.voiced,
                voiced_ms=audio.voiced_ms,
                silence_ms=audio.silence_ms,
                utterance_ms=audio.utterance_ms,
                playing=False,
                thinking=False,
                quiet_ms=0.0,
                stirring=audio.stirring,
            )
        )
    return Trace(task=task, ticks=tuple(ticks), voice_ends=tuple(ends))


def take_turn(trace: Trace, settings: TurnTakingSettings, *, stirring: bool = True) -> Outcome:
    """One line, tick by tick, until its turn is ended.

    Args:
        trace: the line's voice edges.
        settings: of turn taking.
        stirring: whether turn taking is told that the next word may be beginning.
    """
    state, task = turn_taking.State(), trace.task
    decoded_ms: float | None = None
    decodes, end = 0, task.spoken.speech_end * 1000 / RATE_HZ
    for seen, voice_end in zip(trace.ticks, trace.voice_ends, strict=True):
        ready = decoded_ms is not None and seen.now_ms >= decoded_ms + DECODE_MS and state.decoded
        told = replace(
            seen,
            expects=task.expects,
            heard=_words(task, voice_end) if ready else "",
            stirring=seen.stirring and stirring,
        )
        state, decision = turn_taking.decide(state, told, settings)
        if decision.kind == "decode":
            decoded_ms, decodes = seen.now_ms, decodes + 1
        elif decision.kind == "end":
            late_ms = seen.now_ms - end
            return Outcome(
                language=task.spoken.line.language,
                premature=late_ms < 0,
                dead_air_ms=late_ms if late_ms >= 0 else None,
                decoded_ms=None if decoded_ms is None else decoded_ms - end,
                decodes=decodes,
            )
    return Outcome(
        language=task.spoken.line.language,
        premature=False,
        dead_air_ms=None,
        decoded_ms=None,
        decodes=decodes,
    )


def _words(task: Task, voice_end: int) -> str:
    said = [text for sample, text in task.words if sample <= voice_end + _NEAR]
    return said[-1] if said else ""


def take_turns(
    found: Sequence[Trace], settings: TurnTakingSettings, *, stirring: bool = True
) -> list[Outcome]:
    """Every line on its own, to the end of its turn."""
    return [take_turn(trace, settings, stirring=stirring) for trace in found]

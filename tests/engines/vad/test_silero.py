"""Silero on telephone audio: batches over calls, hostile windows, broken files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.endpointing_lines import read_lines
from daemon.release.release import Release
from engines.errors import BadTensor, WeightsUnusable
from engines.vad.silero import CONTEXT, HIDDEN, WINDOW, SileroVad

Floats = NDArray[np.float32]


@pytest.fixture(scope="module")
def vad(weights: Release) -> SileroVad:
    loaded = SileroVad(weights.path("vad_silero/silero_vad.onnx"))
    loaded.warm_up()
    return loaded


def windows_of(number: int, most: int = 60) -> Floats:
    _, audio = read_lines()[number]
    return audio[: len(audio) // WINDOW * WINDOW].reshape(-1, WINDOW)[:most]


class Call:
    """One call's place in a batch."""

    def __init__(self) -> None:
        self.input = np.zeros(CONTEXT + WINDOW, np.float32)
        self.state = np.zeros((2, HIDDEN), np.float32)


def run(vad: SileroVad, calls: list[Call], windows: Sequence[Floats]) -> Floats:
    for call, window in zip(calls, windows, strict=True):
        call.input = np.concatenate([call.input[-CONTEXT:], window])
    inputs = np.stack([call.input for call in calls])
    found, state = vad.run(inputs, np.stack([call.state for call in calls], axis=1))
    for number, call in enumerate(calls):
        call.state = state[:, number]
    return found


def run_alone(vad: SileroVad, windows: Floats) -> Floats:
    return np.array(list(vad.listen(windows.reshape(-1))), np.float32)


def test_voice_and_silence_are_told_apart(vad: SileroVad) -> None:
    voice = run_alone(vad, windows_of(0))
    assert voice.dtype == np.float32
    assert voice.max() > 0.9
    assert run_alone(vad, np.zeros((20, WINDOW), np.float32)).max() < 0.2


def test_calls_in_one_batch_do_not_touch_each_other(vad: SileroVad) -> None:
    calls = [windows_of(number) for number in (0, 5, 100)]
    alone = [run_alone(vad, windows) for windows in calls]
    batch = [Call() for _ in calls]
    shortest = min(len(windows) for windows in calls)
    together = np.stack(
        [run(vad, batch, [windows[n] for windows in calls]) for n in range(shortest)]
    )
    for number, expected in enumerate(alone):
        np.testing.assert_allclose(together[:, number], expected[:shortest], atol=1e-5)


def test_a_call_may_join_and_leave_the_batch(vad: SileroVad) -> None:
    steady, guest = windows_of(0), windows_of(5)
    expected = run_alone(vad, steady)
    host, heard = Call(), []
    for number, window in enumerate(steady):
        if number % 3:
            heard.append(run(vad, [host], [window])[0])
        else:
            heard.append(run(vad, [Call(), host], [guest[number % len(guest)], window])[1])
    np.testing.assert_allclose(heard, expected, atol=1e-5)


def test_no_call_is_no_work(vad: SileroVad) -> None:
    found, state = vad.run(
        np.zeros((0, CONTEXT + WINDOW), np.float32), np.zeros((2, 0, HIDDEN), np.float32)
    )
    assert found.shape == (0,)
    assert state.shape == (2, 0, HIDDEN)


INPUT = np.zeros((1, CONTEXT + WINDOW), np.float32)
STATE = np.zeros((2, 1, HIDDEN), np.float32)


@pytest.mark.parametrize(
    ("inputs", "state", "named"),
    [
        (INPUT[:, 1:], STATE, "inputs"),
        (INPUT[0], STATE, "inputs"),
        (INPUT.astype(np.float64), STATE, "inputs"),
        (INPUT.astype(np.int16), STATE, "inputs"),
        (np.full_like(INPUT, np.nan), STATE, "inputs"),
        (np.full_like(INPUT, np.inf), STATE, "inputs"),
        (np.repeat(INPUT, 2, axis=0), STATE, "state"),
        (INPUT, STATE[0], "state"),
        (INPUT, STATE.astype(np.float64), "state"),
        (INPUT, np.full_like(STATE, np.nan), "state"),
    ],
)
def test_hostile_tensors_are_refused(
    vad: SileroVad, inputs: Floats, state: Floats, named: str
) -> None:
    with pytest.raises(BadTensor, match=named):
        vad.run(inputs, state)
    assert vad.run(INPUT, STATE)[0].shape == (1,)


@pytest.mark.parametrize("content", [None, b"", b"not a network" * 100])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "silero_vad.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsUnusable, match="kefuctl pull"):
        SileroVad(path)

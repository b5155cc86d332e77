"""Silero on telephone audio: batches over calls, hostile windows, broken files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.endpointing_lines import read_lines
from daemon.release.release import Release
from engines.errors import BadTensor, WeightsUnusable
from engines.vad.silero import WINDOW, SileroVad


@pytest.fixture(scope="module")
def vad(weights: Release) -> SileroVad:
    loaded = SileroVad(weights.path("vad_silero/silero_vad.onnx"))
    loaded.warm_up()
    return loaded


def windows_of(number: int, most: int = 60) -> NDArray[np.float32]:
    _, audio = read_lines()[number]
    return audio[: len(audio) // WINDOW * WINDOW].reshape(-1, WINDOW)[:most]


def run_alone(vad: SileroVad, windows: NDArray[np.float32]) -> NDArray[np.float32]:
    state = vad.new_state()
    return np.concatenate([vad.run([state], window[None]) for window in windows])


def test_voice_and_silence_are_told_apart(vad: SileroVad) -> None:
    voice = run_alone(vad, windows_of(0))
    assert voice.dtype == np.float32
    assert voice.max() > 0.9
    assert run_alone(vad, np.zeros((20, WINDOW), np.float32)).max() < 0.2


def test_calls_in_one_batch_do_not_touch_each_other(vad: SileroVad) -> None:
    calls = [windows_of(number) for number in (0, 5, 100)]
    alone = [run_alone(vad, windows) for windows in calls]
    states = [vad.new_state() for _ in calls]
    shortest = min(len(windows) for windows in calls)
    together = np.stack(
        [vad.run(states, np.stack([windows[n] for windows in calls])) for n in range(shortest)]
    )
    for number, expected in enumerate(alone):
        np.testing.assert_allclose(together[:, number], expected[:shortest], atol=1e-5)


def test_a_call_may_join_and_leave_the_batch(vad: SileroVad) -> None:
    steady, guest = windows_of(0), windows_of(5)
    expected = run_alone(vad, steady)
    state, heard = vad.new_state(), []
    for number, window in enumerate(steady):
        if number % 3:
            heard.append(vad.run([state], window[None])[0])
        else:
            visitor = vad.new_state()
            pair = np.stack([guest[number % len(guest)], window])
            heard.append(vad.run([visitor, state], pair)[1])
    np.testing.assert_allclose(heard, expected, atol=1e-5)


def test_no_call_is_no_work(vad: SileroVad) -> None:
    assert vad.run([], np.zeros((0, WINDOW), np.float32)).shape == (0,)


@pytest.mark.parametrize(
    "windows",
    [
        np.zeros((1, 255), np.float32),
        np.zeros((2, WINDOW), np.float32),
        np.zeros(WINDOW, np.float32),
        np.zeros((1, WINDOW), np.float64),
        np.zeros((1, WINDOW), np.int16),
        np.full((1, WINDOW), np.nan, np.float32),
        np.full((1, WINDOW), np.inf, np.float32),
    ],
    ids=["short", "too many", "flat", "float64", "int16", "nan", "inf"],
)
def test_hostile_windows_are_refused_and_leave_the_call_as_it_was(
    vad: SileroVad, windows: NDArray[np.float32]
) -> None:
    state = vad.new_state()
    vad.run([state], windows_of(0)[:1])
    before = state.recurrent.copy(), state.context.copy()
    with pytest.raises(BadTensor):
        vad.run([state], windows)
    np.testing.assert_array_equal(state.recurrent, before[0])
    np.testing.assert_array_equal(state.context, before[1])
    assert vad.run([state], windows_of(0)[1:2]).shape == (1,)


@pytest.mark.parametrize("content", [None, b"", b"not a network" * 100])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "silero_vad.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsUnusable, match="kefuctl pull"):
        SileroVad(path)

"""Voice edges by tables: probabilities in, edges and sample numbers out."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines._core import VoiceEdges

WINDOW = 256


def edges(start_ms: int = 64, stop_ms: int = 96) -> VoiceEdges:
    return VoiceEdges(WINDOW, 8000, 0.5, 0.35, start_ms, stop_ms)


# Each window: a letter for its probability (V voiced, b between, s silent); below it what is said
# (+ started, - stopped, . nothing).
TABLE = [
    ("a click is no voice", "sVsVsVs", "......."),
    ("two windows are", "VV", ".+"),
    ("a window between neither helps nor hurts", "VbV", "..+"),
    ("windows between start nothing", "bbbbbb", "......"),
    ("three silent windows end it", "VVsss", ".+..-"),
    ("a window between carries voice on", "VVssbsss", ".+.....-"),
    ("an inner pause carries voice on", "VVssVsss", ".+.....-"),
    ("it starts again", "VVsssVV", ".+..-.+"),
]
PROBABILITY = {"V": 0.5, "b": 0.49, "s": 0.34}


@pytest.mark.parametrize(("windows", "said"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE])
def test_edges(windows: str, said: str) -> None:
    voice = edges()
    marks = {"": ".", "started": "+", "stopped": "-"}
    assert "".join(marks[voice.push(PROBABILITY[window])] for window in windows) == said


def test_samples_count_from_the_first_voiced_window_to_the_last() -> None:
    voice = edges()
    assert (voice.voice_start, voice.voice_end, voice.silence_samples) == (-1, -1, 0)
    for window in "ssVbV":
        voice.push(PROBABILITY[window])
    assert (voice.voice_start, voice.voice_end) == (2 * WINDOW, 5 * WINDOW)
    assert voice.voiced_samples == 2 * WINDOW
    for window in "bss":
        voice.push(PROBABILITY[window])
    assert (voice.voice_end, voice.silence_samples) == (6 * WINDOW, 2 * WINDOW)
    assert voice.voiced_samples == 3 * WINDOW
    voice.reset_utterance()
    assert voice.voiced_samples == 0
    assert voice.voiced


def test_what_the_detector_did_not_see_is_silence() -> None:
    voice = edges()
    for window in "VV":
        voice.push(PROBABILITY[window])
    assert voice.skip(3 * WINDOW - 1) == ""
    assert voice.skip(1) == "stopped"
    assert voice.silence_samples == 3 * WINDOW
    voice.push(0.9)
    voice.skip(WINDOW)
    assert voice.push(0.9) == ""
    assert voice.push(0.9) == "started"


def test_no_delay_starts_and_stops_at_once() -> None:
    voice = edges(start_ms=0, stop_ms=0)
    assert [voice.push(p) for p in (0.9, 0.9, 0.1, 0.1)] == ["started", "", "stopped", ""]


@given(st.lists(st.floats(0, 1), max_size=200))
def test_edges_alternate_and_numbers_keep_their_order(probabilities: list[float]) -> None:
    voice = edges()
    told = []
    for n, probability in enumerate(probabilities):
        edge = voice.push(probability)
        if edge:
            told.append(edge)
        assert voice.voiced == (bool(told) and told[-1] == "started")
        assert voice.voice_start <= voice.voice_end <= (n + 1) * WINDOW
        assert 0 <= voice.silence_samples <= (n + 1) * WINDOW
        assert 0 <= voice.voiced_samples <= (n + 1) * WINDOW
    assert told == (["started", "stopped"] * len(told))[: len(told)]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((0, 8000, 0.5, 0.35, 64, 96), "window"),
        ((8001, 8000, 0.5, 0.35, 64, 96), "window"),
        ((256, 0, 0.5, 0.35, 64, 96), "rate_hz"),
        ((256, 2**40, 0.5, 0.35, 64, 96), "rate_hz"),
        ((256, 8000, 1.1, 0.35, 64, 96), "on"),
        ((256, 8000, math.nan, 0.35, 64, 96), "on"),
        ((256, 8000, 0.5, 0.51, 64, 96), "off"),
        ((256, 8000, 0.5, -0.1, 64, 96), "off"),
        ((256, 8000, 0.5, 0.35, -1, 96), "start_ms"),
        ((256, 8000, 0.5, 0.35, 64, 60_001), "stop_ms"),
    ],
)
def test_no_such_rule(arguments: tuple[Any, ...], name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: got "):
        VoiceEdges(*arguments)


@pytest.mark.parametrize("probability", [-0.01, 1.01, math.nan, math.inf])
def test_what_is_no_probability_is_refused_and_not_counted(probability: float) -> None:
    voice = edges()
    with pytest.raises(ValueError, match=r"^probability: got .*, expected 0\.0+ to 1\.0+"):
        voice.push(probability)
    assert voice.silence_samples == 0
    voice.skip(2**53 - 1)
    with pytest.raises(ValueError, match=r"^samples: got 2, expected 0 to 1"):
        voice.skip(2)
    assert voice.silence_samples == 2**53 - 1
    with pytest.raises(ValueError, match=r"^samples: got -1"):
        voice.skip(-1)

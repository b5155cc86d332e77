"""The caller's line: nothing lost, gaps filled, floods told from late audio."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.doors.caller_line import AHEAD_FRAMES, FLOOD_FRAMES, LATE_FRAMES, CallerLine
from daemon.doors.errors import Flood

FRAME = 320
NOTHING = bytes(FRAME)


@given(st.lists(st.integers(min_value=1, max_value=900), max_size=30))
def test_frames_of_any_even_length_are_heard_whole_and_in_order(samples: list[int]) -> None:
    pcm = b"".join(n.to_bytes(2, "little") for n in range(sum(samples)))
    pcm = pcm[: AHEAD_FRAMES * FRAME]
    line = CallerLine(FRAME)
    heard = b""
    start = 0
    for count in samples:
        for frame in line.push(pcm[start : start + 2 * count]):
            assert len(frame) == FRAME
            heard += frame
        start += 2 * count
    assert heard == pcm[: len(pcm) // FRAME * FRAME]


@given(st.lists(st.integers(min_value=0, max_value=2), min_size=50, max_size=400))
def test_the_lines_time_goes_on_whatever_comes(arrivals: list[int]) -> None:
    """As many frames as time, a few late at most, however the caller's come."""
    line = CallerLine(FRAME)
    out = 0
    for count in arrivals:
        out += len(line.push(NOTHING * count))
        out += line.tick() is not None
    assert out >= len(arrivals) - LATE_FRAMES - 1
    assert out <= len(arrivals) + AHEAD_FRAMES + 0.05 * len(arrivals) + 1


def test_a_frame_on_time_needs_no_silence() -> None:
    line = CallerLine(FRAME)
    for _ in range(500):
        assert len(line.push(b"\1" * FRAME)) == 1
        assert line.tick() is None


def test_frames_that_are_a_little_late_are_waited_for() -> None:
    line = CallerLine(FRAME)
    for _ in range(100):
        assert [line.tick() for _ in range(LATE_FRAMES)] == [None] * LATE_FRAMES
        assert len(line.push(b"\1" * LATE_FRAMES * FRAME)) == LATE_FRAMES


def test_a_gap_is_silence_with_what_was_left_in_front() -> None:
    line = CallerLine(FRAME)
    assert line.push(b"\1" * 116) == []  # the last frame of a file
    frames = [line.tick() for _ in range(10)]
    spoken = [frame for frame in frames if frame is not None]
    assert spoken[0] == b"\1" * 116 + bytes(FRAME - 116)
    assert set(spoken[1:]) == {NOTHING}
    assert len(spoken) == 10 - LATE_FRAMES


def test_what_comes_much_too_late_is_dropped_and_the_call_goes_on() -> None:
    """The network stood still for 3 s: silence stands there already."""
    line = CallerLine(FRAME)
    for _ in range(150):
        line.tick()
    assert len(line.push(b"\1" * FRAME * 150)) <= AHEAD_FRAMES + LATE_FRAMES + 1
    for _ in range(2_000):  # later it is as if it had never been
        line.push(b"\1" * FRAME)
        line.tick()
    gap = [line.tick() for _ in range(LATE_FRAMES + 2)]
    assert gap[-1] == NOTHING


def test_a_flood_is_no_late_audio() -> None:
    line = CallerLine(FRAME)
    line.push(b"\1" * FRAME * (FLOOD_FRAMES + AHEAD_FRAMES))
    with pytest.raises(Flood):
        line.push(b"\1" * FRAME)

"""Two sides that come unevenly stay aligned by time."""

from __future__ import annotations

from array import array

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.recording.alignment import Alignment

RATE = 8_000
TICK = 160


def pcm(value: int, samples: int = TICK) -> bytes:
    return array("h", [value] * samples).tobytes()


def frames(pieces: list[bytes | int]) -> tuple[list[int], list[int]]:
    """Both sides, sample by sample."""
    both = array("h")
    for piece in pieces:
        both.frombytes(piece if isinstance(piece, bytes) else bytes(4 * piece))
    return list(both[0::2]), list(both[1::2])


def test_even_pieces_come_out_at_once_caller_left_agent_right() -> None:
    alignment = Alignment(RATE)
    left, right = frames(alignment.push(TICK, pcm(1), pcm(2)))
    assert (left, right) == ([1] * TICK, [2] * TICK)


def test_jitter_makes_no_hole() -> None:
    alignment = Alignment(RATE)
    out: list[bytes | int] = []
    for tick in range(1, 51):
        caller = pcm(1, 2 * TICK) if tick % 2 == 0 else b""
        out += alignment.push(tick * TICK, caller, pcm(2))
    left, right = frames(out + alignment.finish(50 * TICK))
    assert left == [1] * (50 * TICK)
    assert right == [2] * (50 * TICK)


def test_a_side_that_was_mute_comes_back_at_its_time() -> None:
    alignment = Alignment(RATE)
    out: list[bytes | int] = []
    for tick in range(1, 201):
        mute = 50 < tick <= 125
        out += alignment.push(tick * TICK, b"" if mute else pcm(1), pcm(tick))
    left, right = frames(out + alignment.finish(200 * TICK))
    assert len(left) == len(right) == 200 * TICK
    assert left == [1] * (50 * TICK) + [0] * (75 * TICK) + [1] * (75 * TICK)
    assert right[::TICK] == list(range(1, 201))


def test_a_long_pause_of_both_is_counted_and_not_made() -> None:
    alignment = Alignment(RATE)
    alignment.push(TICK, pcm(1), pcm(2))
    hour = 3_600 * RATE
    out = alignment.push(TICK + hour, pcm(3), pcm(4))
    assert out == [hour - TICK, out[1]]
    assert frames(out[1:]) == ([3] * TICK, [4] * TICK)
    assert sum(map(len, frames(alignment.finish(TICK + hour)))) == 0


def test_what_a_client_held_back_shifts_nothing_that_follows() -> None:
    """Three seconds at once, after which both go on in step."""
    alignment = Alignment(RATE)
    out = alignment.push(TICK, pcm(1), pcm(1))
    out += alignment.push(2 * TICK, pcm(2, 150 * TICK), pcm(1))
    for tick in range(3, 203):
        out += alignment.push(tick * TICK, pcm(tick), pcm(tick))
    left, right = frames(out + alignment.finish(202 * TICK))
    assert left.count(2) == 150 * TICK
    late = right.index(202) - left.index(202)
    assert abs(late) <= 10 * TICK, "200 ms of jitter is all that may stay"


def test_the_end_is_where_time_is() -> None:
    alignment = Alignment(RATE)
    out = alignment.push(TICK, pcm(1), b"")
    left, right = frames(out + alignment.finish(3 * TICK))
    assert left == [1] * TICK + [0] * (2 * TICK)
    assert right == [0] * (3 * TICK)


pieces = st.binary(max_size=2_000)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30_000), pieces, pieces), max_size=30))
def test_no_sample_is_lost_whatever_comes(moments: list[tuple[int, bytes, bytes]]) -> None:
    alignment = Alignment(RATE)
    at = 0
    out: list[bytes | int] = []
    said: tuple[list[int], list[int]] = ([], [])
    for later, *both in moments:
        at += later
        for side, piece in zip(said, both, strict=True):
            side += [sample for sample in array("h", piece[: len(piece) // 2 * 2]) if sample]
        out += alignment.push(at, both[0], both[1])
    sides = frames(out + alignment.finish(at))
    assert len(sides[0]) == len(sides[1]) >= at
    for side, expected in zip(sides, said, strict=True):
        assert [sample for sample in side if sample] == expected

"""The bytes of AudioSocket: any frame, cut anywhere, and whatever else comes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.doors.audiosocket_frames import (
    DTMF,
    ERROR,
    HANGUP,
    MOST_BYTES,
    RATES_HZ,
    UUID,
    Frame,
    FrameDecoder,
    pack,
)
from daemon.doors.errors import BadKind, BadLength

AUDIO = st.tuples(st.sampled_from(sorted(RATES_HZ)), st.binary(min_size=1, max_size=400)).map(
    lambda one: Frame(one[0], one[1] * 2)
)
FRAMES = st.one_of(
    AUDIO,
    st.just(Frame(HANGUP)),
    st.binary(min_size=16, max_size=16).map(lambda payload: Frame(UUID, payload)),
    st.sampled_from("0123456789*#ABCD").map(lambda digit: Frame(DTMF, digit.encode())),
    st.binary(max_size=255).map(lambda payload: Frame(ERROR, payload)),
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """``data`` in pieces."""
    ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(ends)]


@given(st.lists(FRAMES, max_size=12), st.lists(st.integers(min_value=0), max_size=20))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    sent: list[Frame], places: list[int]
) -> None:
    decoder = FrameDecoder()
    received = [
        frame for piece in cut(b"".join(map(pack, sent)), places) for frame in decoder.push(piece)
    ]
    assert received == sent
    assert not decoder.begun


@given(FRAMES, st.integers(min_value=1))
def test_half_a_frame_is_known_as_begun_and_is_whole_with_the_rest(frame: Frame, at: int) -> None:
    data = pack(frame)
    at = at % (len(data) - 1) + 1 if len(data) > 1 else 1
    decoder = FrameDecoder()
    assert list(decoder.push(data[:at])) == []
    assert decoder.begun
    assert list(decoder.push(data[at:])) == [frame]


@given(st.lists(st.binary(max_size=300), max_size=30))
def test_any_bytes_are_frames_or_a_typed_error_and_never_pile_up(pieces: list[bytes]) -> None:
    decoder = FrameDecoder()
    pushed = taken = 0
    try:
        for piece in pieces:
            pushed += len(piece)
            taken += sum(len(pack(frame)) for frame in decoder.push(piece))
            assert 0 <= pushed - taken <= MOST_BYTES + 3
    except (BadKind, BadLength):
        pass


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (b"\x02\x00\x01", BadKind),
        (b"\x0f\x01\x40", BadKind),
        (b"\x19\x01\x40", BadKind),
        (b"\xfe\x00\x00", BadKind),
        (b"\x00\x00\x01", BadLength),
        (b"\x01\x00\x00", BadLength),
        (b"\x01\x00\x0f", BadLength),
        (b"\x01\x00\x11", BadLength),
        (b"\x03\x00\x00", BadLength),
        (b"\x03\x00\x02", BadLength),
        (b"\x10\x00\x00", BadLength),
        (b"\x10\x00\x01", BadLength),
        (b"\x10\x01\x41", BadLength),
        (b"\x10\xff\xff", BadLength),
        (b"\x12\xff\xff", BadLength),
        (b"\xff\x01\x00", BadLength),
    ],
)
def test_a_header_is_refused_before_its_payload_comes(
    header: bytes, error: type[Exception]
) -> None:
    before = Frame(DTMF, b"5")
    decoder = FrameDecoder()
    frames = decoder.push(pack(before) + header)
    assert next(frames) == before
    with pytest.raises(error, match=f"0x{header[0]:02x}"):
        next(frames)


def test_what_cannot_be_sent_is_refused() -> None:
    with pytest.raises(BadLength):
        pack(Frame(0x10, b"x"))
    with pytest.raises(BadKind):
        pack(Frame(0x20, b"xx"))
    assert pack(Frame(HANGUP)) == b"\0\0\0"
    assert pack(Frame(0x10, b"ab")) == b"\x10\x00\x02ab"

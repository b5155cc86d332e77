"""G.711 against the standard library's audioop, and against arguments that are none."""

from __future__ import annotations

import struct
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines._core import g711_decode, g711_encode

LAWS = ("ulaw", "alaw")
EVERY_CODE = bytes(range(256))
EVERY_SAMPLE = struct.pack("<65536h", *range(-32768, 32768))

if sys.version_info < (3, 13):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop

    def peer(law: str, verb: str, data: bytes) -> bytes:
        name = f"{law}2lin" if verb == "decode" else f"lin2{law}"
        made: bytes = getattr(audioop, name)(data, 2)
        return made

    @pytest.mark.parametrize("law", LAWS)
    def test_every_code_decodes_as_in_audioop(law: str) -> None:
        assert g711_decode(EVERY_CODE, law) == peer(law, "decode", EVERY_CODE)

    def test_every_sample_encodes_to_alaw_as_in_audioop() -> None:
        assert g711_encode(EVERY_SAMPLE, "alaw") == peer("alaw", "encode", EVERY_SAMPLE)

    def test_ulaw_differs_from_audioop_only_where_it_comes_nearer() -> None:
        """audioop rounds negative samples away from zero before it looks at the intervals."""
        samples = np.frombuffer(EVERY_SAMPLE, np.int16).astype(int)
        ours = g711_encode(EVERY_SAMPLE, "ulaw")
        theirs = peer("ulaw", "encode", EVERY_SAMPLE)
        differs = np.frombuffer(ours, np.uint8) != np.frombuffer(theirs, np.uint8)
        assert not differs[samples >= 0].any()
        our_error = abs(np.frombuffer(g711_decode(ours, "ulaw"), np.int16) - samples)
        their_error = abs(np.frombuffer(g711_decode(theirs, "ulaw"), np.int16) - samples)
        assert (our_error[differs] <= their_error[differs]).all()


@pytest.mark.parametrize("law", LAWS)
def test_sign_is_symmetric(law: str) -> None:
    """A sample and its one's complement differ in the sign bit alone."""
    codes = np.frombuffer(g711_encode(EVERY_SAMPLE, law), np.uint8)
    assert (codes[::-1] == codes ^ 0x80).all()


@pytest.mark.parametrize("law", LAWS)
def test_decoded_values_survive_a_second_trip(law: str) -> None:
    pcm = g711_decode(EVERY_CODE, law)
    assert g711_decode(g711_encode(pcm, law), law) == pcm


@given(st.binary(max_size=400), st.sampled_from(LAWS), st.integers(0, 400))
def test_pieces_give_the_bytes_of_the_whole(codes: bytes, law: str, cut: int) -> None:
    whole = g711_decode(codes, law)
    assert g711_decode(codes[:cut], law) + g711_decode(codes[cut:], law) == whole
    assert len(g711_encode(whole, law)) == len(codes)


def test_buffers_of_every_kind_are_read() -> None:
    pcm = struct.pack("<4h", 0, 1000, -1000, 32767)
    coded = g711_encode(pcm, "ulaw")
    array = np.frombuffer(pcm, np.int16)
    same: Any
    for same in (bytearray(pcm), memoryview(pcm), array, array.data):
        assert g711_encode(same, "ulaw") == coded
    assert g711_decode(np.frombuffer(coded, np.uint8), "ulaw") == g711_decode(coded, "ulaw")
    assert g711_encode(b"", "alaw") == g711_decode(b"", "alaw") == b""


@pytest.mark.parametrize(
    ("pcm", "error", "message"),
    [
        (b"\0", ValueError, "pcm: got 1 bytes, expected an even number"),
        (np.zeros(4, np.float32), ValueError, "pcm: got dtype 'f', expected int16 or bytes"),
        (np.zeros(4, np.uint16), ValueError, "pcm: got dtype 'H'"),
        (np.zeros(4, ">i2"), ValueError, "pcm: got dtype '>h'"),
        (np.zeros((2, 2), np.int16), ValueError, "pcm: got 2 axes, expected 1 axis"),
        (np.int16(3), ValueError, "pcm: got 0 axes"),
        (np.zeros(8, np.int16)[::2], ValueError, "pcm: got strides, expected contiguous"),
        (memoryview(bytes(9))[1:], ValueError, "pcm: got samples at an odd address"),
        ("text", TypeError, "pcm: got str, expected a buffer"),
        (None, TypeError, "pcm: got NoneType, expected a buffer"),
        ([0, 1], TypeError, "pcm: got list, expected a buffer"),
    ],
)
def test_what_is_no_pcm_is_refused(pcm: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as refusal:
        g711_encode(pcm, "ulaw")
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize("law", ["", "mulaw", "ULAW", "u" * 10_000])
def test_an_unknown_law_is_named_and_shortened(law: str) -> None:
    with pytest.raises(ValueError, match=r"^law: got ") as refusal:
        g711_decode(b"\0", law)
    assert len(str(refusal.value)) < 100

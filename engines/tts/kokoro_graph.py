"""The one change to Kokoro's network: durations that the caller can cap, and that come out.

As published, Kokoro gives each clause 0.4 s of silence in front and 0.4 to 0.8 s behind, which
the vocoder computes like speech: half the time of 「好的。」. The durations are an inner value of
the graph, so the file is edited in memory before it is loaded: the value ``/encoder/Clip`` gives
is renamed, and appended to the file (protobuf merges what is appended) comes a node that gives
the old name: the smaller of it and the new input ``longest``. All weights stay as they are.
"""

from __future__ import annotations

from typing import Final

from engines.errors import WeightsUnusable

FRAME_SAMPLES: Final = 600
"""A duration of 1 is 25 ms at 24 kHz."""

_DURATIONS: Final = b"/encoder/Clip_output_0"
_UNCAPPED: Final = b"/encoder/Clip_uncapped"
_OUTPUT_FIELD: Final = 2
_FLOAT: Final = 1


def with_capped_durations(model: bytes) -> bytes:
    """The bytes of Kokoro's ONNX file with an input ``longest`` and an output of durations.

    ``longest`` is (1, T) float32, the most frames each token may last; the new second output is
    (1, T) float32, the frames each token lasts.

    Raises:
        WeightsUnusable: the file is not the network that this was written for.
    """
    written = _field(_OUTPUT_FIELD, _DURATIONS)
    # The name stands as an output field once; as the input of others its field number is 1.
    if model.count(written) != 1:
        raise WeightsUnusable("The network has no durations where Kokoro v1.0 has them.")
    edited = bytearray(model)
    place = model.index(written)
    edited[place : place + len(written)] = _field(_OUTPUT_FIELD, _UNCAPPED)
    node = (
        _field(1, _UNCAPPED)
        + _field(1, b"longest")
        + _field(_OUTPUT_FIELD, _DURATIONS)
        + _field(3, b"/encoder/Longest")
        + _field(4, b"Min")
    )
    graph = (
        _field(1, node)
        + _field(11, _float_row(b"longest"))
        + _field(12, _float_row(_DURATIONS))
    )
    edited += _field(7, graph)
    return bytes(edited)


def _float_row(name: bytes) -> bytes:
    """A ValueInfoProto: float32 of shape (1, sequence_length)."""
    shape = _field(1, b"\x08\x01") + _field(1, _field(2, b"sequence_length"))
    tensor = b"\x08" + bytes([_FLOAT]) + _field(2, shape)
    return _field(1, name) + _field(2, _field(1, tensor))


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field."""
    length = len(content)
    head = bytearray([number << 3 | 2])
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head) + content

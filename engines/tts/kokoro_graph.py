"""The one change to Kokoro's network: the vocoder is not run over the silence at both ends.

As published, Kokoro gives each clause 0.4 s of silence in front and 0.4 to 0.8 s behind, which
the vocoder computes like speech: a third of all the work on a clause. The prosody needs that
padding (with shorter durations it swallows the first and last syllable), the vocoder does not.

So the file is edited in memory before it is loaded: the three values that enter the vocoder are
renamed where they are made, and appended to the file (protobuf merges what is appended) come
nodes that give the old names: slices of them. All weights stay as they are.
"""

from __future__ import annotations

import struct
from typing import Final

from engines.errors import WeightsUnusable

KEPT_BEFORE: Final = 5.0
"""Frames of 25 ms kept of the padding in front."""
KEPT_AFTER: Final = 10.0
"""Frames kept from the start of the last sound on."""

_DURATIONS: Final = b"/encoder/Clip_output_0"
_ALIGNED: Final = b"/encoder/MatMul_1_output_0"
_PITCH: Final = b"/encoder/Reshape_output_0"
_ENERGY: Final = b"/encoder/Reshape_1_output_0"
_FLOAT: Final = 1
_INT64: Final = 7


def with_trimmed_vocoder(model: bytes) -> bytes:
    """The bytes of Kokoro's ONNX file with one more input, ``edges``: (2, T) float32.

    Row 0 is 1 for the tokens that are silence in front, row 1 for those from the last sound on;
    their durations decide what is cut, less ``KEPT_BEFORE`` and ``KEPT_AFTER``.

    Raises:
        WeightsUnusable: the file is not the network that this was written for.
    """
    edited = bytearray(model)
    for name in (_ALIGNED, _PITCH, _ENERGY):
        # As an output it stands in the file once; as an input its field number is 1.
        written = _field(2, name)
        if edited.count(written) != 1:
            raise WeightsUnusable(f"The network makes no single {name.decode()}.")
        place = edited.index(written)
        edited[place : place + len(written)] = _field(2, _whole(name))
    if edited.count(_field(2, _DURATIONS)) != 1:
        raise WeightsUnusable("The network has no durations where Kokoro v1.0 has them.")
    nodes = (
        _node(b"Mul", [_DURATIONS, b"edges"], b"trim/edge"),
        _node(b"ReduceSum", [b"trim/edge", b"trim/1"], b"trim/long", _number(b"keepdims", 0)),
        _node(b"Sub", [b"trim/long", b"trim/kept"], b"trim/surplus"),
        _node(b"Relu", [b"trim/surplus"], b"trim/cut"),
        _node(b"Cast", [b"trim/cut"], b"trim/frames", _number(b"to", _INT64)),
        _node(b"ReduceSum", [_DURATIONS, b"trim/1"], b"trim/sum", _number(b"keepdims", 0)),
        _node(b"Cast", [b"trim/sum"], b"trim/total", _number(b"to", _INT64)),
        _node(b"Slice", [b"trim/frames", b"trim/0", b"trim/1"], b"trim/start"),
        _node(b"Slice", [b"trim/frames", b"trim/1", b"trim/2"], b"trim/behind"),
        _node(b"Sub", [b"trim/total", b"trim/behind"], b"trim/end"),
        _node(b"Add", [b"trim/start", b"trim/start"], b"trim/start2"),
        _node(b"Add", [b"trim/end", b"trim/end"], b"trim/end2"),
        _node(b"Slice", [_whole(_ALIGNED), b"trim/start", b"trim/end", b"trim/2"], _ALIGNED),
        # Pitch and energy have two values a frame.
        _node(b"Slice", [_whole(_PITCH), b"trim/start2", b"trim/end2", b"trim/1"], _PITCH),
        _node(b"Slice", [_whole(_ENERGY), b"trim/start2", b"trim/end2", b"trim/1"], _ENERGY),
    )
    constants = (
        _constant(b"trim/kept", _FLOAT, 2, struct.pack("<2f", KEPT_BEFORE, KEPT_AFTER)),
        *(_constant(b"trim/%d" % n, _INT64, 1, struct.pack("<q", n)) for n in range(3)),
    )
    graph = b"".join(
        [
            *(_field(1, node) for node in nodes),
            *(_field(5, constant) for constant in constants),
            _field(11, _input(b"edges")),
        ]
    )
    edited += _field(7, graph)
    return bytes(edited)


def _whole(name: bytes) -> bytes:
    """Another name of the same length: the fields around it keep their lengths."""
    return name.replace(b"output", b"untrim")


def _node(kind: bytes, inputs: list[bytes], output: bytes, attribute: bytes = b"") -> bytes:
    fields = [_field(1, name) for name in inputs]
    fields += [_field(2, output), _field(3, b"node/" + output), _field(4, kind)]
    return b"".join(fields) + (_field(5, attribute) if attribute else b"")


def _number(name: bytes, value: int) -> bytes:
    """An AttributeProto with one integer below 128: field 3 the value, field 20 its type, INT."""
    return _field(1, name) + bytes([3 << 3, value]) + b"\xa0\x01\x02"


def _constant(name: bytes, kind: int, size: int, content: bytes) -> bytes:
    """A TensorProto of one dimension."""
    return bytes([1 << 3, size, 2 << 3, kind]) + _field(8, name) + _field(9, content)


def _input(name: bytes) -> bytes:
    """A ValueInfoProto: float32 of shape (2, sequence_length)."""
    shape = _field(1, b"\x08\x02") + _field(1, _field(2, b"sequence_length"))
    return _field(1, name) + _field(2, _field(1, bytes([1 << 3, _FLOAT]) + _field(2, shape)))


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field."""
    length = len(content)
    head = bytearray([number << 3 | 2])
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head) + content

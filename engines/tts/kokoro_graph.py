"""The vocoder of Kokoro's network is not run over the silence at both ends.

As published, Kokoro gives each clause 0.4 s of silence in front and 0.4 to 0.8 s behind, which
the vocoder computes like speech: a third of all the work on a clause. The prosody needs that
padding (with shorter durations it swallows the first and last syllable), the vocoder does not.

So the file is edited in memory before it is loaded (``onnx_edit.py``): the three values that enter
the vocoder are sliced. All weights stay as they are.
"""

from __future__ import annotations

import struct
from typing import Final

from engines.errors import WeightsUnusable
from engines.tts import onnx_edit as onnx

KEPT_BEFORE: Final = 5.0
"""Frames of 25 ms kept of the padding in front."""
KEPT_AFTER: Final = 10.0
"""Frames kept from the start of the last sound on."""

_DURATIONS: Final = b"/encoder/Clip_output_0"
_ALIGNED: Final = b"/encoder/MatMul_1_output_0"
PITCH: Final = b"/encoder/Reshape_output_0"
"""Hz, two values a frame."""
_ENERGY: Final = b"/encoder/Reshape_1_output_0"


def with_trimmed_vocoder(model: bytes) -> bytes:
    """The bytes of Kokoro's ONNX file with one more input, ``edges``: (2, T) float32.

    Row 0 is 1 for the tokens that are silence in front, row 1 for those from the last sound on;
    their durations decide what is cut, less ``KEPT_BEFORE`` and ``KEPT_AFTER``.

    Raises:
        WeightsUnusable: the file is not the network that this was written for.
    """
    edited = bytearray(model)
    onnx.rename_outputs(edited, {name: _whole(name) for name in (_ALIGNED, PITCH, _ENERGY)})
    if edited.count(onnx.field(2, _DURATIONS)) != 1:
        raise WeightsUnusable("The network has no durations where Kokoro v1.0 has them.")
    to_int = onnx.number(b"to", onnx.INT64)
    flat = onnx.number(b"keepdims", 0)
    nodes = (
        onnx.node(b"Mul", [_DURATIONS, b"edges"], [b"trim/edge"]),
        onnx.node(b"ReduceSum", [b"trim/edge", b"trim/1"], [b"trim/long"], flat),
        onnx.node(b"Sub", [b"trim/long", b"trim/kept"], [b"trim/surplus"]),
        onnx.node(b"Relu", [b"trim/surplus"], [b"trim/cut"]),
        onnx.node(b"Cast", [b"trim/cut"], [b"trim/frames"], to_int),
        onnx.node(b"ReduceSum", [_DURATIONS, b"trim/1"], [b"trim/sum"], flat),
        onnx.node(b"Cast", [b"trim/sum"], [b"trim/total"], to_int),
        onnx.node(b"Slice", [b"trim/frames", b"trim/0", b"trim/1"], [b"trim/start"]),
        onnx.node(b"Slice", [b"trim/frames", b"trim/1", b"trim/2"], [b"trim/behind"]),
        onnx.node(b"Sub", [b"trim/total", b"trim/behind"], [b"trim/end"]),
        onnx.node(b"Add", [b"trim/start", b"trim/start"], [b"trim/start2"]),
        onnx.node(b"Add", [b"trim/end", b"trim/end"], [b"trim/end2"]),
        _slice(_ALIGNED, b"trim/start", b"trim/end", axis=2),
        # Pitch and energy have two values a frame.
        _slice(PITCH, b"trim/start2", b"trim/end2", axis=1),
        _slice(_ENERGY, b"trim/start2", b"trim/end2", axis=1),
    )
    kept = struct.pack("<2f", KEPT_BEFORE, KEPT_AFTER)
    constants = (
        onnx.constant(b"trim/kept", onnx.FLOAT, 2, kept),
        *(onnx.constant(b"trim/%d" % n, onnx.INT64, 1, struct.pack("<q", n)) for n in range(3)),
    )
    edges = onnx.float_input(b"edges", 2, b"sequence_length")
    return onnx.appended(edited, nodes, constants, [edges])


def _whole(name: bytes) -> bytes:
    return name.replace(b"output", b"untrim")


def _slice(name: bytes, start: bytes, end: bytes, *, axis: int) -> bytes:
    return onnx.node(b"Slice", [_whole(name), start, end, b"trim/%d" % axis], [name])

"""A voice's own pitch: the curve that Kokoro's vocoder speaks from, higher or lower as a whole.

Stock prosodies, blended, do not reach every person's pitch. So the curve, which the network
foretells in Hz, is multiplied behind ``kokoro_graph.py``; by 1 the waveform is the same, bit for
bit. What is said, and when, stays as it was.
"""

from __future__ import annotations

from typing import Final

from engines.tts import onnx_edit as onnx
from engines.tts.kokoro_graph import PITCH

_NATIVE: Final = PITCH.replace(b"output", b"native")


def with_pitch_factor(model: bytes) -> bytes:
    """The bytes of Kokoro's ONNX file with one more input, ``pitch``: (1, 1) float32.

    Raises:
        WeightsUnusable: the file is not the network that this was written for.
    """
    edited = bytearray(model)
    onnx.rename_outputs(edited, {PITCH: _NATIVE})
    nodes = [onnx.node(b"Mul", [_NATIVE, b"pitch"], [PITCH])]
    return onnx.appended(edited, nodes, [], [onnx.float_input(b"pitch", 1, 1)])

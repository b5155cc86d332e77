"""What a personal voice changes beside its style: the adaptive norms of Kokoro's decoder.

Each of its 58 norms gets a gain and a shift a channel from the style, by a linear layer. A voice
may add to them: ``offsets``, one number a channel, in the order of ``NORMS``. In the network that
speaks this is an addition behind each of those layers, edited into its file as
``kokoro_graph.py`` does; where all are zero the waveform is the same, bit for bit.
"""

from __future__ import annotations

import struct
from itertools import accumulate
from typing import Final

from engines.tts import onnx_edit as onnx

_BEFORE_VOCODER: Final = {
    "encode": (1028, 2048),
    "decode.0": (2180, 2048),
    "decode.1": (2180, 2048),
    "decode.2": (2180, 2048),
    "decode.3": (2180, 1024),
}
"""Gains and shifts of the two norms of a block."""
_STAGES: Final = (512, 256)
"""Gains and shifts of each norm in the two stages of the vocoder."""


def _norms() -> dict[str, int]:
    found = {
        f"{block}.norm{place + 1}": size
        for block, sizes in _BEFORE_VOCODER.items()
        for place, size in enumerate(sizes)
    }
    for stage, size in enumerate(_STAGES):
        blocks = [f"noise_res.{stage}", *(f"resblocks.{3 * stage + place}" for place in range(3))]
        for block in blocks:
            for pair in range(3):
                for half in (1, 2):
                    found[f"generator.{block}.adain{half}.{pair}"] = size
    return found


NORMS: Final = _norms()
"""Numbers of each norm, gains first, by the path of its module."""
OFFSETS: Final = sum(NORMS.values())
PLACES: Final = {
    name: slice(end - size, end)
    for (name, size), end in zip(NORMS.items(), accumulate(NORMS.values()), strict=True)
}
"""Where each norm's numbers lie among the offsets."""


def with_norm_offsets(model: bytes) -> bytes:
    """The bytes of Kokoro's ONNX file with one more input, ``offsets``: (1, 37396) float32.

    Raises:
        WeightsUnusable: the file is not the network that this was written for.
    """
    edited = bytearray(model)
    parts = [b"norm/%d" % place for place in range(len(NORMS))]
    nodes = [
        onnx.node(b"Split", [b"offsets", b"norm/sizes"], parts, onnx.number(b"axis", 1)),
    ]
    whole = [f"/decoder/decoder/{_path(name)}/fc/Gemm_output_0".encode() for name in NORMS]
    plain = {name: name.replace(b"output", b"styled") for name in whole}
    onnx.rename_outputs(edited, plain)
    nodes += [
        onnx.node(b"Add", [plain[name], part], [name])
        for name, part in zip(whole, parts, strict=True)
    ]
    sizes = struct.pack(f"<{len(NORMS)}q", *NORMS.values())
    constant = onnx.constant(b"norm/sizes", onnx.INT64, len(NORMS), sizes)
    return onnx.appended(edited, nodes, [constant], [onnx.float_input(b"offsets", 1, OFFSETS)])


def _path(name: str) -> str:
    """``generator.resblocks.0.adain1.2`` as the exporter wrote it: modules by ``/``."""
    parts = name.split(".")
    joined = [parts[0]]
    for part in parts[1:]:
        if part.isdigit():
            joined[-1] += f".{part}"
        else:
            joined.append(part)
    return "/".join(joined)

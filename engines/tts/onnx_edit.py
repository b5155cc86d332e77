"""Small edits of an ONNX file in memory: protobuf (onnx.proto3) written by hand, no package needed.

Protobuf merges what is appended: a second ``graph`` adds its nodes, constants and inputs to the
first. What is to be changed in between is renamed where it is made, to a name of the same length,
so that the fields around it keep their lengths; an appended node then gives the old name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engines.errors import WeightsUnusable

FLOAT: Final = 1
INT64: Final = 7


def rename_outputs(model: bytearray, names: Mapping[bytes, bytes]) -> None:
    """Rename outputs in place, old to new; whoever reads one goes on reading the old name.

    The file is searched once for all of them, by what their names end with.

    Raises:
        WeightsUnusable: no node makes one of them, or more than one does.
    """
    # As an output a name stands in the file once; as an input its field number is 1.
    old = {field(2, name): name for name in names}
    sizes = {len(written) for written in old}
    ending = _common_ending(list(names))
    found: dict[bytes, list[int]] = {}
    end = model.find(ending) + len(ending)
    while end >= len(ending):
        for size in sizes:
            written = bytes(model[max(0, end - size) : end])
            if written in old:
                found.setdefault(old[written], []).append(end - size)
        end = model.find(ending, end) + len(ending)
    for name, new in names.items():
        if len(found.get(name, ())) != 1 or len(new) != len(name):
            raise WeightsUnusable(f"The network makes no single {name.decode()}.")
        (place,) = found[name]
        written = field(2, new)
        model[place : place + len(written)] = written


def _common_ending(names: Sequence[bytes]) -> bytes:
    shortest = min(map(len, names))
    same = (len({name[-size:] for name in names}) == 1 for size in range(1, shortest + 1))
    size = next((size for size, one in enumerate(same) if not one), shortest)
    return names[0][len(names[0]) - size :]


def appended(
    model: bytes | bytearray,
    nodes: Sequence[bytes],
    constants: Sequence[bytes],
    inputs: Sequence[bytes],
) -> bytes:
    """The file with more nodes, constants and inputs in its graph."""
    graph = [
        *(field(1, one) for one in nodes),
        *(field(5, one) for one in constants),
        *(field(11, one) for one in inputs),
    ]
    return bytes(model) + field(7, b"".join(graph))


def node(
    kind: bytes, inputs: Sequence[bytes], outputs: Sequence[bytes], attribute: bytes = b""
) -> bytes:
    """A NodeProto, named after what it does and its first output."""
    fields = [field(1, name) for name in inputs] + [field(2, name) for name in outputs]
    fields += [field(3, kind + b"/" + outputs[0]), field(4, kind)]
    return b"".join(fields) + (field(5, attribute) if attribute else b"")


def number(name: bytes, value: int) -> bytes:
    """An AttributeProto with one integer below 128: field 3 the value, field 20 its type, INT."""
    return field(1, name) + bytes([3 << 3, value]) + b"\xa0\x01\x02"


def constant(name: bytes, kind: int, size: int, content: bytes) -> bytes:
    """A TensorProto of one dimension, below 128."""
    return bytes([1 << 3, size, 2 << 3, kind]) + field(8, name) + field(9, content)


def float_input(name: bytes, rows: int, columns: int | bytes) -> bytes:
    """A ValueInfoProto: float32 of shape (rows, columns); a name stands for any number."""
    shape = b"".join(
        field(1, field(2, size) if isinstance(size, bytes) else b"\x08" + varint(size))
        for size in (rows, columns)
    )
    return field(1, name) + field(2, field(1, bytes([1 << 3, FLOAT]) + field(2, shape)))


def field(tag: int, content: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return varint(tag << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """A number from 0 up, seven bits a byte, the lowest first."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)

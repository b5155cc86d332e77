"""An ONNX file as it lies on disk: weights by name, and the front part of the network on its own.

The format is protobuf (onnx.proto3): ModelProto.graph is field 7; in a GraphProto nodes are field
1, weights 5, inputs 11, outputs 12. The file is mapped, so a weight costs memory when it is read.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.errors import WeightsUnusable
from engines.tts.onnx_edit import field, varint

_GRAPH: Final = 7
_NODE, _WEIGHT, _INPUT, _OUTPUT = 1, 5, 11, 12
_FLOAT: Final = 1
_Span = tuple[int, int]


class Node(msgspec.Struct, frozen=True):
    """One operator of the graph."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    span: _Span
    """Where its bytes lie in the file."""


class OnnxFile:
    """Nodes and weights of a network. Close it, or use it in ``with``.

    Raises:
        WeightsUnusable: the file is missing or no ONNX file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise WeightsUnusable(f"{path} cannot be read: {error}.") from error
        self.nodes: list[Node] = []
        self._weights: dict[str, _Span] = {}
        self._inputs: dict[str, _Span] = {}
        self._head: list[bytes] = []
        try:
            self._scan()
        except (IndexError, UnicodeDecodeError, ValueError) as error:
            self.close()
            raise WeightsUnusable(f"{path} is no ONNX file: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Unmap the file."""
        self._bytes.close()

    def weight(self, name: str) -> NDArray[np.float32]:
        """A copy of one float32 weight, in its own shape.

        Raises:
            WeightsUnusable: there is none of this name and type, or its size is not its shape's.
        """
        if name not in self._weights:
            raise WeightsUnusable(f"{self._path} has no weight {name!r}.")
        shape: list[int] = []
        kind, content = 0, b""
        for number, value in self._fields(*self._weights[name]):
            if number == 1:
                shape += [value] if isinstance(value, int) else self._packed(value)
            elif number == 2 and isinstance(value, int):
                kind = value
            elif number == 9 and isinstance(value, tuple):
                content = self._bytes[value[0] : value[1]]
        if kind != _FLOAT or len(content) != 4 * int(np.prod(shape)):
            raise WeightsUnusable(f"{name!r} of {self._path} is no float32 of shape {shape}.")
        return np.frombuffer(content, dtype="<f4").reshape(shape).copy()

    def until(self, outputs: Sequence[str]) -> bytes:
        """An ONNX file of what these values need and nothing more; they are its outputs.

        Raises:
            WeightsUnusable: one of them is not made in this network.
        """
        makers = {output: node for node in self.nodes for output in node.outputs}
        wanted, found, nodes = list(outputs), set[str](), set[_Span]()
        while wanted:
            name = wanted.pop()
            if not name or name in found:
                continue
            found.add(name)
            if name in makers:
                nodes.add(makers[name].span)
                wanted += makers[name].inputs
            elif name not in self._weights and name not in self._inputs:
                raise WeightsUnusable(f"{self._path} does not make {name!r}.")
        parts = [self._field(_NODE, node.span) for node in self.nodes if node.span in nodes]
        parts.append(field(2, b"until"))
        for number, spans in ((_WEIGHT, self._weights), (_INPUT, self._inputs)):
            parts += [self._field(number, span) for name, span in spans.items() if name in found]
        tensor = field(2, field(1, bytes([1 << 3, _FLOAT])))
        parts += [field(_OUTPUT, field(1, name.encode()) + tensor) for name in outputs]
        return b"".join(self._head) + field(_GRAPH, b"".join(parts))

    def _scan(self) -> None:
        for number, value in self._fields(0, len(self._bytes)):
            if number != _GRAPH and isinstance(value, tuple):
                self._head.append(self._field(number, value))
            elif number != _GRAPH and isinstance(value, int):
                self._head.append(varint(number << 3) + varint(value))
            elif isinstance(value, tuple):
                self._scan_graph(value)
        if not self.nodes or not self._weights:
            raise ValueError("there is no graph in it")

    def _scan_graph(self, graph: _Span) -> None:
        for number, value in self._fields(*graph):
            if not isinstance(value, tuple):
                continue
            if number == _NODE:
                self.nodes.append(self._node(value))
            elif number == _WEIGHT:
                self._weights[self._text(value, 8)] = value
            elif number == _INPUT:
                self._inputs[self._text(value, 1)] = value

    def _node(self, span: _Span) -> Node:
        texts: dict[int, list[str]] = {1: [], 2: [], 3: []}
        for number, value in self._fields(*span):
            if number in texts and isinstance(value, tuple):
                texts[number].append(self._bytes[value[0] : value[1]].decode())
        return Node("".join(texts[3]), tuple(texts[1]), tuple(texts[2]), span)

    def _text(self, span: _Span, wanted: int) -> str:
        for number, value in self._fields(*span):
            if number == wanted and isinstance(value, tuple):
                return self._bytes[value[0] : value[1]].decode()
        return ""

    def _field(self, number: int, span: _Span) -> bytes:
        return field(number, self._bytes[span[0] : span[1]])

    def _packed(self, span: _Span) -> list[int]:
        values, place = [], span[0]
        while place < span[1]:
            value, place = self._number(place)
            values.append(value)
        return values

    def _fields(self, place: int, end: int) -> Iterator[tuple[int, int | _Span]]:
        """(field number, its integer or where its bytes lie) of one message."""
        while place < end:
            tag, place = self._number(place)
            number, kind = tag >> 3, tag & 7
            if kind == 0:
                value, place = self._number(place)
                yield number, value
                continue
            size, start = {1: 8, 5: 4}.get(kind, 0), place
            if kind == 2:
                size, start = self._number(place)
            if (not size and kind != 2) or start + size > end:
                raise ValueError(f"a field of kind {kind} at byte {place}")
            yield number, (start, start + size)
            place = start + size

    def _number(self, place: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = self._bytes[place]
            place += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, place
            shift += 7
            if shift > 63:
                raise ValueError(f"a number at byte {place}")

"""Reading ONNX files by hand: weights, and the front part of a network on its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from engines.errors import WeightsUnusable
from models.tts.onnx_file import OnnxFile


def field(number: int, content: bytes) -> bytes:
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def node(kind: bytes, inputs: list[bytes], output: bytes) -> bytes:
    ins = b"".join(field(1, name) for name in inputs)
    return field(1, ins + field(2, output) + field(3, b"/" + output) + field(4, kind))


def value(number: int, name: bytes) -> bytes:
    tensor = field(1, bytes([1 << 3, 1]) + field(2, field(1, b"\x08\x02")))
    return field(number, field(1, name) + field(2, tensor))


def weight(name: bytes, numbers: list[float]) -> bytes:
    content = np.array(numbers, "<f4").tobytes()
    return field(5, bytes([1 << 3, len(numbers), 2 << 3, 1]) + field(8, name) + field(9, content))


GRAPH = b"".join(
    [
        node(b"Add", [b"x", b"one"], b"more"),
        node(b"Mul", [b"more", b"two"], b"twice"),
        field(2, b"graph"),
        weight(b"one", [1.0, 2.0]),
        weight(b"two", [2.0, 2.0]),
        value(11, b"x"),
        value(12, b"twice"),
    ]
)
MODEL = b"\x08\x08" + field(8, b"\x10\x11") + b"\x3a" + bytes([len(GRAPH) & 127 | 128, 1]) + GRAPH


@pytest.fixture
def model(tmp_path: Path) -> Path:
    assert 128 <= len(GRAPH) < 256  # two bytes of length
    path = tmp_path / "model.onnx"
    path.write_bytes(MODEL)
    return path


def test_the_front_part_runs_alone(model: Path) -> None:
    with OnnxFile(model) as file:
        assert file.weight("one").tolist() == [1.0, 2.0]
        front = file.until(["more"])
    session = onnxruntime.InferenceSession(front)
    (more,) = session.run(None, {"x": np.array([3.0, 4.0], np.float32)})
    assert more.tolist() == [4.0, 6.0]
    assert b"two" not in front


def test_what_is_not_there_is_named(model: Path) -> None:
    with OnnxFile(model) as file:
        with pytest.raises(WeightsUnusable, match="three"):
            file.weight("three")
        with pytest.raises(WeightsUnusable, match="nothing"):
            file.until(["nothing"])


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 400, b"no onnx", MODEL[:-100], MODEL[:3], b"\x3a\x02ab", b"\x3a\x7f"]
)
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(WeightsUnusable):
        OnnxFile(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnusable):
        OnnxFile(tmp_path / "none.onnx")

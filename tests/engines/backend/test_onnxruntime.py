"""A session is opened only on a network that has the inputs and outputs it is used with."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.release.release import Release
from engines.backend.onnxruntime import open_session
from engines.errors import WeightsUnusable


def test_names_are_checked(weights: Release) -> None:
    path = weights.path("vad_silero/silero_vad.onnx")
    open_session(path, threads=1, inputs=("sr", "input", "state"), outputs=("output", "stateN"))
    with pytest.raises(WeightsUnusable, match="takes"):
        open_session(path, threads=1, inputs=("input",))
    with pytest.raises(WeightsUnusable, match="gives"):
        open_session(path, threads=1, outputs=("probability",))


def test_a_truncated_file_is_refused(weights: Release, tmp_path: Path) -> None:
    whole = weights.path("vad_silero/silero_vad.onnx").read_bytes()
    broken = tmp_path / "half.onnx"
    broken.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsUnusable):
        open_session(broken, threads=1)

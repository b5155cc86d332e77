"""CRF decoding beside pytorch-crf, which needs torch: both run in a child in ``.venv-train``."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.core_rows.duel import Duel, Row
from engines._core import Crf

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".venv-train" / "bin" / "python"
SHAPES: Final = {"crf_viterbi": (16, 64, 23, 20.0), "crf_viterbi_one": (1, 20, 23, 5.0)}
"""Key: batch, steps, tags, and how many times faster than pytorch-crf is required."""


def what(key: str) -> str:
    """For people."""
    batch, steps, tags, _ = SHAPES[key]
    return f"Viterbi, {batch} × {steps} steps × {tags} tags"


def measured(rounds: int) -> list[Row]:
    """The rows against pytorch-crf, from the child."""
    if not PYTHON.exists():
        return [_missing(key, "no torch: make setup-train") for key in SHAPES]
    run = subprocess.run(
        [PYTHON, "-m", "benchmarks.core_rows.crf_child", str(rounds)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if run.returncode:
        return [_missing(key, f"child ended with {run.returncode}") for key in SHAPES]
    return msgspec.json.decode(run.stdout, type=list[Row])


def duels() -> list[Duel]:
    """Beside numpy, for information."""
    rng = np.random.default_rng(0)
    batch, steps, tags, _ = SHAPES["crf_viterbi"]
    transitions = rng.normal(size=(tags, tags)).astype(np.float32)
    emissions = rng.normal(size=(batch, steps, tags)).astype(np.float32)
    crf = Crf(transitions)

    def check() -> None:
        assert crf.viterbi(emissions)[0].tolist() == numpy_viterbi(emissions, transitions).tolist()

    return [
        Duel(
            key="crf_viterbi_numpy",
            what=what("crf_viterbi"),
            peer=f"numpy {np.__version__}",
            ours=lambda: crf.viterbi(emissions),
            theirs=lambda: numpy_viterbi(emissions, transitions),
            check=check,
        )
    ]


def numpy_viterbi(
    emissions: NDArray[np.float32], transitions: NDArray[np.float32]
) -> NDArray[np.int64]:
    """(B, T, K) to (B, T), one step of the whole batch at a time."""
    best = emissions[:, 0]
    back = []
    for step in range(1, emissions.shape[1]):
        reached = best[:, :, None] + transitions
        back.append(reached.argmax(axis=1))
        best = reached.max(axis=1) + emissions[:, step]
    path = [best.argmax(axis=1)]
    rows = np.arange(len(emissions))
    for pointers in reversed(back):
        path.append(pointers[rows, path[-1]])
    return np.stack(path[::-1], axis=1)


def _missing(key: str, note: str) -> Row:
    return Row(
        family="crf",
        key=key,
        what=what(key),
        ours_us=0.0,
        peer="pytorch-crf 0.7.2",
        required=SHAPES[key][3],
        note=note,
    )

"""Ours and pytorch-crf in turns, on one thread, as JSON rows. Runs in ``.venv-train``."""

from __future__ import annotations

import sys
import warnings
from importlib.metadata import version

import msgspec
import torch
from torchcrf import CRF

from benchmarks.core_rows.crf import SHAPES, what
from benchmarks.core_rows.duel import Duel, Row, fight
from engines._core import Crf


def row(key: str, rounds: int) -> Row:
    """One row."""
    batch, steps, tags, required = SHAPES[key]
    torch.manual_seed(0)
    theirs = CRF(tags, batch_first=True)
    emissions = torch.randn(batch, steps, tags)
    array = emissions.numpy()
    tables = (theirs.transitions, theirs.start_transitions, theirs.end_transitions)
    ours = Crf(*(table.detach().numpy() for table in tables))

    def check() -> None:
        assert ours.viterbi(array)[0].tolist() == theirs.decode(emissions)

    return fight(
        "crf",
        Duel(
            key=key,
            what=what(key),
            peer=f"pytorch-crf {version('pytorch-crf')}",
            ours=lambda: ours.viterbi(array),
            theirs=lambda: theirs.decode(emissions),
            required=required,
            check=check,
        ),
        rounds,
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # pytorch-crf uses what torch has deprecated
    with torch.inference_mode():
        rows = [row(key, int(sys.argv[1])) for key in SHAPES]
    sys.stdout.buffer.write(msgspec.json.encode(rows))

"""Remake the small weights that are committed: the intent head and the text emotion head.

Run ``python -m models.train_lite [--data DIR] [--weights DIR] [--out DIR]``.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from engines.nlu.script import ScriptFolder
from engines.nlu.use import SentenceEncoder
from kefu.errors import KefuError
from models.emotion import train as emotion
from models.nlu import train as intents
from models.nlu.reader import Reader


def arguments(description: str) -> argparse.ArgumentParser:
    """The options that training and evaluation share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("KEFU_DATA", "../shared/data")),
        help="folder of the public data sets (KEFU_DATA)",
    )
    parser.add_argument(
        "--weights",
        type=Path,
        default=Path(os.environ.get("KEFU_WEIGHTS", "weights")),
        help="folder that holds objects by name, such as nlu_use/weights.npz (KEFU_WEIGHTS)",
    )
    return parser


def reader(weights: Path) -> Reader:
    """The sentence reader over the objects of a folder."""
    use = SentenceEncoder(weights / "nlu_use/weights.npz", weights / "nlu_use/sp.model")
    return Reader(use, ScriptFolder(weights / "nlu_lac/q2b.dic"))


def main(argv: Sequence[str] | None = None) -> int:
    """Train both heads; with ``--out`` into another folder."""
    parser = arguments((__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, help="write here instead of over the committed files")
    options = parser.parse_args(argv)
    try:
        sentences = reader(options.weights)
    except KefuError as error:
        print(f"train-lite: {error}", file=sys.stderr)
        return error.exit_code
    for name, train, committed in (
        ("intent", intents.train, intents.OUTPUT),
        ("emotion", emotion.train, emotion.OUTPUT),
    ):
        output = options.out / committed.name if options.out else committed
        started = time.perf_counter()
        train(sentences, options.data, output)
        print(f"{name}: {output} in {time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The options that training and evaluation share, and the sentence reader that they need."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from engines.nlu.script import ScriptFolder
from engines.nlu.use import SentenceEncoder
from models.nlu.reader import Reader


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with ``--data`` and ``--weights``."""
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
        default=Path(os.environ.get("KEFU_WEIGHTS", "var/releases/lite/files")),
        help="folder of objects by name, such as nlu_use/weights.npz (KEFU_WEIGHTS)",
    )
    return parser


def script(weights: Path) -> ScriptFolder:
    """The script folder over the objects of a folder."""
    return ScriptFolder(weights / "nlu_lac/q2b.dic")


def reader(weights: Path) -> Reader:
    """The sentence reader over the objects of a folder."""
    encoder = SentenceEncoder(weights / "nlu_use/weights.npz", weights / "nlu_use/sp.model")
    return Reader(encoder, script(weights))

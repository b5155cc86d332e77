"""Remake the small weights that are committed: the intent head and the text emotion head.

Run ``python -m models.train_lite [--data DIR] [--weights DIR] [--out DIR]``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from kefu.errors import KefuError
from models.emotion import train as emotion
from models.nlu import train as intents
from models.options import arguments, reader


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

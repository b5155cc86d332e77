"""The first line of the demo's Mandarin caller as raw µ-law at 8 kHz, for a client to send.

python -m examples.raw_caller caller.ulaw
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from daemon.ctl.recordings import read_script
from engines._core import g711_encode

DEMO: Final = Path(__file__).parent / "demo"


def main(arguments: list[str]) -> int:
    """Write the file; returns the exit status."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    first = read_script(DEMO, "zh")[0]
    Path(arguments[0]).write_bytes(g711_encode(first.pcm.astype("<i2").tobytes(), "ulaw"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The two calls of `make run` as a person sees them in the terminal, for the README.

python -m benchmarks.first_call
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

from benchmarks.results import FOLDER

STATE: Final = "var"
COLUMNS: Final = "150"


def main() -> int:
    """Run both calls on a warm cache and keep what stood in the terminal."""
    command = [sys.executable, "-m", "daemon.ctl.main", "run", "--once", "--state", STATE]
    ran = subprocess.run(
        command,
        env=os.environ | {"COLUMNS": COLUMNS},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = [line.rstrip() for line in ran.stdout.splitlines()]
    text = "\n".join(line for line in lines if line) + "\n"
    print(text)
    if ran.returncode == 0:
        (FOLDER / "first_call.txt").write_text(text, encoding="utf-8")
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main())

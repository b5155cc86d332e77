"""The example scenarios without business hours: a test that runs at night must find people."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

EXAMPLES: Final = Path(__file__).parents[1] / "examples" / "scenarios"
_HOURS: Final = re.compile(r"^hours:.*\n(?: +.*\n)*", re.MULTILINE)


def always_open(folder: Path) -> Path:
    """Write them to a new folder below ``folder``, and return it."""
    scenarios = folder / "scenarios"
    scenarios.mkdir()
    for file in EXAMPLES.glob("*.yaml"):
        always = _HOURS.sub("", file.read_text(encoding="utf-8"))
        (scenarios / file.name).write_text(always, encoding="utf-8")
    return scenarios

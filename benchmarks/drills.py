"""The worker dies or hangs in each stage of a turn: what three callers hear, and how it goes on.

python -m benchmarks.drills            SIGKILL and SIGSTOP in five stages, stand-in engines
python -m benchmarks.drills --quick    one of each
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from benchmarks.hardware import hardware
from benchmarks.results import save
from tests.drills.drill import Outcome, drill
from tests.drills.faults import STAGES

SIGNALS: Final = ("SIGKILL", "SIGSTOP")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one stage of each signal")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    stages = ("hearing",) if options.quick else STAGES
    outcomes = [drill(stage, name) for name in SIGNALS for stage in stages]
    print(f"\n{hardware().line()}\n")
    print(
        f"{'drill':<22}{'calls':>6}{'whole':>7}{'silence ms':>12}{'again s':>9}{'asked again':>13}"
    )
    for outcome in outcomes:
        print(
            f"{outcome.name:<22}{outcome.calls:>6}{outcome.completed:>7}"
            f"{max(outcome.silences_ms):>12.0f}{outcome.serving_again_s:>9.1f}"
            f"{len(outcome.asked_again):>13}"
        )
    silences = [ms for outcome in outcomes for ms in outcome.silences_ms]
    p95 = float(np.quantile(silences, 0.95))
    print(f"silence p95 {p95:.0f} ms of {len(silences)} calls")
    result = {"silence_p95_ms": round(p95, 1), "drills": [_row(one) for one in outcomes]}
    save("drills", result, options.json)
    return 0


def _row(outcome: Outcome) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(outcome)
    return row | {"calls_dropped": outcome.calls - outcome.completed}


if __name__ == "__main__":
    sys.exit(main())

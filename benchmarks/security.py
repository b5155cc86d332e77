"""What ``systemd-analyze security`` says of each unit: 0 (nothing exposed) to 10 (everything).

python -m benchmarks.security [--quick] [--json FILE]
"""

from __future__ import annotations

import argparse
import configparser
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.results import save

UNITS: Final = Path(__file__).parents[1] / "systemd"
_EXPOSURE: Final = re.compile(r"Overall exposure level for .*: ([0-9.]+) (\w+)")


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """One unit."""

    unit: str
    user: str
    exposure: float
    verdict: str
    """systemd's word for it: OK, MEDIUM, EXPOSED, UNSAFE."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask for every unit in ``systemd/``; needs systemd's programs, and no running systemd."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the same: it takes a second")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    units = [exposure(path) for path in sorted(UNITS.glob("*.service"))]
    for one in units:
        print(f"{one.exposure:4.1f}  {one.verdict:<8} {one.unit} (user {one.user})")
    save("security", {"units": msgspec.to_builtins(units)}, options.json)
    return 0


def exposure(path: Path) -> Exposure:
    """Of the unit in a file. Raises CalledProcessError where systemd-analyze refuses it."""
    settings = configparser.ConfigParser(strict=False, interpolation=None)
    settings.optionxform = str  # type: ignore[assignment, method-assign]
    settings.read(path, encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        # A template is only judged as an instance.
        instance = Path(folder) / path.name.replace("@.", "@blue.")
        shutil.copy(path, instance)
        said = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", str(instance)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    found = _EXPOSURE.search(said)
    if found is None:
        raise ValueError(f"systemd-analyze judged nothing: {said[-200:]}")
    return Exposure(
        unit=path.name,
        user=settings["Service"].get("User", "root"),
        exposure=float(found[1]),
        verdict=found[2],
    )


def security_table(result: dict[str, Any]) -> str:
    """For a document."""
    rows = ["| unit | user | exposure, 0 to 10 |", "| --- | --- | --- |"]
    rows += [
        f"| `{one['unit']}` | {one['user']} | {one['exposure']:.1f} ({one['verdict']}) |"
        for one in result["units"]
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())

"""Tests named ``*_parity.py`` need torch, which lives in ``.venv-train`` alone.

Where torch is there they are ordinary tests. Elsewhere each file is one test, which runs the file
in ``.venv-train``; without that it is skipped, and under continuous integration it fails.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".venv-train" / "bin" / "python"


class NeedsTorch(pytest.Module):
    """A file whose tests run in another environment."""

    def collect(self) -> Iterator[pytest.Item]:
        yield InTrainingEnvironment.from_parent(self, name="in .venv-train")


class InTrainingEnvironment(pytest.Item):
    """The run of one file there."""

    def runtest(self) -> None:
        if not PYTHON.exists():
            reason = "no torch: `make setup-train` makes .venv-train"
            if os.environ.get("CI", "").lower() in {"1", "true"}:
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
        command: list[str | Path] = [
            PYTHON,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            self.path,
        ]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if run.returncode:
            pytest.fail(run.stdout + run.stderr, pytrace=False)


def pytest_pycollect_makemodule(module_path: Path, parent: Any) -> pytest.Module | None:
    if module_path.name.endswith("_parity.py") and find_spec("torch") is None:
        return NeedsTorch.from_parent(parent, path=module_path)
    return None

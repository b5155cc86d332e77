"""The worker's small matrix products use one thread, whatever the environment was before."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("package", ["daemon.worker", "benchmarks"])
def test_numpy_starts_no_threads_of_its_own(package: str) -> None:
    env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    program = (
        f"import os, sys, {package}\n"
        "assert 'numpy' not in sys.modules, 'too late to say how many threads'\n"
        "import numpy\n"
        "assert len(os.listdir('/proc/self/task')) == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

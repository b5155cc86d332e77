"""The run-time path stands without torch and without anything under the GPL."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
REFUSED = (
    "torch",
    "tensorrt",
    "transformers",
    "funasr",
    "faster_whisper",
    "av",
    "phonemizer",
    "espeakng",
    "piper",
    "sklearn",
    "scipy",
    "pandas",
)
PROGRAM = """
import importlib, pkgutil, sys
for name in {refused!r}:
    sys.modules[name] = None  # an import of it is an ImportError
import kefu, engines, daemon
imported = 0
for package in (kefu, engines, daemon):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
        imported += 1
print(imported)
"""


def test_every_module_imports_without_torch_or_gpl_modules() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(refused=REFUSED)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50


def test_the_client_needs_pyzmq_and_msgspec_only() -> None:
    others = ("engines", "daemon", "models", "numpy", "onnxruntime", "rich", "typer", "soxr")
    program = f"import sys\nfor name in {others!r}: sys.modules[name] = None\nimport kefu"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr


def test_nothing_reads_or_writes_pickles() -> None:
    # Published checkpoints are read off the call path by torch's reader of tensors alone.
    tensors_alone = re.compile(r"torch\.load\([^)]*weights_only=True\)")
    guilty = [
        str(path.relative_to(ROOT))
        for package in ("kefu", "engines", "daemon", "models")
        for path in (ROOT / package).rglob("*.py")
        if any(
            sign in tensors_alone.sub("", path.read_text("utf-8"))
            for sign in ("import pickle", "allow_pickle=True", "torch.load", "joblib", "marshal.")
        )
    ]
    assert guilty == []

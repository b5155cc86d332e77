"""The Python with torch in which voices are made, and the weights for it: off the call path."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from daemon.voices.errors import TrainingMissing

PROFILE: Final = "voice"
_PYTHON: Final = "KEFU_TRAIN_PYTHON"
_ROOT: Final = Path(__file__).resolve().parents[2]


def training_python() -> Path:
    """The interpreter of ``make setup-train``; KEFU_TRAIN_PYTHON names another.

    Raises:
        TrainingMissing: it is not there.
    """
    named = os.environ.get(_PYTHON)
    python = Path(named) if named else _ROOT / ".venv-train" / "bin" / "python"
    if not os.access(python, os.X_OK):
        raise TrainingMissing(f"There is no {python}.")
    return python


def training_weights(state: Path) -> Path:
    """Folder of the objects of ``kefuctl pull --profile voice``.

    Raises:
        TrainingMissing: they were not pulled.
    """
    files = state / "releases" / PROFILE / "files"
    if not (files / "tts_kokoro_float" / "model.onnx").exists():
        raise TrainingMissing(f"There are no weights to make a voice with at {files}.")
    return files

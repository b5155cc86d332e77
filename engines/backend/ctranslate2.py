"""CTranslate2 on the CPU: a Whisper model with as many threads as it is given."""

from __future__ import annotations

import os
from pathlib import Path

# Read by OpenMP when CTranslate2 loads it. Threads that spin at a barrier while synthesis holds
# the other core made a decode of 0.5 s take 13 s (two cores); threads that sleep, 0.6 s.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from ctranslate2 import StorageView
from ctranslate2.models import Whisper

from engines.errors import WeightsUnusable

__all__ = ["StorageView", "Whisper", "open_whisper"]


def open_whisper(folder: Path, *, threads: int, compute_type: str) -> Whisper:
    """The converted model in ``folder``; one utterance at a time, on ``threads`` threads.

    Raises:
        WeightsUnusable: a file is missing, broken or no multilingual Whisper.
    """
    # Without its config the library decodes all the same, and worse.
    if not (folder / "config.json").is_file():
        raise WeightsUnusable(f"{folder} has no config.json.")
    try:
        model = Whisper(
            str(folder),
            device="cpu",
            compute_type=compute_type,
            inter_threads=1,
            intra_threads=threads,
        )
    except (RuntimeError, ValueError) as error:
        raise WeightsUnusable(f"{folder} is no Whisper model that can run here: {error}") from error
    if not model.is_multilingual:
        raise WeightsUnusable(f"{folder} hears English only.")
    return model

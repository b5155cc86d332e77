"""CTranslate2 on the CPU: a Whisper model with as many threads as it is given."""

from __future__ import annotations

from pathlib import Path

import ctranslate2

from engines.errors import WeightsUnusable


def open_whisper(folder: Path, *, threads: int, compute_type: str) -> ctranslate2.models.Whisper:
    """The converted model in ``folder``; one utterance at a time, on ``threads`` threads.

    Raises:
        WeightsUnusable: a file is missing, broken or no multilingual Whisper.
    """
    # Without its config the library decodes all the same, and worse.
    if not (folder / "config.json").is_file():
        raise WeightsUnusable(f"{folder} has no config.json.")
    try:
        model = ctranslate2.models.Whisper(
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

"""What many tests share: the release with the real weights."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# As in the worker (``daemon.worker``), and like it before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from daemon.release.release import Release, load
from daemon.settings import Settings
from engines import pipeline
from engines.pipeline import Pipeline

ROOT = Path(__file__).parents[1]
STATE = Path(os.environ.get("KEFU_STATE", ROOT / "var"))


@pytest.fixture(scope="session")
def weights() -> Release:
    """The `lite` release: ``weights.path("asr_whisper")``. Absent, it is an error and no skip."""
    return load(STATE, "lite", verify=False)


@pytest.fixture(scope="session")
def lite(weights: Release) -> Iterator[Pipeline]:
    """All engines of the release, loaded once."""
    settings = Settings()
    loaded = pipeline.load(
        weights.files,
        weights.settings,
        scenarios=ROOT / settings.dialog.scenarios,
        cache=STATE / "cache",
    )
    with loaded:
        yield loaded

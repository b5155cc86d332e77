"""The engines of a release, for verbs that try one of them without a gateway."""

from __future__ import annotations

from pathlib import Path

from daemon.release.release import load as load_release
from daemon.settings import Settings
from engines import pipeline
from engines.pipeline import Pipeline


def load(state: Path, release: str) -> Pipeline:
    """Check the release and load its engines; use it with ``with``, which ends its child process.

    Raises:
        NoRelease, ObjectMissing, ObjectCorrupt …: as ``daemon.release.release.load``.
        WeightsUnusable: an engine refuses its file.
    """
    checked = load_release(state, release)
    return pipeline.load(
        checked.files,
        checked.settings,
        scenarios=Path(Settings().dialog.scenarios),
        cache=state / "cache",
    )

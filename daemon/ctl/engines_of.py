"""The engines of a release, for verbs that try one of them without a gateway."""

from __future__ import annotations

import os
from pathlib import Path

from daemon.release.release import load as load_release
from daemon.settings import load_settings
from daemon.voices.speaking import may_speak_here
from daemon.worker.speakers import preferred
from engines import pipeline
from engines.pipeline import Pipeline
from engines.tts.voice_choice import nobody


def load(state: Path, release: str, *, as_agent: bool = False) -> Pipeline:
    """Check the release and load its engines; use it with ``with``, which ends its child process.

    Scenarios are those of the settings that KEFU_CONFIG names, as on an installed box.

    Args:
        state: the state folder.
        release: name of a release, or a profile.
        as_agent: personal voices speak where they may, those of ``[personal_voices]`` unasked;
            else only stock voices do.

    Raises:
        BadSettings: KEFU_CONFIG names a file that is none.
        NoRelease, ObjectMissing, ObjectCorrupt …: as ``daemon.release.release.load``.
        WeightsUnusable: an engine refuses its file.
    """
    configured = os.environ.get("KEFU_CONFIG")
    settings = load_settings(Path(configured) if configured else None)
    checked = load_release(state, release)
    return pipeline.load(
        checked.files,
        checked.settings,
        scenarios=Path(settings.dialog.scenarios),
        cache=state / "cache",
        voices=preferred(settings.personal_voices) if as_agent else None,
        may_speak=may_speak_here(state) if as_agent else nobody,
    )

"""Errors of the engines that a person can meet."""

from __future__ import annotations

from kefu.errors import KefuError


class WeightsUnusable(KefuError):
    """A weights file is missing, broken or of another network than its name says."""

    code = "weights_unusable"
    mend = "Run `kefuctl pull` to fetch and verify the weights."


class ScenarioError(KefuError):
    """A scenario file cannot be used; the message begins with its name, line and column."""

    code = "scenario_error"
    mend = "Compare it with examples/scenarios."
    exit_code = 2

    def __init__(
        self, message: str, *, source: str, line: int = 0, column: int = 0, mend: str = ""
    ) -> None:
        where = f"{source}:{line}:{column}" if line else source
        if len(message) > 300:  # it quotes what the file says, and that can be long
            message = f"{message[:200]}…{message[-80:]}"
        super().__init__(f"{where}: {message}", mend=mend)
        self.source = source
        self.line = line
        self.column = column


class BadTensor(KefuError):
    """An engine was given an array whose shape, dtype or values are not as it states."""

    code = "bad_tensor"
    mend = "See the docstring of the engine's method for shapes and types."


class BadAudio(KefuError):
    """Audio that cannot be recognised: dtype, rate or length are not as the recogniser states."""

    code = "bad_audio"
    mend = "Give mono int16 PCM at 8000, 16000 or 24000 Hz, not longer than 30 s."


class BadReleaseSettings(KefuError):
    """The settings of a release name an unknown engine or key, or give a wrong type."""

    code = "bad_release_settings"
    mend = "Mend the `settings` of its release.json, or run `kefuctl pull` to write it anew."
    exit_code = 2

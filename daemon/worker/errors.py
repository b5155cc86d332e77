"""What can keep a worker from serving."""

from __future__ import annotations

from typing import ClassVar

from kefu.errors import KefuError


class CanaryFailed(KefuError):
    """The canary turn got no answer, or a wrong one: this release must not serve."""

    code: ClassVar[str] = "canary_failed"
    mend: ClassVar[str] = (
        "The message names the stage. `kefuctl pull` checks every file of the release again; "
        "if they are right, this machine runs it wrongly: report it with `kefuctl doctor --json`."
    )


class HelloTooLong(KefuError):
    """The hold prompts do not fit into one message: the gateway would end the connection."""

    code: ClassVar[str] = "hello_too_long"
    mend: ClassVar[str] = "Shorten the hold prompts."

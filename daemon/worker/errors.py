"""What can keep a worker from serving."""

from __future__ import annotations

from typing import ClassVar

from kefu.errors import KefuError


class CanaryFailed(KefuError):
    """The canary turn got no answer, or a wrong one: this release must not serve."""

    code: ClassVar[str] = "canary_failed"
    mend: ClassVar[str] = (
        "The release is damaged or unfit: run `kefuctl pull`, then `kefuctl doctor`."
    )

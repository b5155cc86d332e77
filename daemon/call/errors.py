"""What can be wrong with the data of a call."""

from __future__ import annotations

from typing import ClassVar

from kefu.errors import KefuError


class BadSnapshot(KefuError):
    """A snapshot of a call that no worker of this release wrote."""

    code: ClassVar[str] = "bad_snapshot"
    mend: ClassVar[str] = (
        "The call is greeted anew. If it happens again, report the line before it in the "
        "worker's log."
    )

"""Invitations to record a voice, answered beside the business system: reads a file, writes none."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from daemon.business.adapter import Business
from daemon.business.operations import Operation
from daemon.voices.errors import VoiceError
from daemon.voices.invitation import OPERATION, answer
from engines.dialog.moves import BusinessCall, BusinessResult

log = logging.getLogger(__name__)

BUILT_IN: Final = {
    OPERATION: Operation(
        statements=(),
        arguments=("code",),
        returns=("voice", "language", "who", "purpose", "company", "consented", "done"),
    )
}
"""What every business system can be asked in addition."""
MOST_WRONG: Final = 30
WRONG_IN_S: Final = 3600.0
"""So many wrong codes in so long, over all calls; then no code is looked up until they are old."""


class WithInvitations:
    """Implements ``daemon.business.adapter.Business``; may be called from any thread.

    Args:
        business: answers everything else.
        state: the state folder.
        wall: the wall clock, UTC.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        business: Business,
        state: Path,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._business = business
        self._state = state
        self._wall = wall
        self._clock = clock
        self._wrong: list[float] = []
        self._lock = threading.Lock()

    def call(self, call: BusinessCall) -> BusinessResult:
        """The answer; ``refused`` while too many wrong codes have come."""
        if call.name != OPERATION:
            return self._business.call(call)
        failed = BusinessResult(name=call.name, ok=False, error="refused")
        if set(call.arguments) != {"code"} or call.changes or self._guessing():
            log.warning("invitation refused")
            return failed
        try:
            values = answer(self._state, call.arguments["code"], self._wall())
        except (VoiceError, OSError) as reason:
            log.error("invitations unreadable reason=%s", reason)
            return BusinessResult(name=call.name, ok=False, error="unavailable")
        if values is None:
            with self._lock:
                self._wrong.append(self._clock())
            return BusinessResult(name=call.name, ok=False, error="not_found")
        return BusinessResult(name=call.name, ok=True, values=values)

    def _guessing(self) -> bool:
        with self._lock:
            since = self._clock() - WRONG_IN_S
            self._wrong = [at for at in self._wrong if at > since]
            return len(self._wrong) >= MOST_WRONG

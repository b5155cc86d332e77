"""How a worker ends: SIGTERM behind its last call, SIGINT or a second SIGTERM at once."""

from __future__ import annotations

import asyncio
import signal
from typing import Final

from daemon.worker.announcer import Announcer
from daemon.worker.call_table import CallTable

AFTER_GATEWAY_S: Final = 5.0
"""The gateway closes what is left after ``drain_s``: the worker outlasts that."""
ON_THE_WAY_S: Final = 0.2
"""A call that the gateway took just before both were told to end is still served."""


def end_with_signals(
    serving: asyncio.Task[None], calls: CallTable, announcer: Announcer, drain_s: float
) -> None:
    """Install the handlers; ``serving`` ends by itself once ``calls`` is draining and empty.

    ``systemctl stop kefu.target`` sends SIGTERM to gateway and worker at the same time: the
    gateway's live calls must be served on until they have ended.
    """
    loop = asyncio.get_running_loop()

    def drain() -> None:
        if announcer.stopping:
            serving.cancel()
            return
        announcer.stop()
        loop.call_later(ON_THE_WAY_S, calls.drain)
        loop.call_later(drain_s + AFTER_GATEWAY_S, serving.cancel)

    loop.add_signal_handler(signal.SIGTERM, drain)
    loop.add_signal_handler(signal.SIGINT, serving.cancel)

"""What acts upon calls, in one place: who handles messages need not know who does what."""

from __future__ import annotations

from daemon.gateway.caller_hold import CallerHold
from daemon.gateway.cuts import Cuts
from daemon.gateway.lines import Lines
from daemon.gateway.resumption import Resumption
from daemon.gateway.switchboard import Switchboard
from daemon.gateway.transfers import Transfers
from daemon.gateway.worker_watch import WorkerWatch


class Desk:
    """The switchboard and everything that is done with its calls."""

    def __init__(self, switchboard: Switchboard) -> None:
        """``switchboard``: whose calls they are."""
        self.switchboard = switchboard
        self.cuts = Cuts(switchboard)
        self.transfers = Transfers(switchboard)
        self.hold = CallerHold(switchboard, self.cuts)
        self.resumption = Resumption(switchboard)
        self.lines = Lines(switchboard, self.cuts, self.transfers)
        self.watch = WorkerWatch(switchboard, self.transfers)

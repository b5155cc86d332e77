"""How long callers waited in the last turns, for whoever asks now."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from daemon.control import Waits
from daemon.records.quantile import quantile
from daemon.records.wait import wait_ms
from kefu.records import Turn

REMEMBERED: Final = 200


class RecentWaits:
    """The waits of the last 200 turns, each once however often its record is settled."""

    def __init__(self) -> None:
        self._waits_ms: OrderedDict[tuple[str, int], float] = OrderedDict()

    def note(self, turn: Turn) -> None:
        """A turn was recorded."""
        waited = wait_ms(turn.ledger)
        if waited is None:
            return
        self._waits_ms[turn.call, turn.number] = waited
        if len(self._waits_ms) > REMEMBERED:
            self._waits_ms.popitem(last=False)

    def summary(self) -> Waits | None:
        """None before the first turn that was answered."""
        waits = list(self._waits_ms.values())
        p50, p95 = quantile(waits, 0.50), quantile(waits, 0.95)
        if p50 is None or p95 is None:
            return None
        return Waits(turns=len(waits), p50_s=round(p50 / 1000, 3), p95_s=round(p95 / 1000, 3))

"""Which clients sent messages that are none, and which are ignored for it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

REMEMBERED: Final = 1_024


class Peers:
    """Counts malformed messages by routing id. The table is bounded: the oldest are forgotten."""

    def __init__(self, most: int, ignore_s: float) -> None:
        """``most`` malformed messages make a peer ignored for ``ignore_s`` seconds."""
        self._most = most
        self._ignore_s = ignore_s
        self._strikes: OrderedDict[bytes, int] = OrderedDict()
        self._ignored_until: OrderedDict[bytes, float] = OrderedDict()

    def ignored(self, peer: bytes, now: float) -> bool:
        """Whether nothing of this peer is read now."""
        until = self._ignored_until.get(peer)
        if until is None:
            return False
        if now < until:
            return True
        del self._ignored_until[peer]
        return False

    def strike(self, peer: bytes, now: float) -> bool:
        """Count one malformed message; True where it was one too many."""
        count = self._strikes.pop(peer, 0) + 1
        if count >= self._most:
            _remember(self._ignored_until, peer, now + self._ignore_s)
            return True
        _remember(self._strikes, peer, count)
        return False


def _remember(
    table: OrderedDict[bytes, float] | OrderedDict[bytes, int], peer: bytes, value: float | int
) -> None:
    table[peer] = value  # type: ignore[assignment]
    if len(table) > REMEMBERED:
        table.popitem(last=False)

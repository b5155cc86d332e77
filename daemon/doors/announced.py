"""What the dialplan says of a caller before AudioSocket() brings him, who carries no number."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

MOST_WAITING: Final = 1_024
"""Of whoever announces more than that come, the oldest are forgotten."""
EXPIRES_S: Final = 30.0
"""The dialplan says so just before the call; a caller who has not come by then has hung up."""
_NUMBER: Final = re.compile(r"[\w.@+*#:-]{1,64}", re.ASCII)


class Announced(msgspec.Struct, frozen=True):
    """Numbers as the dialplan gave them; empty: not known."""

    caller: str = ""
    called: str = ""


class Announcements:
    """Numbers by UUID, until the caller comes or for ``EXPIRES_S``."""

    def __init__(self, now: Callable[[], float]) -> None:
        """``now``: seconds that never go back."""
        self._now = now
        self._waiting: OrderedDict[str, tuple[float, Announced]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, uuid: str, caller: str, called: str) -> None:
        """Keep them; what is not written as a number or a name of SIP is not known."""
        self._waiting.pop(uuid, None)
        numbers = Announced(_number(caller), _number(called))
        self._waiting[uuid] = (self._now() + EXPIRES_S, numbers)
        while self._waiting:
            until, _ = next(iter(self._waiting.values()))
            if until > self._now() and len(self._waiting) <= MOST_WAITING:
                break
            self._waiting.popitem(last=False)

    def take(self, uuid: str) -> Announced:
        """Those of a caller who has come; each once."""
        until, numbers = self._waiting.pop(uuid, (0.0, Announced()))
        return numbers if until > self._now() else Announced()


def _number(text: str) -> str:
    return text if _NUMBER.fullmatch(text) else ""

"""How many calls are taken at once, and on whose word: a pure function."""

from __future__ import annotations

import msgspec

from daemon.control import LimitSource


class CallLimit(msgspec.Struct, frozen=True, kw_only=True):
    """The most calls at once."""

    calls: int
    source: LimitSource


def call_limit(setting: int, measured: int | None, cores: int, capacity: int) -> CallLimit:
    """The setting (0: none), else what was measured, else the cores; never above the worker.

    Args:
        setting: ``gateway.max_calls``.
        measured: ``stored_capacity`` for the worker's release.
        cores: that this machine has.
        capacity: what the worker said in HELLO.
    """
    wanted = CallLimit(calls=cores, source="cores")
    if setting:
        wanted = CallLimit(calls=setting, source="setting")
    elif measured:
        wanted = CallLimit(calls=measured, source="measured")
    return wanted if wanted.calls <= capacity else CallLimit(calls=capacity, source="worker")

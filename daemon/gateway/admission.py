"""Whether one more call is taken: a pure function of what is asked and what is running."""

from __future__ import annotations

import msgspec

from kefu.errors import BadRate, Busy, Draining, NoWorker, UnknownScenario
from kefu.protocol import RATES_HZ, Open


class House(msgspec.Struct, frozen=True, kw_only=True):
    """What is running."""

    calls: int
    most_calls: int
    """0 where no worker is ready."""
    draining: bool = False
    busy_retry_ms: int
    no_worker_retry_ms: int
    scenarios: tuple[str, ...] = ()
    """Those of the worker; empty: not known."""


def admit(asked: Open, house: House) -> None:
    """Return where the call is taken. Raises BadRate, Draining, NoWorker, UnknownScenario, Busy."""
    if asked.rate_hz not in RATES_HZ[asked.codec]:
        raise BadRate(f"{asked.codec} at {asked.rate_hz} Hz is not served.")
    if house.draining:
        raise Draining("No new calls are taken.", retry_after_ms=house.busy_retry_ms)
    if house.most_calls == 0:
        raise NoWorker("No worker is ready.", retry_after_ms=house.no_worker_retry_ms)
    if asked.scenario and house.scenarios and asked.scenario not in house.scenarios:
        loaded = ", ".join(house.scenarios)
        raise UnknownScenario(f"There is no scenario {asked.scenario!r}; loaded: {loaded}.")
    if house.calls >= house.most_calls:
        raise Busy(
            f"All {house.most_calls} calls that fit are being served.",
            retry_after_ms=house.busy_retry_ms,
        )

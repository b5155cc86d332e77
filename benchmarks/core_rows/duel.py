"""Two ways to the same answer, timed in turns in one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Final

import msgspec

SAMPLE_S: Final = 0.004
"""One timing covers so many repeats that it lasts at least this."""
ROUNDS: Final = 31
QUICK_ROUNDS: Final = 7


class Duel(msgspec.Struct, frozen=True, kw_only=True):
    """Ours against a named peer's."""

    key: str
    """Name of the ratio in the results; rows of one key count by the worst of them."""
    what: str
    """For people: input and size."""
    peer: str
    """Name and version."""
    ours: Callable[[], object]
    theirs: Callable[[], object]
    required: float | None = None
    """How many times faster ours must be; None: for information."""
    check: Callable[[], None] | None = None
    """Asserts that both give the same answer; run before anything is timed."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What something of ours costs, without a peer."""

    key: str
    what: str
    run: Callable[[], object]
    unit: str
    """Of what ``per_run`` scales to, as ``ms a call-second``."""
    per_run: float = 1.0
    """Multiplies the milliseconds of one run."""
    limit: float | None = None
    """In ``unit``; None: for information."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table."""

    family: str
    key: str
    what: str
    ours_us: float
    peer: str = ""
    theirs_us: float | None = None
    ratio: float | None = None
    """Median over rounds of theirs ÷ ours, each pair timed one after the other."""
    required: float | None = None
    value: float | None = None
    """Of a budget, in ``unit``."""
    unit: str = ""
    limit: float | None = None
    note: str = ""
    """Why there is no figure, or what to know about it."""

    @property
    def short(self) -> bool:
        """Below what is required, or above its limit; a required figure that is missing is."""
        if self.required is not None:
            return self.ratio is None or self.ratio < self.required
        return self.limit is not None and (self.value is None or self.value > self.limit)


def fight(family: str, duel: Duel, rounds: int = ROUNDS) -> Row:
    """Check, then time both in turns; each round the other one begins."""
    if duel.check is not None:
        duel.check()
    our_repeats, their_repeats = _repeats(duel.ours), _repeats(duel.theirs)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds):
        if number % 2:
            theirs.append(_time(duel.theirs, their_repeats))
            ours.append(_time(duel.ours, our_repeats))
        else:
            ours.append(_time(duel.ours, our_repeats))
            theirs.append(_time(duel.theirs, their_repeats))
    pairs = zip(theirs, ours, strict=True)
    return Row(
        family=family,
        key=duel.key,
        what=duel.what,
        ours_us=statistics.median(ours) * 1e6,
        peer=duel.peer,
        theirs_us=statistics.median(theirs) * 1e6,
        ratio=statistics.median(their / our for their, our in pairs),
        required=duel.required,
    )


def spend(family: str, budget: Budget, rounds: int = ROUNDS) -> Row:
    """Time what has no peer."""
    repeats = _repeats(budget.run)
    seconds = statistics.median(_time(budget.run, repeats) for _ in range(rounds))
    return Row(
        family=family,
        key=budget.key,
        what=budget.what,
        ours_us=seconds * 1e6,
        value=seconds * 1e3 * budget.per_run,
        unit=budget.unit,
        limit=budget.limit,
    )


def _repeats(run: Callable[[], object]) -> int:
    """So many that a timing lasts long enough; warms up on the way."""
    repeats = 1
    while (took := _time(run, repeats) * repeats) < SAMPLE_S:
        repeats = max(repeats * 2, int(repeats * SAMPLE_S / max(took, 1e-9)))
    return repeats


def _time(run: Callable[[], object], repeats: int) -> float:
    """Seconds of one run."""
    began = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - began) / repeats

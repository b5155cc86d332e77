"""Times of signed records, and a clock that cannot be right."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

from daemon.voices.errors import ClockWrong, VoiceError

EARLIEST: Final = datetime(2026, 1, 1, tzinfo=timezone.utc)
"""No box is older than this software: what is earlier is a clock that was never set."""
TOLERANCE: Final = timedelta(minutes=2)
"""So far a clock that is being set may go back."""
FURTHEST: Final = timedelta(days=3653)
"""No ledger rests for ten years: what is later is a clock that was set wrong."""

_FIRST_YEAR: Final = 1970
"""A clock that was never set starts there, and a revocation is dated by it all the same."""
_LAST_YEAR: Final = 9998
"""A little may be added to any time."""


def written(instant: datetime) -> str:
    """ISO 8601, UTC, to the second."""
    return instant.astimezone(timezone.utc).isoformat(timespec="seconds")


def read_instant(text: str) -> datetime:
    """What ``written`` wrote.

    Raises:
        VoiceError: it is no time with a zone, or one that no clock shows.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as reason:
        raise VoiceError(f"{text[:40]!r} is no time.") from reason
    if instant.tzinfo is None:
        raise VoiceError(f"{text!r} has no zone.")
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise VoiceError(f"{text!r} is no time that a clock shows.")
    return instant


def is_behind(now: datetime, instant: datetime) -> bool:
    """Whether the clock was never set, or stands before an instant that has been."""
    return now < EARLIEST or now + TOLERANCE < instant


def is_wrong(now: datetime, latest: datetime | None) -> bool:
    """Whether the clock stands before what has been written already, far behind it, or at no time.

    Args:
        now: of the clock, with a zone.
        latest: of the ledger's entries.
    """
    if latest is None:
        return now < EARLIEST
    return is_behind(now, latest) or now - latest > FURTHEST


def check(now: datetime, latest: datetime | None) -> None:
    """Raises ClockWrong where ``is_wrong``."""
    if is_wrong(now, latest):
        side = "before" if latest and now < latest else "far behind"
        than = f", {side} the ledger's last entry at {written(latest)}" if latest else ""
        raise ClockWrong(f"This machine's clock says {written(now)}{than}.")

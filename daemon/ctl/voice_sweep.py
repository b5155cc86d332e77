"""``kefuctl voice sweep``: voices whose consent has run out go; what the nightly timer runs."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Final

from daemon.ctl import places
from daemon.ctl.output import people, print_json
from daemon.voices.revoke import Removed, sweep_expired

_ENDED: Final = {"expired": "run out", "revoked": "been taken back"}


def sweep(state: places.State = places.STATE, json: places.Json = False) -> None:
    """Remove voices whose consent has run out, and finish removals that were interrupted.

    It says nothing where there is nothing to do. A removal that fails ends it with an error after
    all others were made; nothing expires while the clock is wrong.

    Examples:
        kefuctl voice sweep
    """
    gone = sweep_expired(state, datetime.now(timezone.utc))
    tell(gone)
    if json:
        print_json(gone)


def tell(gone: tuple[Removed, ...]) -> None:
    """Say which voices went: by their names, since this is kept in the journal."""
    for one in gone:
        people.print(f"{one.voice}: its consent has {_ENDED[one.event]}; it was removed.")

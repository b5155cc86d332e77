"""``kefuctl calls rate``: a supervisor says how the voice of a call sounded."""

from __future__ import annotations

import getpass
import os
from typing import Annotated

import typer

from daemon.ctl import places
from daemon.ctl.calls_options import CallId, records_with_calls
from daemon.ctl.output import print_json, results, shown
from daemon.ctl.owner import become_owner
from daemon.records import ratings

_LONGEST_NAME = 80


def rate(
    call: CallId,
    score: Annotated[int, typer.Argument(min=1, max=5, help="5 excellent … 1 bad.")],
    by: Annotated[str, typer.Option(help="Who rates it; else who is logged in.")] = "",
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Rate the voice of a call. Who rates a call again replaces his own rating.

    Examples:
        kefuctl calls rate 3f2a 4

        kefuctl calls rate 3f2a 2 --by chen
    """
    name = by.strip() or _logged_in()
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise typer.BadParameter(f"A name has 1 to {_LONGEST_NAME} characters.", param_hint="--by")
    become_owner(places.records(state))
    rating = ratings.rate(records_with_calls(state), call.lower(), score, name)
    if json:
        print_json(rating)
        return
    voice = shown(rating.voice) or "unknown"
    results.print(f"Call {rating.call[:12]}: {rating.score} by {shown(name)}, the voice {voice}.")


def _logged_in() -> str:
    """Before ``sudo``, where there was one."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return str(os.getuid())

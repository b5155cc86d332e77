"""``kefuctl voice invitations``: who is invited to record a voice by telephone, and how far."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from daemon.ctl import places
from daemon.ctl.output import print_json, results, shown
from daemon.ctl.owner import become_owner
from daemon.voices.invitation import (
    Invitation,
    has_consent,
    open_invitations,
    sentences_done,
    withdraw,
)


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """One that is open, as ``--json`` prints it; its code is nowhere."""

    voice: str
    who: str
    language: str
    issued_at: str
    expires_at: str
    consented: bool
    sentences: int
    """That are enrolled and usable."""


def invitations(
    end: Annotated[
        str,
        typer.Option(
            "--withdraw",
            metavar="VOICE",
            help="End that of a voice: its code holds no more.",
        ),
    ] = "",
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """List the open invitations to record a voice by telephone, or withdraw one.

    Codes are not shown: whoever has lost one is invited again, which ends the one before.

    Examples:
        kefuctl voice invitations

        kefuctl voice invitations --withdraw wang-li
    """
    now = datetime.now(timezone.utc)
    if end:
        become_owner(state / "voices")
        ended = withdraw(state, end, now)
        if json:
            print_json(_told(state, ended))
        else:
            results.print(f"The code of {ended.voice} holds no more.")
        return
    found = [_told(state, one) for one in open_invitations(state, now)]
    if json:
        print_json(found)
    else:
        results.print(_table(found) if found else "No invitation is open.")


def _told(state: Path, one: Invitation) -> Open:
    return Open(
        voice=one.voice,
        who=one.who,
        language=one.language,
        issued_at=one.issued_at,
        expires_at=one.expires_at,
        consented=has_consent(state, one),
        sentences=len(sentences_done(state, one)),
    )


def _table(found: list[Open]) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for heading in ("voice", "who", "", "issued", "holds until", "consent", "sentences"):
        table.add_column(heading)
    for one in found:
        table.add_row(
            one.voice,
            shown(one.who),
            one.language,
            one.issued_at[:10],
            one.expires_at[:16],
            "yes" if one.consented else "no",
            str(one.sentences),
        )
    return table

"""``kefuctl voice revoke``: a speaker takes the consent back, and the voice goes."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer

from daemon.ctl import places
from daemon.ctl.output import people, print_json, shown
from daemon.voices import revoke as revocation


def revoke(
    name: Annotated[str, typer.Argument(help="Of the voice.")],
    by: Annotated[str, typer.Option(help="Name of the person who asks for it.")],
    reason: Annotated[str, typer.Option(help="In their words; it stays on record.")] = "",
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Take a voice away for good, from the next reply on at the latest.

    Calls go on in the stock voice. Samples, consent, voice, cached phrases are deleted, and the
    releases that hold the voice are written without it; what stays is a signed record that this
    was done, and what a copy of the consent would be known by. Interrupted, the same command goes
    on.

    Examples:
        kefuctl voice revoke wang-xiaoming --by "Wang Xiaoming" --reason "leaves the company"
    """
    done = revocation.revoke(state, name, by=by, reason=reason, now=datetime.now(timezone.utc))
    if json:
        print_json(done)
        return
    people.print(
        f"[bold]{name}[/bold] was {done.event} at {done.at} by {shown(done.by)}; "
        "nothing of it is left here but recordings of calls in which it spoke to customers, and "
        "what a copy of the consent would be known by.",
        soft_wrap=True,
    )
    if done.releases:
        people.print(f"Without it: {', '.join(done.releases)}", soft_wrap=True)
    if done.exported:
        people.print(
            f"It was exported at {', '.join(done.exported)}: destroy those archives, and revoke it "
            "on the boxes that have taken them.",
            soft_wrap=True,
        )

"""``kefuctl voice approve``: somebody has listened, and the voice may speak."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer

from daemon.ctl import places
from daemon.ctl.output import people, print_json, shown
from daemon.settings import load_settings
from daemon.voices import approval


def approve(
    name: Annotated[str, typer.Argument(help="Of the voice.")],
    by: Annotated[str, typer.Option(help="Name of the person who has listened to it.")],
    state: places.State = places.STATE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Let a voice speak, after listening to it (kefuctl voice test, listen-test).

    It needs a consent that holds and a card without refusals. The voice becomes part of the
    release; the worker has it from its next start on.

    Examples:
        kefuctl voice approve wang-xiaoming --by "Chen Li"
    """
    settings = load_settings(config).personal_voices
    done = approval.approve(
        state,
        name,
        by=by,
        now=datetime.now(timezone.utc),
        least_likeness=settings.least_likeness,
    )
    if json:
        print_json(done)
        return
    people.print(
        f"[bold]{name}[/bold] may speak until {done.approval.expires_at}, approved by "
        f"{shown(done.approval.by)}; in {', '.join(done.releases) or 'no release yet'}.\n"
        "The worker has it from its next start on: sudo systemctl restart 'kefu-worker@*'",
        soft_wrap=True,
    )

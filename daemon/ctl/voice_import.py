"""``kefuctl voice import``: a voice from another box, whose key is known."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer

from daemon.ctl import places
from daemon.ctl.output import people, print_json, shown
from daemon.voices import archive


def bring(
    file: Annotated[Path, typer.Argument(help="Archive that `kefuctl voice export` wrote.")],
    trust: Annotated[
        Path, typer.Option(help="Public key of the box that wrote it (kefuctl voice key).")
    ],
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Take a voice from another box. It speaks after `kefuctl voice approve` here.

    Its consent keeps its end, and may be revoked here like any other.

    Examples:
        kefuctl voice import wang-xiaoming.tar --trust other-box.pub
    """
    brought = archive.bring(state, file, trust=trust, now=datetime.now(timezone.utc))
    if json:
        print_json(brought)
        return
    people.print(
        f"[bold]{brought.voice}[/bold] of {shown(brought.who)} has come from the box with the key "
        f"{brought.key_id}; consent until {brought.expires_at}.\n"
        f"Listen: kefuctl voice test {brought.voice} -o {brought.voice}.wav\n"
        f"Then:   kefuctl voice approve {brought.voice} --by YOUR-NAME",
        soft_wrap=True,
    )

"""``kefuctl voice export``: a voice with its consent and card as one file, for another box."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from daemon.ctl import places
from daemon.ctl.errors import CannotWrite
from daemon.ctl.output import people, print_json
from daemon.voices import archive


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    voice: str
    file: str
    bytes: int
    sha256: str


def export(
    name: Annotated[str, typer.Argument(help="Of the voice.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Archive to write, NAME.tar.")],
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Write a voice with its consent and card into one signed file. The samples stay here.

    The other box needs this one's key (kefuctl voice key), and an approval of its own. Whoever
    revokes the voice later has to revoke it there too: the ledger remembers that it was exported.

    Examples:
        kefuctl voice export wang-xiaoming -o wang-xiaoming.tar
    """
    if not out.parent.is_dir():
        raise CannotWrite(f"There is no folder {out.parent}.")
    content = archive.export(state, name, now=datetime.now(timezone.utc))
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        # A voice is nobody else's business.
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        raise CannotWrite(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    done = Exported(
        voice=name, file=str(out), bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    if json:
        print_json(done)
    else:
        people.print(
            f"{out}: {done.bytes / 1e6:.1f} MB. There: kefuctl voice import {out.name} "
            "--trust KEY, with the key that `kefuctl voice key` prints here.",
            markup=False,
            soft_wrap=True,
        )

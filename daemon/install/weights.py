"""A release, with its objects, from one state folder into another.

``python -m daemon.install.weights SOURCE TARGET NAME``
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from daemon.objects.store import Store, chunks
from daemon.release.manifest import Object, read
from daemon.voices.release import with_voices, write_with_voices
from kefu.errors import KefuError


def copy_release(source: Path, target: Path, name: str) -> tuple[str, int]:
    """Bring the release ``name`` of ``source`` into ``target``, and point its profile at it.

    Objects that are there stay. The others are linked where both folders lie on one disk and
    nobody but this process's user can write them, else copied; their digests are checked.
    Personal voices of ``source`` stay there: those approved in ``target`` take their place.

    Returns:
        The release's full name, and how many bytes were brought.

    Raises:
        NoRelease, ManifestInvalid: there is no such release in ``source``.
        ObjectMissing, ObjectCorrupt, DigestMismatch: of an object of it.
        DiskFull: no room in ``target``.
    """
    found = read((source / "releases" / name).resolve() / "release.json")
    manifest = with_voices(target, found)
    ours, theirs = Store(target / "objects"), Store(source / "objects")
    brought = 0
    for key, one in manifest.objects.items():
        if not ours.has(one.sha256, one.bytes):
            _bring(one, key, theirs, ours)
            brought += one.bytes
    return write_with_voices(target, manifest).name, brought


def _bring(one: Object, key: str, theirs: Store, ours: Store) -> None:
    found = theirs.verify(one.sha256, one.bytes, what=key)
    place = ours.path(one.sha256)
    if _linked(found, place):
        return
    with found.open("rb") as file:
        ours.add(chunks(file), sha256=one.sha256, what=key)


def _linked(found: Path, place: Path) -> bool:
    """Whether one file could have both names: an object is never written after it was made."""
    there = found.stat()
    if there.st_uid != os.geteuid() or there.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        place.unlink(missing_ok=True)
        place.hardlink_to(found.resolve())
    except OSError:
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Bring one release and say so; returns the exit status."""
    source, target, name = sys.argv[1:] if arguments is None else arguments
    try:
        release, brought = copy_release(Path(source), Path(target), name)
    except KefuError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return error.exit_code
    print(f"release {release}: {brought / 1e6:.0f} MB brought")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Writing a release: its folder appears whole, then the profile's name points at it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from daemon.objects.store import Store, disk_full_as_error, sync_folder
from daemon.release.manifest import Manifest, encode


def write(state: Path, manifest: Manifest) -> Path:
    """Write ``releases/NAME`` and point ``releases/PROFILE`` at it; returns the folder.

    A release that is there already with the same content is left as it is.

    Raises:
        DiskFull: nothing was changed.
        OSError: a folder cannot be written, or somebody else writes there.
    """
    folder = write_folder(state, manifest)
    releases = state / "releases"
    with disk_full_as_error("the release"):
        pointer = releases / f".{manifest.profile}.pointer"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(manifest.name)
        pointer.replace(releases / manifest.profile)
        sync_folder(releases)
    return folder


def write_folder(state: Path, manifest: Manifest) -> Path:
    """Write ``releases/NAME`` alone: nothing points at it yet. Raises what ``write`` raises."""
    releases = state / "releases"
    folder = releases / manifest.name
    with disk_full_as_error("the release"):
        releases.mkdir(parents=True, exist_ok=True)
        if not _is_whole(folder, manifest):
            draft = releases / f".{manifest.name}.draft"
            _remove(draft)
            try:
                _fill(draft, state, manifest)
                _remove(folder)
                draft.rename(folder)
            finally:
                _remove(draft)
        sync_folder(releases)
    return folder


def _remove(folder: Path) -> None:
    """What is there, if anything; of a link the link alone."""
    if folder.is_symlink():
        folder.unlink(missing_ok=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _is_whole(folder: Path, manifest: Manifest) -> bool:
    try:
        same = (folder / "release.json").read_bytes() == encode(manifest)
    except OSError:
        return False
    return same and all((folder / "files" / name).exists() for name in manifest.objects)


def _fill(folder: Path, state: Path, manifest: Manifest) -> None:
    store = Store(state / "objects")
    folder.mkdir()  # ours alone, or not at all
    for name, one in manifest.objects.items():
        link = folder / "files" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        # Relative, so that the state folder can be moved as a whole.
        link.symlink_to(os.path.relpath(store.path(one.sha256), link.parent))
    with (folder / "release.json").open("xb") as file:
        file.write(encode(manifest))
        file.flush()
        os.fsync(file.fileno())
    for path in (*folder.rglob("*"), folder):
        if path.is_dir() and not path.is_symlink():
            sync_folder(path)

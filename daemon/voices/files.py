"""The files of a voice: written whole or not at all, and read as what they say they are."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from daemon.objects.store import disk_full_as_error, sync_folder
from daemon.voices.errors import NoSuchVoice, VoiceError
from daemon.voices.ordinary_file import read_ordinary

S = TypeVar("S", bound=msgspec.Struct)
_MAX_BYTES: Final = 8 << 20


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, for whom the one above them belongs to.

    On an installed box root enrols, and the user ``kefu-voices`` makes the voice.

    Raises:
        OSError: it cannot be made.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    # By descriptors: whoever owns the folder above may lay a link in the new one's place.
    above = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder.name, dir_fd=above)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        new = os.open(folder.name, flags, dir_fd=above)
        try:
            if os.geteuid() == 0:
                owner = os.fstat(above)
                os.fchown(new, owner.st_uid, owner.st_gid)
        finally:
            os.close(new)
    finally:
        os.close(above)


def write_bytes(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of what is there, durably.

    Raises:
        DiskFull: nothing was changed.
        OSError: likewise.
    """
    with disk_full_as_error(path.name):
        make_folder(path.parent)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), 0o640)
                if os.geteuid() == 0:  # the service reads what root writes
                    owner = path.parent.stat()
                    os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
                os.fsync(file.fileno())
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(path.parent)


def write_record(path: Path, record: msgspec.Struct) -> None:
    """Write a record as JSON for people and programs. Raises what ``write_bytes`` raises."""
    write_bytes(path, msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")


def read_record(path: Path, kind: type[S]) -> S:
    """Read what ``write_record`` wrote.

    Raises:
        NoSuchVoice: there is no such file.
        VoiceError: it is damaged; the message names file and place.
    """
    try:
        content = read_ordinary(path, _MAX_BYTES)
        if len(content) > _MAX_BYTES:
            raise VoiceError(f"{path} is larger than {_MAX_BYTES} bytes.")
        return msgspec.json.decode(content, type=kind)
    except FileNotFoundError as reason:
        raise NoSuchVoice(f"There is no {path}.") from reason
    except OSError as reason:
        raise VoiceError(f"{path} cannot be read: {reason.strerror}.") from reason
    except (ValueError, msgspec.MsgspecError, RecursionError) as reason:
        raise VoiceError(f"{path} is damaged: {str(reason)[:200]}.") from reason

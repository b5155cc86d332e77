"""Deletion below the state folder: no link leads it elsewhere, and no obstacle stops the rest."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from kefu.errors import KefuError

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_FOLDER: Final = (errno.ENOTDIR, errno.ELOOP)


class Failures:
    """Lets each step of a removal fail by itself; ``check`` raises what the first one raised."""

    def __init__(self) -> None:
        self._found: list[OSError | KefuError] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep what the step inside raises."""
        try:
            yield
        except (OSError, KefuError) as failure:
            self._found.append(failure)

    def check(self) -> None:
        """Raises OSError, KefuError: as a step did."""
        if self._found:
            raise self._found[0]


def remove(state: Path, *names: str) -> None:
    """Remove ``names[-1]`` in the folders ``names[:-1]`` below ``state``: a file, link or folder.

    It is out of the way at once, as ``.NAME.gone``, so that a job in it ends instead of writing on;
    what an interrupted run has left there goes too.

    Raises:
        OSError: it cannot be removed, or one of the folders that lead to it is a link.
    """
    *above, name = names
    gone = f".{name}.gone"
    with opened(state, *above) as folder:
        if folder is None:
            return
        _remove(folder, gone)
        with suppress(FileNotFoundError):
            os.rename(name, gone, src_dir_fd=folder, dst_dir_fd=folder)
        _remove(folder, gone)
        os.fsync(folder)


@contextmanager
def opened(state: Path, *names: str) -> Iterator[int | None]:
    """A descriptor of the folder ``names`` below ``state``, behind no link; None: there is none.

    Raises:
        OSError: one of the folders that lead to it is a link, or cannot be opened.
    """
    folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for one in names:
            inner = _opened(folder, one)
            if inner is None:
                yield None
                return
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def is_there(path: Path) -> bool:
    """Whether there is anything of it: a file, folder or link, or what is left of its removal."""
    return os.path.lexists(path) or os.path.lexists(path.with_name(f".{path.name}.gone"))


def _opened(folder: int, name: str) -> int | None:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as reason:
        if reason.errno not in _NO_FOLDER:
            raise
        why = "This is no folder; nothing is deleted behind a link"
        raise NotADirectoryError(errno.ENOTDIR, why, name) from reason


def _remove(folder: int, name: str) -> None:
    try:
        inner = os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError as reason:
        if reason.errno not in _NO_FOLDER:
            raise
        os.unlink(name, dir_fd=folder)
        return
    try:
        for one in os.listdir(inner):
            _remove(inner, one)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=folder)

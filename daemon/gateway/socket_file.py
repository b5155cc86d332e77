"""The file of a unix socket: a stale one is replaced, a living one is left alone."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

import zmq

from daemon.errors import BadSocketPath, SocketInUse

LONGEST_PATH_BYTES: Final = 107


def bind(zmq_socket: zmq.Socket[bytes], path: Path, mode: int) -> None:
    """Bind a ZeroMQ socket to ``ipc://path`` with that mode.

    Raises SocketInUse where a process listens there, BadSocketPath where no socket can be made.
    """
    _make(path, mode, lambda: zmq_socket.bind(f"ipc://{path}"))


def listen(path: Path, mode: int, backlog: int) -> socket.socket:
    """A unix stream socket that listens at ``path`` with that mode and never blocks.

    Raises SocketInUse, BadSocketPath as ``bind``.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        _make(path, mode, lambda: listener.bind(os.fspath(path)))
        listener.listen(backlog)
    except Exception:
        listener.close()
        raise
    return listener


def _make(path: Path, mode: int, bind_it: Callable[[], object]) -> None:
    if len(os.fsencode(path)) > LONGEST_PATH_BYTES:
        raise BadSocketPath(f"{path} is longer than {LONGEST_PATH_BYTES} bytes.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear(path)
        before = os.umask(0o777 & ~mode)
        try:
            bind_it()
        finally:
            os.umask(before)
        path.chmod(mode)
    except (OSError, zmq.ZMQError) as reason:
        raise BadSocketPath(f"{path}: {reason.strerror}.") from reason


def _clear(path: Path) -> None:
    """ZeroMQ removes whatever lies at the path, so look at it first."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise BadSocketPath(f"{path} exists and is not a socket.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except TimeoutError:
            pass  # somebody holds it and does not accept
    raise SocketInUse(f"A process is listening at {path}.")

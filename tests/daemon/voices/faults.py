"""Kills and full disks at every step: the n-th call that changes the disk does not come back."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

CHANGES = (
    "chmod",
    "fchmod",
    "fchown",
    "fsync",
    "ftruncate",
    "link",
    "mkdir",
    "pwrite",
    "rename",
    "replace",
    "rmdir",
    "symlink",
    "unlink",
)
TAKES_ROOM = ("fsync", "link", "mkdir", "pwrite", "symlink")


class Killed(BaseException):
    """The process is gone: nothing that it does afterwards reaches the disk."""


class Steps:
    """Counts the calls, and what comes of the one that it is told to stop at."""

    def __init__(self) -> None:
        self.count = 0


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Steps]:
    """From that call on every change raises: neither ``finally`` nor ``except`` mends anything."""
    steps = Steps()

    def counted(name: str, before: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            steps.count += 1
            if steps.count >= step:
                raise Killed(name)
            return before(*arguments, **named)

        return call

    with monkeypatch.context() as patch:
        for name in CHANGES:
            patch.setattr(os, name, counted(name, getattr(os, name)))
        with suppress(Killed):
            yield steps


@contextmanager
def full_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Steps]:
    """From that call on nothing more fits on the disk; what makes room still works."""
    steps = Steps()

    def counted(name: str, before: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            steps.count += 1
            if steps.count >= step:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return before(*arguments, **named)

        return call

    with monkeypatch.context() as patch:
        for name in TAKES_ROOM:
            patch.setattr(os, name, counted(name, getattr(os, name)))
        yield steps

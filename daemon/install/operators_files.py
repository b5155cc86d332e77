"""Files that the operator may change: a new version of one never replaces what he wrote.

``python -m daemon.install.operators_files SOURCE TARGET``
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from daemon.objects.store import digest_file, sync_folder

RECORD: Final = ".installed.json"
"""In the target: digest of each file as it was last installed."""
NEW: Final = ".new"

Outcome = Literal["written", "kept", "removed"]


class Placed(msgspec.Struct, frozen=True):
    """What became of a file."""

    name: str
    """Relative to the target."""
    outcome: Outcome
    """``kept``: the operator's stays, ours lies beside it as ``NAME.new``. ``removed``: he has
    removed it, and it stays away."""


def place(source: Path, target: Path) -> list[Placed]:
    """Install the files of a folder; those of which nothing changed are not mentioned.

    A file is replaced where it still is as it was last installed. Where the operator has changed
    it, and so have we, ours is written beside it. Files that ``source`` has no more stay.

    Raises:
        OSError: a file cannot be read or written; those before it are in place.
    """
    record = _read_record(target / RECORD)
    placed = []
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        name = path.relative_to(source).as_posix()
        outcome = _place_one(path, target / name, record.get(name))
        if outcome is not None:
            placed.append(Placed(name, outcome))
        record[name] = digest_file(path)
    _write(target / RECORD, msgspec.json.format(msgspec.json.encode(record, order="sorted")))
    return placed


def _place_one(path: Path, there: Path, before: str | None) -> Outcome | None:
    """``before``: digest of what was installed last, where anything was."""
    ours = digest_file(path)
    beside = there.with_name(there.name + NEW)
    if not there.exists():
        if before is not None:
            return "removed" if ours != before else None
        _write(there, path.read_bytes())
        return "written"
    found = digest_file(there)
    if found == ours:
        beside.unlink(missing_ok=True)
        return None
    if found == before and not there.is_symlink():
        _write(there, path.read_bytes())
        return "written"
    if ours == before:
        return None
    _write(beside, path.read_bytes())
    return "kept"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; mode and owner stay where the file is there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            if path.exists():
                before = path.stat()
                os.fchmod(file.fileno(), before.st_mode & 0o7777)
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def _read_record(path: Path) -> dict[str, str]:
    """Empty where there is none, or one that cannot be read: then all is the operator's."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def main(arguments: Sequence[str] | None = None) -> int:
    """Install a folder and say what became of the files; returns the exit status."""
    source, target = map(Path, sys.argv[1:] if arguments is None else arguments)
    try:
        placed = place(source, target)
    except OSError as reason:
        print(f"{reason.filename}: {reason.strerror}", file=sys.stderr)
        return 5
    for one in placed:
        if one.outcome == "kept":
            print(f"kept {target / one.name}, which you changed; this version's: {one.name}{NEW}")
        elif one.outcome == "removed":
            print(f"left out {one.name}, which you removed from {target}")
    written = sum(one.outcome == "written" for one in placed)
    print(f"{written} files written in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

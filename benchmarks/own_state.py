"""A benchmark's own state folder: the weights of another one, records and shop apart."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_state(state: Path) -> Iterator[Path]:
    """A temporary state folder that shares the weights and phrases of ``state``."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder)
        for name in ("objects", "releases", "cache"):
            (own / name).symlink_to((state / name).resolve())
        yield own

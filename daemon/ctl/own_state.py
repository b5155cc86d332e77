"""A state folder of one's own for a measurement: the weights of another one, records apart."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_SHARED: Final = ("objects", "releases", "cache")


@contextmanager
def own_state(state: Path) -> Iterator[Path]:
    """A temporary state folder that shares the weights and phrases of ``state``."""
    (state / "cache").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder)
        for name in _SHARED:
            (own / name).symlink_to((state / name).resolve())
        yield own

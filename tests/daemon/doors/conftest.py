"""A gateway with stand-in engines, open for business, and the door before it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.daemon.doors.door_process import DoorProcess
from tests.drills.drill import gateway


@pytest.fixture(scope="module")
def tiny() -> Iterator[Path]:
    """State folder of a running gateway on whose clock people are there to be put through to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", working_hours())
        with gateway() as state:
            yield state


@pytest.fixture(scope="module")
def door(tiny: Path) -> Iterator[DoorProcess]:
    with DoorProcess(tiny, tiny / "run") as process:
        yield process


def working_hours() -> str:
    """A time zone in which the hours of the scenarios hold now."""
    now = datetime.fromtimestamp(time.time()).astimezone().astimezone(tz=None)
    utc = now - (now.utcoffset() or timedelta())
    for hours in range(-23, 24):
        there = utc + timedelta(hours=hours)
        if 10 <= there.hour < 15 and there.weekday() < 6:
            return f"OPEN{-hours:+d}"
    raise AssertionError("somewhere it is a working day")

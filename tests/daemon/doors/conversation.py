"""What a caller says to the stand-in engines, and what the records have of him."""

from __future__ import annotations

from pathlib import Path

from daemon.records.reader import show
from kefu.records import CallSummary, Turn
from tests.daemon.doors.asterisk_caller import AsteriskCaller, tone
from tests.daemon.doors.door_process import DoorProcess
from tests.daemon.gateway.house import until

ORDER_STATUS, NUMBER, GOODBYE, YES = 300.0, 400.0, 500.0, 600.0
"""Pitches that the stand-in engines take for sentences."""


def recorded(
    tiny: Path, door: DoorProcess, caller: AsteriskCaller
) -> tuple[CallSummary, list[Turn]]:
    """The call in the records, once it is over."""
    call = door.logged("talking", str(caller.uuid)).split("call=")[1].split()[0]
    until(lambda: show(tiny / "records.sqlite", call)[0].cause, 10)
    return show(tiny / "records.sqlite", call)


def say(caller: AsteriskCaller, hz: float, duration_ms: int = 640) -> None:
    """A sentence, to its end."""
    caller.say(tone(hz, duration_ms))
    until(lambda: not caller.saying)


def listen(caller: AsteriskCaller) -> None:
    """Hear what is said next, to its end."""
    caller.wait_loud(caller.said_at or 0.0)
    caller.wait_quiet()

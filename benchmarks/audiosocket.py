"""Calls back to back over AudioSocket, on stand-in engines: what grows?

python -m benchmarks.audiosocket               30 minutes
python -m benchmarks.audiosocket --minutes 5
python -m benchmarks.audiosocket --quick       40 s

Every fifth caller hangs up in mid-sentence, his own or ours; between calls a line is silent.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

import kefu
from benchmarks.hardware import hardware
from benchmarks.results import save
from benchmarks.soak import Readings
from tests.daemon.doors.asterisk_caller import AsteriskCaller, tone
from tests.daemon.doors.door_process import DoorProcess
from tests.drills.drill import gateway
from tests.drills.standalone import address

MINUTES: Final = 30.0
QUICK_MINUTES: Final = 0.6
LINES: Final = 4
PAUSE_S: Final = 0.5
HANGS_UP: Final = 5
"""Every so manieth caller hangs up in mid-sentence."""
SAYS: Final = (300.0, 400.0, 500.0)
"""Order status, its number, goodbye."""
EVERY_S: Final = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table, write the JSON; 1 where something grows or a call stays."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_MINUTES:g} minutes")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    print(f"{hardware().line()}\n")
    result = soak(QUICK_MINUTES if options.quick else options.minutes)
    save("audiosocket", result, options.json)
    grown = [] if options.quick else [row for row in result["slopes"] if not row["flat"]]
    return int(bool(grown or result["left"] or result["failed"]))


def soak(minutes: float) -> dict[str, Any]:
    """Calls on ``LINES`` lines for so long."""
    with gateway() as state, DoorProcess(state, state / "run") as door:
        readings = Readings(_processes(state, door.process.pid))
        lines = [
            Line(door.ports.zh, number, time.monotonic() + minutes * 60) for number in range(LINES)
        ]
        for line in lines:
            line.start()
        while any(line.is_alive() for line in lines):
            readings.take(sum(sum(line.calls.values()) for line in lines))
            time.sleep(min(EVERY_S, minutes * 60 / 8))
        time.sleep(1.5)  # the last connection lingers 1 s
        with kefu.Client(address(state)) as client:
            left = client.ping().calls
    calls = sum((line.calls for line in lines), Counter[str]())
    waits = sorted(wait for line in lines for wait in line.waits_s)
    result = {
        "minutes": minutes,
        "calls": dict(calls),
        "failed": [failure for line in lines for failure in line.failures],
        "left": left,
        "wait_p50_s": round(waits[len(waits) // 2], 3) if waits else None,
        "slopes": [
            msgspec.to_builtins(slope) | {"flat": slope.flat} for slope in readings.slopes()
        ],
    }
    _print(result)
    return result


class Line(threading.Thread):
    """One line of the switchboard: call after call until the time is over."""

    def __init__(self, port: int, number: int, until: float) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()
        """How they ended: ``completed`` by the agent, ``hung up`` by the caller."""
        self.failures: list[str] = []
        self.waits_s: list[float] = []
        """From his last sample to our first audible frame."""
        self._port = port
        self._until = until
        self._count = number

    def run(self) -> None:
        """Call, talk, pause."""
        while time.monotonic() < self._until:
            self._count += 1
            impatient = self._count % HANGS_UP == 0
            try:
                with AsteriskCaller(self._port) as caller:
                    self._talk(caller, impatient=impatient)
            except (AssertionError, OSError) as failure:
                self.failures.append(str(failure))
            else:
                self.calls["hung up" if impatient else "completed"] += 1
            time.sleep(PAUSE_S)

    def _talk(self, caller: AsteriskCaller, *, impatient: bool) -> None:
        for said, hz in enumerate(SAYS):
            caller.wait_loud(caller.said_at or 0.0)
            if impatient and said == 1:
                if self._count % 2:  # over our sentence; else in the middle of his own
                    return
                caller.say(tone(hz, 640))
                time.sleep(0.3)
                return
            caller.wait_quiet()
            caller.say(tone(hz, 640))
            while caller.saying:
                time.sleep(0.01)
            ended_at = caller.said_at or 0.0
            self.waits_s.append(caller.wait_loud(ended_at) - ended_at)
        caller.wait_hung_up()


def _processes(state: Path, door: int) -> dict[str, int]:
    """Door, gateway and worker, by their command lines."""
    found = {"door": door}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if str(state) in words:
            if "daemon.gateway.main" in words:
                found["gateway"] = int(path.name)
            elif "tests.drills.tiny_worker" in words:
                found["worker"] = int(path.name)
    return found


def _print(result: dict[str, Any]) -> None:
    calls = ", ".join(f"{count} {how}" for how, count in result["calls"].items())
    print(f"{result['minutes']:g} min: {calls}; failed: {result['failed'] or 'none'}; ", end="")
    print(f"left in the table: {result['left']}; wait p50 {result['wait_p50_s']} s")
    print(f"{'process':<10}{'what':<13}{'first':>9}{'last':>9}{'a call':>11}{'± error':>10}")
    for row in result["slopes"]:
        sign = "flat" if row["flat"] else "GROWS"
        print(
            f"{row['process']:<10}{row['what']:<13}{row['first']:>9}{row['last']:>9}"
            f"{row['slope']:>11}{row['error']:>10}  {sign}"
        )


if __name__ == "__main__":
    sys.exit(main())

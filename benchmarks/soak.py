"""Call after call, and an hour of silence: whether memory, descriptors and threads stay flat.

python -m benchmarks.soak                 600 calls on stand-in engines, 50 on real ones
python -m benchmarks.soak --quick         16 calls on stand-in engines
python -m benchmarks.soak --silence 3600  one open call on real engines on which nobody speaks
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

import kefu
from benchmarks.hardware import hardware
from benchmarks.results import FOLDER, save
from daemon.ctl.caller import RecordedCaller
from daemon.ctl.own_state import own_state
from daemon.ctl.recordings import read_script
from daemon.ctl.serving import serving
from kefu.protocol import Event
from tests.drills.drill import gateway
from tests.drills.standalone import address
from tests.drills.tone_caller import ToneCaller

DEMO: Final = Path("examples/demo")
TINY_CALLS: Final = 600
REAL_CALLS: Final = 50
QUICK_CALLS: Final = 16
TOGETHER: Final = 4
WARM_UP: Final = 0.2
"""Share of the calls before the slope is taken: allocators and caches fill once, within the first
130 calls."""
HISS_DBFS: Final = -60.0


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one process holds."""

    calls: float
    """Calls so far; of a silent call: minutes."""
    rss_mib: float
    descriptors: int
    threads: int


class Slope(msgspec.Struct, frozen=True, kw_only=True):
    """Growth a call (or a minute), by least squares, with its standard error."""

    process: str
    what: str
    slope: float
    error: float
    first: float
    last: float

    @property
    def flat(self) -> bool:
        """Not above zero by more than two standard errors, or too little to matter."""
        small = 0.02 if self.what == "rss_mib" else 0.01
        return self.slope <= max(2 * self.error, small)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_CALLS} calls, stand-ins")
    parser.add_argument("--silence", type=int, metavar="S", help="seconds of a silent call")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    print(f"{hardware().line()}\n")
    path = options.json or FOLDER / "soak.json"
    result: dict[str, Any] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    if options.silence:
        result["silence"] = silence(options.state, options.silence)
    else:
        result["tiny"] = tiny(QUICK_CALLS if options.quick else TINY_CALLS)
        if not options.quick:
            result["real"] = real(options.state, REAL_CALLS)
    save("soak", result, options.json)
    return 0


def tiny(calls: int) -> dict[str, Any]:
    """Whole calls of four turns on stand-in engines, a few at once."""
    with gateway() as state, kefu.Client(address(state)) as door:
        readings = Readings(_processes(state))
        completed = 0
        for number in range(0, calls, TOGETHER):
            callers = [ToneCaller(door, 30.0, pause_s=0.1) for _ in range(TOGETHER)]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join()
            completed += sum(caller.cause == "completed" for caller in callers)
            readings.take(number + TOGETHER)
    return _report("stand-in engines", calls, completed, readings)


def real(state: Path, calls: int) -> dict[str, Any]:
    """Recorded calls in both languages on the real engines, two at once."""
    scripts = {"zh": read_script(DEMO, "zh"), "en": read_script(DEMO, "en")}
    with own_state(state) as own, serving(own) as door, kefu.Client(door) as client:
        readings = Readings(_processes(own))
        completed: list[str] = []

        def one(language: Any) -> None:
            caller = RecordedCaller(client, called="4000", language=language)
            caller.say(scripts[language])
            closed = caller.call.wait_closed(5.0) or caller.call.close()
            completed.append(closed.cause if closed is not None else "")

        for number in range(0, calls, 2):
            pair = [threading.Thread(target=one, args=(language,)) for language in ("zh", "en")]
            for thread in pair:
                thread.start()
            for thread in pair:
                thread.join()
            readings.take(number + 2)
            print(f"\r{number + 2} of {calls} calls", end="", flush=True)
    print()
    done = sum(cause in ("completed", "normal", "transferred") for cause in completed)
    return _report("real engines", calls, done, readings)


def silence(state: Path, seconds: int) -> dict[str, Any]:
    """A call with hiss on the line; what would put it through to a human is answered "busy"."""
    heard: list[str] = []
    with own_state(state) as own, serving(own) as door, kefu.Client(door) as client:
        readings = Readings(_processes(own))

        def note(event: Event) -> None:
            if event.kind == "turn" and event.data.get("heard"):
                heard.append(str(event.data["heard"]))

        ends = time.monotonic() + seconds
        calls = 0
        began = time.monotonic()
        while time.monotonic() < ends:
            caller = RecordedCaller(
                client,
                called="4000",
                language="zh",
                noise_dbfs=HISS_DBFS,
                seed=calls,
                on_event=note,
                transfer="busy",
            )
            calls += 1
            while caller.call.closed is None and time.monotonic() < ends:
                caller.listen(min(60.0, max(0.0, ends - time.monotonic())))
                readings.take((time.monotonic() - began) / 60)
            if caller.call.closed is None:
                caller.hang_up()
    result = _report("a silent call", calls, calls, readings, each="minute")
    print(f"{seconds} s in {calls} call(s); heard: {heard or 'nothing'}")
    return result | {"seconds": seconds, "heard": heard}


class Readings:
    """What each process holds, over time."""

    def __init__(self, processes: dict[str, int]) -> None:
        self.of: dict[str, list[Reading]] = {name: [] for name in processes}
        self._processes = processes

    def take(self, calls: float) -> None:
        """Read every process."""
        for name, pid in self._processes.items():
            self.of[name].append(_read(pid, calls))

    def slopes(self) -> list[Slope]:
        """Growth of everything, once warm."""
        return [
            _slope(name, what, readings[int(len(readings) * WARM_UP) :])
            for name, readings in self.of.items()
            for what in ("rss_mib", "descriptors", "threads")
        ]


def _slope(process: str, what: str, readings: list[Reading]) -> Slope:
    x = np.array([reading.calls for reading in readings], float)
    y = np.array([getattr(reading, what) for reading in readings], float)
    if x.size < 3 or float(np.ptp(x)) == 0.0:
        return Slope(process=process, what=what, slope=0.0, error=0.0, first=y[0], last=y[-1])
    design = np.stack([x, np.ones_like(x)], 1)
    (slope, offset), *_ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - (slope * x + offset)
    spread = float(np.square(residual).sum()) / (x.size - 2)
    error = (spread / float(np.square(x - x.mean()).sum())) ** 0.5
    return Slope(
        process=process,
        what=what,
        slope=round(float(slope), 5),
        error=round(error, 5),
        first=round(float(y[0]), 2),
        last=round(float(y[-1]), 2),
    )


def _report(
    title: str, calls: int, completed: int, readings: Readings, each: str = "call"
) -> dict[str, Any]:
    slopes = readings.slopes()
    print(f"\n{title}: {completed} of {calls} calls whole")
    print(f"{'process':<10}{'what':<13}{'first':>9}{'last':>9}{'a ' + each:>11}{'± error':>10}")
    for slope in slopes:
        sign = "flat" if slope.flat else "GROWS"
        print(
            f"{slope.process:<10}{slope.what:<13}{slope.first:>9}{slope.last:>9}"
            f"{slope.slope:>11}{slope.error:>10}  {sign}"
        )
    rows = [msgspec.to_builtins(slope) | {"flat": slope.flat} for slope in slopes]
    return {"calls": calls, "completed": completed, "each": each, "slopes": rows}


def _processes(state: Path) -> dict[str, int]:
    """Gateway and worker that serve ``state``, by their command lines."""
    found: dict[str, int] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_text().split("\0")
        except OSError:
            continue
        text = " ".join(words)
        if str(state) in text and "python" in words[0]:
            name = "gateway" if "daemon.gateway.main" in text else "worker"
            found.setdefault(name, int(path.name))
    return found


def _read(pid: int, calls: float) -> Reading:
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return Reading(
        calls=calls,
        rss_mib=round(int(fields["VmRSS"].split()[0]) / 1024, 2),
        descriptors=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        threads=int(fields["Threads"]),
    )


if __name__ == "__main__":
    sys.exit(main())

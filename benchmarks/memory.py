"""What the service costs at rest and in a call: start-up time and memory (PSS), process by process.

python -m benchmarks.memory              warm and (as root) cold start, one call
python -m benchmarks.memory --quick      the warm start only
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import kefu
from benchmarks.hardware import hardware
from benchmarks.results import save
from daemon.ctl.caller import RecordedCaller
from daemon.ctl.own_state import own_state
from daemon.ctl.processes import descendants
from daemon.ctl.recordings import read_script
from daemon.ctl.serving import serving
from daemon.records.memory import Memory, measured

DROP_CACHES: Final = Path("/proc/sys/vm/drop_caches")
DEMO: Final = Path("examples/demo")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the warm start only")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    result: dict[str, Any] = {}
    if not options.quick and os.geteuid() == 0:
        os.sync()
        DROP_CACHES.write_text("3")
        result["ready_cold_s"] = round(_start(options.state)[0], 2)
    ready_s, processes = _start(options.state)
    result["ready_warm_s"] = round(ready_s, 2)
    result["processes"] = {name: round(mib, 1) for name, mib in processes.items()}
    result["pss_mib"] = round(sum(processes.values()), 1)
    result["gateway_pss_mib"] = round(processes["gateway"], 1)
    print(f"\n{hardware().line()}\n")
    for name, mib in processes.items():
        print(f"{name:<24}{mib:>8.0f} MiB")
    print(f"{'together':<24}{result['pss_mib']:>8.0f} MiB")
    print(f"ready warm {result['ready_warm_s']} s, cold {result.get('ready_cold_s', '–')} s")
    save("memory", result, options.json)
    return 0


def _start(state: Path) -> tuple[float, dict[str, float]]:
    """Seconds until a call would be served, and PSS in MiB after a call of four turns."""
    with own_state(state) as own:
        began = time.monotonic()
        with serving(own) as address, kefu.Client(address) as client:
            ready_s = time.monotonic() - began
            caller = RecordedCaller(client, called="800", language="zh")
            caller.say(read_script(DEMO, "zh")[:4])
            processes = _processes()
            caller.hang_up()
    return ready_s, processes


def _processes() -> dict[str, float]:
    """PSS in MiB of this process's descendants, by what they are."""
    sizes: dict[str, float] = {}
    for pid in descendants():
        name = _name(pid)
        pss_mib = measured(Memory(process=name, pid=pid)).pss_mib
        sizes[name] = sizes.get(name, 0.0) + (pss_mib or 0.0)
    return sizes


def _name(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    modules = {"daemon.gateway.main": "gateway", "daemon.worker.main": "worker"}
    for word in command:
        if word in modules:
            return modules[word]
        if word.startswith("engines."):
            return word.removeprefix("engines.")
    return Path(command[0]).name or "?"


if __name__ == "__main__":
    sys.exit(main())

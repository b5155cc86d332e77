"""When the line's frames reach the client's socket, idle and with every core busy.

kefud runs as a process with a worker that only says tones; its calls are placed by this process.
Jitter is how far a frame's arrival lies from its call's own 20 ms grid (the median of arrival
minus 20 ms × number). The baseline is what this machine does to any program: the same loop in
this process, sleeping until each tick. Where the system allows it this process too has real-time
priority: what is measured is the gateway's lateness, not the measurer's.

``python -m benchmarks.line_jitter [--quick] [--json FILE]``
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import zmq

from benchmarks.hardware import hardware
from benchmarks.results import save
from daemon.gateway import priority
from kefu.protocol import (
    NO_CALL,
    AgentAudio,
    Audio,
    Close,
    Open,
    Ping,
    Pong,
    pack,
    parse_from_gateway,
)

ROOT: Final = Path(__file__).parents[1]
TICK_S: Final = 0.020
SILENCE: Final = b"\xff" * 160
WORKER_NICE: Final = 10


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One load, one number of calls."""

    load: str
    calls: int
    frames: int
    missing: int
    """Frames that the clock owes and the client did not get."""
    p50_ms: float
    p99_ms: float
    p999_ms: float
    most_ms: float
    sleep_p99_ms: float
    """The baseline's lateness."""
    sleep_p999_ms: float
    cpu_share_per_call: float
    """Of one core, gateway process alone."""
    pss_mib: float


class Caller:
    """All calls of one connection: sends a frame each 20 ms and notes when each of ours came."""

    def __init__(self, address: str) -> None:
        """Connect and wait until a worker serves."""
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.set(zmq.LINGER, 0)
        self._socket.connect(address)
        self.arrivals: dict[bytes, list[tuple[int, float]]] = {}
        self.sleeps: list[float] = []
        while self._ping().free == 0:
            time.sleep(0.1)

    def place(self, count: int) -> None:
        """Open calls to whom the worker talks without end."""
        asked = Open(codec="ulaw", rate_hz=8000, frame_ms=20, called="chatter")
        for _ in range(count):
            call = uuid.uuid4().bytes
            self.arrivals[call] = []
            self._socket.send_multipart(pack(b"OPEN", call, asked))

    def talk(self, duration_s: float) -> None:
        """Exchange audio for so long."""
        taken = dict.fromkeys(self.arrivals, 0)
        start = time.monotonic()
        for tick in range(int(duration_s / TICK_S)):
            due = start + tick * TICK_S
            self._receive_until(due, taken)
            self.sleeps.append(time.monotonic() - due)
            for call, agent_taken in taken.items():
                header = Audio(first_sample=160 * tick, taken=agent_taken)
                self._socket.send_multipart(pack(b"AUDIO", call, header, SILENCE))

    def close(self) -> None:
        """Hang up all calls and disconnect."""
        for call in self.arrivals:
            self._socket.send_multipart(pack(b"CLOSE", call, Close()))
        time.sleep(0.2)
        self._socket.close()
        self._context.term()

    def _receive_until(self, due: float, taken: dict[bytes, int]) -> None:
        while (left := due - time.monotonic()) > 0:
            if left < 0.001:
                time.sleep(left)
                return
            if not self._socket.poll(int(left * 1000)):
                continue
            parts = self._socket.recv_multipart()
            arrived = time.monotonic()
            message = parse_from_gateway(parts)
            if isinstance(message.header, AgentAudio):
                self.arrivals[message.call].append((message.header.first_sample, arrived))
                taken[message.call] = message.header.first_sample + 160

    def _ping(self) -> Pong:
        self._socket.send_multipart(pack(b"PING", NO_CALL, Ping(nonce=1)))
        header = parse_from_gateway(self._socket.recv_multipart()).header
        if not isinstance(header, Pong):
            raise RuntimeError(f"PING was answered by {header}")
        return header


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table, write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="shorter, within 50 s")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    duration_s, counts = (8.0, (4,)) if options.quick else (20.0, (1, 4, 16))
    priority.rise()
    rows = []
    for count in counts:
        rows.append(measure("idle", count, duration_s))
        with every_core_busy():
            rows.append(measure("every core busy", count, duration_s))
    show(rows, duration_s)
    save("line_jitter", {"duration_s": duration_s, "rows": msgspec.to_builtins(rows)}, options.json)
    return 0


def measure(load: str, count: int, duration_s: float) -> Row:
    """One row: a fresh gateway, ``count`` calls, ``duration_s``."""
    with gateway(count) as (process, address):
        caller = Caller(address)
        caller.place(count)
        caller.talk(1.0)
        for arrivals in caller.arrivals.values():
            arrivals.clear()
        caller.sleeps.clear()
        before = cpu_s(process)
        caller.talk(duration_s)
        used = (cpu_s(process) - before) / duration_s
        pss = pss_mib(process)
        caller.close()
    jitter: list[float] = []
    missing = 0
    for arrivals in caller.arrivals.values():
        jitter += from_grid(arrivals)
        missing += (arrivals[-1][0] - arrivals[0][0]) // 160 + 1 - len(arrivals)
    sleeps = sorted(1000 * late for late in caller.sleeps)
    ordered = sorted(jitter)
    return Row(
        load=load,
        calls=count,
        frames=len(ordered),
        missing=missing,
        p50_ms=at(ordered, 0.5),
        p99_ms=at(ordered, 0.99),
        p999_ms=at(ordered, 0.999),
        most_ms=round(ordered[-1], 2),
        sleep_p99_ms=at(sleeps, 0.99),
        sleep_p999_ms=at(sleeps, 0.999),
        cpu_share_per_call=round(used / count, 4),
        pss_mib=pss,
    )


def from_grid(arrivals: list[tuple[int, float]]) -> list[float]:
    """How far each arrival lies from the call's own grid, in milliseconds."""
    offsets = [arrived - sample / 160 * TICK_S for sample, arrived in arrivals]
    middle = statistics.median(offsets)
    return [1000 * abs(offset - middle) for offset in offsets]


def cpu_s(process: int) -> float:
    """Processor time used so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pss_mib(process: int) -> float:
    """Memory, with shared pages shared out."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    (kib,) = (int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return round(kib / 1024, 1)


def at(ordered: list[float], share: float) -> float:
    """The quantile of sorted values."""
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)


@contextmanager
def gateway(count: int) -> Iterator[tuple[int, str]]:
    """Kefud with a worker that says tones."""
    with tempfile.TemporaryDirectory(prefix="kefu-") as folder:
        command = [
            sys.executable,
            "-m",
            "tests.daemon.gateway.toy_worker",
            "--capacity",
            str(count),
        ]
        settings = Path(folder) / "kefu.toml"
        settings.write_text(
            f"[gateway]\nmax_calls = {count}\n"
            f"[worker]\nnice = {WORKER_NICE}\ncommand = {command!r}\n"
        )
        run = subprocess.Popen(
            [
                *(sys.executable, "-m", "daemon.gateway.main", "--standalone"),
                *("--state", folder, "--config", str(settings), "--log-level", "error"),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            preexec_fn=lambda: priority.descend(0),
        )
        try:
            if run.stdout is None or not run.stdout.readline().startswith(b"READY"):
                raise RuntimeError("kefud did not start")
            yield run.pid, f"ipc://{folder}/run/kefu.sock"
        finally:
            run.send_signal(signal.SIGINT)
            run.wait()


@contextmanager
def every_core_busy() -> Iterator[None]:
    """One child a core that computes without pause, as nice as the worker is."""
    command = [sys.executable, "-c", "while True: sum(range(9999))"]
    children = [
        subprocess.Popen(command, preexec_fn=lambda: priority.descend(WORKER_NICE))
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        yield
    finally:
        for child in children:
            child.kill()
            child.wait()


def show(rows: list[Row], duration_s: float) -> None:
    """The table for people."""
    print(hardware().line())
    print(f"{duration_s:g} s a row; milliseconds from the 20 ms grid at the client's socket")
    titles = "load,calls,frames,missing,p50,p99,p99.9,max,sleep p99,sleep p99.9,core/call,PSS MiB"
    table = [tuple(titles.split(","))] + [
        tuple(str(value) for value in msgspec.structs.astuple(row)) for row in rows
    ]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))


if __name__ == "__main__":
    sys.exit(main())

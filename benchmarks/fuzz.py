"""Bent messages on both sockets, and what a live call beside them notices.

python -m benchmarks.fuzz            100,000 messages
python -m benchmarks.fuzz --quick    10,000
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final

import zmq

import kefu
from benchmarks.hardware import hardware
from benchmarks.results import save
from daemon.gateway.priority import descend
from kefu.agent_voice import AgentFrame
from tests.attacks.mutations import door_messages, slot_messages
from tests.drills.standalone import ROOT, address, standalone

TOY: Final = [sys.executable, "-m", "tests.daemon.gateway.toy_worker"]
MESSAGES: Final = 100_000
QUICK: Final = 10_000
A_CONNECTION: Final = 40
"""Messages under one routing id: a peer is ignored after three that are no five parts."""
MOST_STALL_MS: Final = 100.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} messages")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--flood", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.flood:
        kind, path, count, calls = options.flood
        _flood(kind, path, int(count), [bytes.fromhex(call) for call in calls.split(",")])
        return 0
    result = fuzz(QUICK if options.quick else MESSAGES)
    print(f"\n{hardware().line()}\n")
    for name in ("messages", "stall_ms", "frames", "missing", "closed", "alive"):
        print(f"{name:<12}{result[name]!s:>10}")
    save("fuzz", result, options.json)
    return 0 if result["alive"] and result["stall_ms"] <= MOST_STALL_MS else 1


def fuzz(messages: int, seed: int = 1) -> dict[str, Any]:
    """Half of ``messages`` at each socket while a call lives; what the call noticed."""
    config = f"[worker]\ncommand = {TOY!r}\nnice = 0\n[gateway]\nmax_calls = 8\n"
    with (
        standalone(config, "--log-level", "error") as (state, gateway),
        kefu.Client(address(state)) as client,
    ):
        noticed = _beside_a_call(client, state, messages, seed)
        return noticed | {"alive": gateway.poll() is None}


def _beside_a_call(client: kefu.Client, folder: Path, messages: int, seed: int) -> dict[str, Any]:
    arrivals: list[AgentFrame] = []
    call = client.call(called="chatter", on_audio=arrivals.append)
    stop = threading.Event()
    babbling = client.call(called="babble", on_audio=lambda _: None)
    talking = threading.Thread(target=_talk, args=(call, stop))
    talking.start()
    time.sleep(0.5)
    first = len(arrivals)
    floods = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.fuzz", "--flood", kind),
                *(str(folder / "run" / name), str(messages // 2), call.id.hex()),
            ],
            cwd=ROOT,
            preexec_fn=lambda: descend(10),
        )
        for kind, name in (("door", "kefu.sock"), ("slot", "slot.sock"))
    ]
    for flood in floods:
        flood.wait()
    time.sleep(0.5)
    beside = arrivals[first:]
    stop.set()
    talking.join()
    closed = call.closed
    gaps = [(b.arrived - a.arrived) * 1000 for a, b in pairwise(beside)]
    numbers = [frame.first_sample for frame in beside]
    missing = (numbers[-1] - numbers[0]) // 160 + 1 - len(numbers) if numbers else -1
    for one in (call, babbling):
        if one.closed is None:
            one.close()
    return {
        "messages": messages,
        "seed": seed,
        "stall_ms": round(max(gaps, default=float("inf")), 1),
        "frames": len(beside),
        "missing": missing,
        "closed": closed.cause if closed is not None else "",
    }


def _talk(call: kefu.Call, stop: threading.Event) -> None:
    due = time.monotonic()
    while not stop.is_set() and call.closed is None:
        try:
            call.send(b"\xff" * 160)
        except kefu.KefuError:
            return
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))


def _flood(kind: str, path: str, count: int, calls: list[bytes]) -> None:
    """The child: ``count`` bent messages, under a new routing id now and then."""
    messages = door_messages(1, calls) if kind == "door" else slot_messages(1, calls)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    sent: Counter[bytes] = Counter()
    remaining = count
    while remaining > 0:
        socket = context.socket(zmq.DEALER)
        socket.set(zmq.LINGER, 200)
        socket.set(zmq.SNDTIMEO, 1_000)
        socket.connect(f"ipc://{path}")
        for parts in islice(messages, min(A_CONNECTION, remaining)):
            try:
                socket.send_multipart(parts)
            except zmq.ZMQError:
                sent[b"not taken"] += 1
        remaining -= A_CONNECTION
        socket.close()
    context.term()


if __name__ == "__main__":
    sys.exit(main())

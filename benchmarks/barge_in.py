"""Being interrupted in real calls: how soon we are silent, and whether our own echo silences us.

A recorded caller speaks into the greeting over the real socket; counted from his first voiced
sample sent to the last frame of ours with voice in it received: our voice is softer at once and
silent once it is clear that he interrupts (``benchmarks/interruptions.py`` measures both). Then
callers who say nothing send our own voice back, 20 dB below it, after 50 to 300 ms: nothing may
be cut.

    python -m benchmarks.barge_in            48 interruptions, 12 echoes
    python -m benchmarks.barge_in --quick    6 and 2
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import kefu
from benchmarks.hardware import hardware
from benchmarks.response import DATA, quantile
from benchmarks.results import save
from daemon.ctl.caller import Answer, Line, RecordedCaller
from daemon.ctl.own_state import own_state
from daemon.ctl.recordings import read_scripts
from daemon.ctl.serving import serving
from kefu.protocol import Event, Language

AT_ONCE: Final = 2
ECHO_DB: Final = -20.0
ECHO_DELAYS_MS: Final = (60, 100, 160, 200, 260, 300)
LIMIT_S: Final = 0.6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few, within 50 s")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    result = measure(options.state, interruptions=6 if options.quick else 48)
    print(f"\n{hardware().line()}\n")
    print(f"interruptions {result['interruptions']}, caught {result['caught']}")
    print(f"silent after: p50 {result['silent_p50_s']:.3f} s, p95 {result['silent_p95_s']:.3f} s")
    print(f"echo at {ECHO_DB:.0f} dB: {result['echo_calls']} replies, cut {result['echo_cuts']}")
    save("barge_in", result, options.json)
    return 0


def measure(state: Path, *, interruptions: int) -> dict[str, Any]:
    """Interruptions one call each, two calls at a time; then echoes."""
    lines = [line for script in read_scripts(DATA).values() for line in script]
    chosen = [lines[number % len(lines)] for number in range(interruptions)]
    with (
        own_state(state) as own,
        serving(own) as address,
        kefu.Client(address) as client,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        answers = list(pool.map(lambda item: _interrupt(client, *item), enumerate(chosen)))
        delays = (ECHO_DELAYS_MS * 2)[: max(2, interruptions // 4)]
        cuts = list(pool.map(lambda item: _echo(client, *item), enumerate(delays)))
    silent = sorted(one for one in answers if one is not None)
    return {
        "interruptions": len(answers),
        "caught": len(silent),
        "silent_p50_s": round(statistics.median(silent), 3),
        "silent_p95_s": round(quantile(silent, 0.95), 3),
        "within_limit": sum(one <= LIMIT_S for one in silent),
        "echo_calls": len(cuts),
        "echo_cuts": sum(cuts),
        "silent_s": [round(one, 3) for one in silent],
    }


def _interrupt(client: kefu.Client, seed: int, line: Line) -> float | None:
    """Seconds until we were silent; None where we spoke on."""
    events: list[Event] = []
    language: Language = "zh" if line.language == "zh" else "en"
    caller = RecordedCaller(
        client, called="800", language=language, seed=seed, on_event=events.append
    )
    answer: Answer = caller.interrupt(line, after_s=0.6 + 0.1 * (seed % 7))
    caller.hang_up()
    cut = any(event.kind == "reply.ended" and event.data.get("cut") for event in events)
    return answer.silent_after_s if cut else None


def _echo(client: kefu.Client, seed: int, delay_ms: int) -> int:
    """How many of our utterances our own echo cut."""
    events: list[Event] = []
    language: Language = "zh" if seed % 2 else "en"
    caller = RecordedCaller(
        client,
        called="800",
        language=language,
        seed=seed,
        echo=(ECHO_DB, delay_ms),
        on_event=events.append,
    )
    caller.listen(5.0)
    caller.hang_up()
    return sum(event.kind == "reply.ended" and bool(event.data.get("cut")) for event in events)


if __name__ == "__main__":
    sys.exit(main())

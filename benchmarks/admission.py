"""How many calls fit, and whether one call too many is felt by the others.

The first part is the measurement of ``kefuctl doctor --measure``: recorded callers over the real
socket, one sentence of about 4 s every 10 s each, the wait counted from the last syllable. The
second part holds as many calls as fit at a gateway that admits just so many, and in every other
stretch of 15 s places one call more twice a second: each must be refused with BUSY, and the waits
beside refusals are compared with those without, in the same run.

    python -m benchmarks.admission            about 10 minutes
    python -m benchmarks.admission --quick    one call only, within 50 s
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

import kefu
from benchmarks.hardware import hardware
from benchmarks.results import save
from daemon.ctl import places
from daemon.ctl.load import Load, Script, hold
from daemon.ctl.measure import Measurement, callers_scripts, measure, measured_service
from daemon.ctl.measure_run import curve_table, verdict
from daemon.ctl.output import results
from daemon.ctl.recordings import read_script
from daemon.settings import Settings

DEMO: Final = Path("examples/demo")
STRETCH_S: Final = 15.0
"""With and without refused calls in turn."""
EVERY_S: Final = 0.5
TALK_S: Final = 300.0
RESAMPLES: Final = 4_000


class Knocking(threading.Thread):
    """Places a call too many, again and again, in every other stretch of time."""

    def __init__(self, address: str, stretch_s: float) -> None:
        super().__init__(daemon=True)
        self.attempts = 0
        self.answers: dict[str, int] = {}
        self._address = address
        self._stretch_s = stretch_s
        self._began = time.monotonic()
        self._ended = threading.Event()
        self.active = False

    def knocks_at(self, instant: float) -> bool:
        """Whether calls were placed in the stretch of that instant."""
        return int((instant - self._began) / self._stretch_s) % 2 == 1

    def begin(self) -> None:
        """All places are taken now."""
        self.active = True

    def run(self) -> None:
        """Until ``end``."""
        with kefu.Client(self._address) as client:
            while not self._ended.wait(EVERY_S):
                if self.active and self.knocks_at(time.monotonic()):
                    self.attempts += 1
                    answer = _knock(client)
                    self.answers[answer] = self.answers.get(answer, 0) + 1

    def end(self) -> None:
        """Place no more."""
        self._ended.set()
        self.join()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one call only, within 50 s")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    if options.quick:
        scripts = _short_scripts()
        found = _measure(options.state, scripts, budget_s=10.0, step_s=(5.0, 5.0), warm_up_s=0.0)
        beside = one_too_many(options.state, scripts, found.max_calls, talk_s=8.0, stretch_s=4.0)
    else:
        scripts = callers_scripts(options.state, places.RELEASE)
        found = _measure(options.state, scripts)
        beside = one_too_many(options.state, scripts, found.max_calls)
    print(f"\n{hardware().line()}\n")
    results.print(curve_table(found))
    for line in verdict(found):
        results.print(line, soft_wrap=True)
    _print(beside)
    figures = msgspec.to_builtins(found) | {"quick": options.quick} | beside
    save("admission", figures, options.json)
    return 0


def _measure(state: Path, scripts: tuple[Script, ...], **how: Any) -> Measurement:
    return measure(
        state,
        places.RELEASE,
        Settings(),
        scripts=scripts,
        told=lambda text, share: print(f"{text:<24} {share:4.0%}", end="\r", file=sys.stderr),
        **how,
    )


def one_too_many(
    state: Path,
    scripts: tuple[Script, ...],
    calls: int,
    *,
    talk_s: float = TALK_S,
    stretch_s: float = STRETCH_S,
) -> dict[str, Any]:
    """Waits of ``calls`` calls, with and without callers who are refused."""
    with measured_service(state, places.RELEASE, Settings(), max_calls=calls) as (address, _):
        knocking = Knocking(address, stretch_s)
        knocking.start()
        crowd = hold(
            address, scripts, calls, talk_s, seed=7, every=lambda: _when_full(address, knocking)
        )
        knocking.end()
    return compare(crowd, knocking)


def compare(crowd: Load, knocking: Knocking) -> dict[str, Any]:
    """Ratio of the median waits, with its 95 % interval by resampling."""
    waits: dict[bool, list[float]] = {True: [], False: []}
    for one in crowd.spoken:
        if one.answer.wait_s is not None and not one.answer.premature:
            waits[knocking.knocks_at(one.ended)].append(one.answer.wait_s)
    low, middle, high = ratio(waits[True], waits[False])
    return {
        "attempts": knocking.attempts,
        "answers": knocking.answers,
        "all_busy": set(knocking.answers) == {"busy"},
        "calls_refused_a_place": crowd.refused,
        "unanswered": crowd.unanswered,
        "waits_beside_refusals_s": [round(one, 3) for one in waits[True]],
        "waits_alone_s": [round(one, 3) for one in waits[False]],
        "wait_ratio": middle,
        "wait_ratio_low": low,
        "wait_ratio_high": high,
    }


def ratio(
    ones: list[float], others: list[float]
) -> tuple[float | None, float | None, float | None]:
    """Median of ``ones`` over that of ``others``: lower end, middle, upper end of 95 %."""
    if not ones or not others:
        return None, None, None
    draw = random.Random(1)
    drawn = sorted(
        statistics.median(draw.choices(ones, k=len(ones)))
        / statistics.median(draw.choices(others, k=len(others)))
        for _ in range(RESAMPLES)
    )
    middle = statistics.median(ones) / statistics.median(others)
    low, high = drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES)]
    return round(low, 3), round(middle, 3), round(high, 3)


def _when_full(address: str, knocking: Knocking) -> None:
    """Knock only once every place is taken, or a call of the crowd would find none."""
    if knocking.active:
        return
    with kefu.Client(address) as client:
        if client.ping().free == 0:
            knocking.begin()


def _knock(client: kefu.Client) -> str:
    """What became of a call too many: an error code, or ``taken``."""
    try:
        client.call(codec="ulaw", called="800").close()
    except kefu.KefuError as error:
        return error.code
    return "taken"


def _short_scripts() -> tuple[Script, ...]:
    """Recorded sentences of 1 to 3 s: nothing has to be synthesised first."""
    return tuple(
        Script(language=language, lines=tuple(read_script(DEMO, language)[:2]))
        for language in ("zh", "en")
    )


def _print(beside: dict[str, Any]) -> None:
    print(f"one call too many: {beside['attempts']} attempts, answered {beside['answers']}")
    if beside["wait_ratio"] is not None:
        print(
            f"median wait beside refusals over that without: {beside['wait_ratio']:.3f} "
            f"(95 %: {beside['wait_ratio_low']:.3f} to {beside['wait_ratio_high']:.3f}; "
            f"{len(beside['waits_beside_refusals_s'])} and {len(beside['waits_alone_s'])} waits)"
        )


if __name__ == "__main__":
    sys.exit(main())

"""How many calls fit on this machine: more and more of them at once until answers come too late.

Recorded callers speak over the real socket to a gateway and a worker of the measurement's own, in
real time. Each says a sentence of about 4 s every 10 s; the wait is counted from his last syllable
sent to the first voice that he hears.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np

from daemon import settings_file
from daemon.ctl import engines_of
from daemon.ctl.caller import RATE_HZ
from daemon.ctl.load import Load, Script, hold, mean_line_s
from daemon.ctl.own_state import own_state
from daemon.ctl.processes import cpu_s, machine_busy_s, own_cpu_s, usage
from daemon.ctl.recordings import line_of
from daemon.ctl.say import clauses, speak
from daemon.ctl.serving import serving
from daemon.release.capacity import Capacity, Machine, this_machine
from daemon.release.release import load as load_release
from daemon.settings import Settings

WAIT_LIMIT_S: Final = 2.5
"""The 95th percentile of the waits may not exceed it."""
BUDGET_S: Final = 280.0
_TURNS_WANTED: Final = 20
STEP_S: Final = (40.0, 60.0)
WARM_UP_S: Final = 15.0
_LOG: Final = "kefud.log"
_LOST: Final = "worker_lost"

SENTENCES: Final[dict[Literal["zh", "en"], tuple[str, ...]]] = {
    "zh": (
        "你好，我想查一下我上个星期在网上买的耳机到哪里了。",
        "我的订单号是A一零二四，请你帮我看一下什么时候能到。",
        "我想再查一下另外一个订单，现在发货了没有？",
        "订单号是B二零四九，麻烦你帮我看一下，谢谢。",
    ),
    "en": (
        "Hello, I would like to know where the order is that I placed with you last week.",
        "The order number is A one zero two four, could you please have a look at it?",
        "I would also like to check another order of mine, has it been sent already?",
        "The order number is B two zero four nine, please tell me where it is now.",
    ),
}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """So many calls at once: a point of the curve."""

    calls: int
    seconds: float
    turns: int
    every_s: float | None
    """From one sentence of a caller to his next."""
    wait_p50_s: float | None
    wait_p95_s: float | None
    unanswered: int
    """Sentences after which nothing came before the next."""
    premature: int
    """Sentences that we answered into; not among the waits."""
    refused: int
    worker_lost: int
    """How often the worker did not answer in time and the hold prompt was played."""
    cpu_share: float
    """Of all cores, by gateway and worker; the callers are not in it."""
    others_share: float
    """Of all cores, by programs that have nothing to do with the measurement."""
    pss_mib: float
    """Gateway, worker and its children together, at the end."""
    within: bool
    """Everybody was answered, and the 95th percentile keeps the limit."""


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """The whole measurement."""

    release: str
    machine: Machine
    max_calls: int
    """The most calls within the limit; 1 also where even one waits longer (see ``within``)."""
    within: bool
    complete: bool
    """False: the time ran out before one call more was seen to be too many."""
    wait_limit_s: float
    turn_s: float
    """Mean length of a caller's sentence."""
    pss_per_call_mib: float | None
    """For each further call; None where only one number of calls was tried."""
    curve: tuple[Step, ...]
    took_s: float
    measured_at: str

    def capacity(self) -> Capacity:
        """What is stored of it."""
        at = next((step for step in self.curve if step.calls == self.max_calls), None)
        return Capacity(
            release=self.release,
            machine=self.machine,
            max_calls=self.max_calls,
            measured_at=self.measured_at,
            wait_p95_s=at.wait_p95_s if at is not None else None,
            wait_limit_s=self.wait_limit_s,
        )


def next_try(tried: Mapping[int, bool], most: int) -> int | None:
    """How many calls to try next; None where the answer is found.

    Twice as many until they are too many, then halfway between.

    Args:
        tried: numbers of calls, and whether the limit was kept.
        most: never more than this.
    """
    fits, too_many = fitting(tried), min((n for n, kept in tried.items() if not kept), default=0)
    if not too_many:
        return min(max(1, 2 * fits), most) if fits < most else None
    return (fits + too_many) // 2 if too_many - fits > 1 else None


def fitting(tried: Mapping[int, bool]) -> int:
    """The most calls that kept the limit below the fewest that did not; 0: not even one."""
    too_many = min((n for n, kept in tried.items() if not kept), default=None)
    kept = (n for n, good in tried.items() if good and (too_many is None or n < too_many))
    return max(kept, default=0)


def per_call_mib(curve: tuple[Step, ...]) -> float | None:
    """Slope of memory over calls, by least squares."""
    if len({step.calls for step in curve}) < 2:
        return None
    calls = [step.calls for step in curve]
    return round(float(np.polyfit(calls, [step.pss_mib for step in curve], 1)[0]), 1)


def measure(
    state: Path,
    release: str,
    settings: Settings,
    *,
    scripts: tuple[Script, ...] = (),
    budget_s: float = BUDGET_S,
    step_s: tuple[float, float] = STEP_S,
    warm_up_s: float = WARM_UP_S,
    told: Callable[[str, float], None] = lambda text, share: None,
) -> Measurement:
    """Try numbers of calls until the answer is found or the time is up.

    Args:
        state: folder of weights; nothing else in it is touched.
        release: name, or profile.
        settings: of the service that is to be; only ``gateway.max_calls`` is another.
        scripts: what the callers say; else ``callers_scripts``.
        budget_s: from when the service stands; no number is tried that would not end within it.
        step_s: shortest and longest time for one number of calls.
        warm_up_s: of talk before anything counts.
        told: what is being done, and the share of the budget that is used up.

    Raises:
        NoRelease, ObjectCorrupt …: the release.
        GatewayAway: gateway and worker did not come up.
    """
    began = steps_began = time.monotonic()
    most = settings.worker.capacity
    name = load_release(state, release, verify=False).name

    def tell(text: str) -> None:
        told(text, min(1.0, (time.monotonic() - steps_began) / budget_s))

    if not scripts:
        told("speaking the callers' sentences", 0.0)
        scripts = callers_scripts(state, release)
    curve: list[Step] = []
    with measured_service(state, release, settings, max_calls=most) as (address, own):
        steps_began = time.monotonic()
        # What is loaded or made at the first turns is no part of what a further call costs.
        warm = min(most, len(scripts))
        if warm_up_s:
            hold(address, scripts, warm, warm_up_s, every=lambda: tell("the first turns"))
        while (calls := next_try(_tried(curve), most)) is not None:
            seconds = min(max(_TURNS_WANTED * 10.0 / calls, step_s[0]), step_s[1])
            if curve and time.monotonic() - steps_began + seconds > budget_s:
                break
            curve.append(
                try_calls(address, own, scripts, calls, seconds, every=_teller(tell, calls))
            )
    fits = fitting(_tried(curve))
    return Measurement(
        release=name,
        machine=this_machine(),
        max_calls=max(1, fits),
        within=fits > 0,
        complete=next_try(_tried(curve), most) is None,
        wait_limit_s=WAIT_LIMIT_S,
        turn_s=round(mean_line_s(scripts), 2),
        pss_per_call_mib=per_call_mib(tuple(curve)),
        curve=tuple(sorted(curve, key=lambda step: step.calls)),
        took_s=round(time.monotonic() - began, 1),
        measured_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def try_calls(
    address: str,
    own: Path,
    scripts: tuple[Script, ...],
    calls: int,
    seconds: float,
    *,
    every: Callable[[], None] = lambda: None,
) -> Step:
    """One point of the curve."""
    lost_before = _worker_lost(own)
    began, cpu_before = time.monotonic(), cpu_s()
    others_before = machine_busy_s() - own_cpu_s() - cpu_before
    load = hold(address, scripts, calls, seconds, seed=100 * calls, every=every)
    took = time.monotonic() - began
    used = usage()
    others = machine_busy_s() - own_cpu_s() - used.cpu_s - others_before
    lost = _worker_lost(own) - lost_before
    return Step(
        calls=calls,
        seconds=round(took, 1),
        turns=len(load.spoken),
        every_s=_rounded(load.every_s),
        wait_p50_s=_rounded(load.wait_s(0.50)),
        wait_p95_s=_rounded(load.wait_s(0.95)),
        unanswered=load.unanswered,
        premature=load.premature,
        refused=load.refused,
        worker_lost=lost,
        cpu_share=round((used.cpu_s - cpu_before) / took / this_machine().cores, 3),
        others_share=round(max(0.0, others) / took / this_machine().cores, 3),
        pss_mib=round(used.pss_mib, 1),
        within=within(load, worker_lost=lost),
    )


def within(load: Load, *, worker_lost: int = 0) -> bool:
    """Whether so many calls are served as they should be."""
    p95 = load.wait_s(0.95)
    troubles = load.unanswered + load.refused + worker_lost
    return p95 is not None and p95 <= WAIT_LIMIT_S and not troubles


@contextmanager
def measured_service(
    state: Path, release: str, settings: Settings, *, max_calls: int
) -> Iterator[tuple[str, Path]]:
    """Gateway and worker that admit ``max_calls``: their address and their own state folder."""
    gateway = msgspec.structs.replace(settings.gateway, max_calls=max_calls)
    with own_state(state) as own:
        config = own / "kefu.toml"
        config.write_text(
            settings_file.text(msgspec.structs.replace(settings, gateway=gateway)), encoding="utf-8"
        )
        with serving(own, release, config) as address:
            yield address, own


def callers_scripts(state: Path, release: str) -> tuple[Script, ...]:
    """What the callers say, in the release's own voices."""
    with engines_of.load(state, release) as engines:
        return tuple(
            Script(
                language=language,
                lines=tuple(
                    line_of(text, speak(engines, clauses(text, language), language, RATE_HZ))
                    for text in texts
                ),
            )
            for language, texts in SENTENCES.items()
        )


def _teller(tell: Callable[[str], None], calls: int) -> Callable[[], None]:
    return lambda: tell(f"{calls} call{'s' if calls > 1 else ''} at once")


def _tried(curve: list[Step]) -> dict[int, bool]:
    return {step.calls: step.within for step in curve}


def _worker_lost(own: Path) -> int:
    return (own / _LOG).read_text(errors="replace").count(f" {_LOST} ")


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)

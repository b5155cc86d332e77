"""One drill: three calls, a worker that is killed or stopped in a stage, and what callers felt."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

import kefu
from tests.drills.faults import Stage
from tests.drills.standalone import address, standalone
from tests.drills.tone_caller import ToneCaller

CALLS: Final = 3
LONGEST_S: Final = 40.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill showed."""

    name: str
    calls: int
    completed: int
    """Calls that reached their end."""
    silences_ms: tuple[float, ...]
    """Of each call: the longest without our voice, from the fault until it goes on."""
    serving_again_s: float
    """From the fault to the first call that goes on."""
    asked_again: tuple[str, ...]
    """Steps that were answered before and asked again, the last sentence apart."""
    events_lost: int
    store_valid: bool


@contextmanager
def gateway(*worker: str, settings: str = "") -> Iterator[Path]:
    """``kefud --standalone`` with the tiny worker; gives its state folder."""
    command = [sys.executable, "-m", "tests.drills.tiny_worker", *worker]
    config = (
        f"[worker]\ncommand = {command!r}\nnice = 0\nrestart_first_ms = 50\n"
        f"[gateway]\nmax_calls = 8\n{settings}"
    )
    with standalone(config) as (state, _):
        yield state


def drill(stage: Stage, signal_name: str, calls: int = CALLS) -> Outcome:
    """``calls`` at once; the worker gets the signal in ``stage`` of their second sentences."""
    with gateway("--fault", f"{stage}:{signal_name}") as state, kefu.Client(address(state)) as door:
        callers = [ToneCaller(door, LONGEST_S, pause_s=0.3 + 0.05 * n) for n in range(calls)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        flag = state / "fault"
        fault_at = float(flag.read_text()) if flag.exists() else float("nan")
        valid = _valid(state)
    return Outcome(
        name=f"{signal_name} {stage}",
        calls=calls,
        completed=sum(caller.cause == "completed" for caller in callers),
        silences_ms=tuple(round(silence_ms(caller, fault_at), 1) for caller in callers),
        serving_again_s=round(
            min((c.resumed_at for c in callers if c.resumed_at), default=float("nan")) - fault_at, 2
        ),
        asked_again=tuple(step for caller in callers for step in asked_again(caller.steps)),
        events_lost=sum(caller.events != list(range(len(caller.events))) for caller in callers),
        store_valid=valid,
    )


def silence_ms(caller: ToneCaller, fault_at: float) -> float:
    """The longest time without our voice from the fault until the call goes on.

    The agent may have been listening at the fault: silence counts from the fault.
    """
    heard = [fault_at]
    for voice in caller.voices:
        if voice.at >= fault_at:
            heard.append(voice.at)
            if caller.resumed_at and voice.at > caller.resumed_at:
                break
    return max(((b - a) * 1000 for a, b in pairwise(heard)), default=float("inf"))


def asked_again(steps: list[str]) -> list[str]:
    """Questions that came back after ``resume`` although an answer to them had been taken."""
    if not any(step.endswith("/resume") for step in steps):
        return []
    at = next(n for n, step in enumerate(steps) if step.endswith("/resume"))
    before = [step.split("/")[0] for step in steps[:at]]
    answered = {step for step, after in pairwise(before) if after != step}
    return [step for step in steps[at:] if step.split("/")[0] in answered]


def _valid(state: Path) -> bool:
    database = sqlite3.connect(state / "records.sqlite")
    try:
        return bool(database.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
    finally:
        database.close()

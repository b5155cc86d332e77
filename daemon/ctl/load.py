"""Several callers at once, each saying a sentence of about 4 s every 10 s, as long as asked.

They keep that pace whatever comes: one whose reply is still going on speaks into it.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Final

import msgspec
import numpy as np

import kefu
from daemon.ctl.caller import Answer, Line, RecordedCaller
from daemon.records.quantile import quantile
from kefu.errors import Refused
from kefu.protocol import Language

EVERY_S: Final = 10.0
"""Mean time from one sentence of a caller to his next."""
_JITTER_S: Final = 2.0
"""Either way: callers do not keep step with each other."""
_CALLED: Final = "800"
_BREATH_S: Final = 0.1
"""Before the next sentence is begun."""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says, over and over."""

    language: Language
    lines: tuple[Line, ...]


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence and what came of it. Times are seconds of the monotonic clock."""

    caller: int
    """Number of the caller, from 0."""
    began: float
    ended: float
    """The last syllable was sent."""
    answer: Answer


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What so many calls at once led to."""

    calls: int
    spoken: tuple[Spoken, ...]
    """From when all calls stood."""
    refused: int
    """Calls that were not taken."""

    @property
    def waits_s(self) -> list[float]:
        """Last syllable sent to first voice heard; of sentences that were heard to their end."""
        return [
            one.answer.wait_s
            for one in self.spoken
            if one.answer.wait_s is not None and not one.answer.premature
        ]

    @property
    def unanswered(self) -> int:
        """Sentences after which nothing came."""
        return sum(one.answer.wait_s is None for one in self.spoken)

    @property
    def premature(self) -> int:
        """Sentences that we answered into; their wait says nothing."""
        return sum(one.answer.premature for one in self.spoken)

    @property
    def every_s(self) -> float | None:
        """Mean time from one sentence of a caller to his next; None where nobody spoke twice."""
        begins: dict[int, list[float]] = {}
        for one in self.spoken:
            begins.setdefault(one.caller, []).append(one.began)
        gaps = [times[-1] - times[0] for times in begins.values()]
        count = sum(len(times) - 1 for times in begins.values())
        return sum(gaps) / count if count else None

    def wait_s(self, share: float) -> float | None:
        """Quantile of the waits; None where nobody was answered."""
        return quantile(self.waits_s, share)


def hold(
    address: str,
    scripts: Sequence[Script],
    calls: int,
    seconds: float,
    *,
    seed: int = 0,
    every: Callable[[], None] = lambda: None,
) -> Load:
    """Keep ``calls`` calls talking for ``seconds`` from when all stand.

    Args:
        address: of the gateway.
        scripts: dealt to the callers in turn.
        calls: at once. Each lasts to the end; one that we end is placed again.
        seconds: after which nobody begins another sentence.
        seed: of the pauses and of the noise on the lines.
        every: called about twice a second meanwhile, by this thread.
    """
    crew = _Crew(calls, seconds)
    with ThreadPoolExecutor(calls) as pool:
        try:
            waiting = {
                pool.submit(_caller, address, scripts[place % len(scripts)], crew, place, seed)
                for place in range(calls)
            }
            while waiting:
                done, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
                for one in done:
                    one.result()
                every()
        finally:
            crew.stop()
    spoken = sorted(crew.spoken, key=lambda one: one.began)
    return Load(
        calls=calls,
        spoken=tuple(one for one in spoken if one.began >= crew.stood_at),
        refused=crew.refused,
    )


class _Crew:
    """What the callers' threads share."""

    def __init__(self, calls: int, seconds: float) -> None:
        self.spoken: list[Spoken] = []
        self.refused = 0
        self.stood_at = float("inf")
        self._seconds = seconds
        self._missing = calls
        self._lock = threading.Lock()
        self._stopped = False

    @property
    def over(self) -> bool:
        return self._stopped or time.monotonic() >= self.stood_at + self._seconds

    def stand(self, before: bool) -> bool:
        """A caller has his call; ``before``: it is not his first. True, for the next time."""
        with self._lock:
            self._missing -= not before
            if self._missing == 0 and not before:
                self.stood_at = time.monotonic()
        return True

    def refuse(self) -> None:
        with self._lock:
            self.refused += 1

    def stop(self) -> None:
        self._stopped = True


def _caller(address: str, script: Script, crew: _Crew, place: int, seed: int) -> None:
    seed += place
    pauses = random.Random(seed)  # noqa: S311 - pauses, not secrets
    stood = False
    due = time.monotonic() + pauses.uniform(0, EVERY_S)
    with kefu.Client(address) as client:
        while not crew.over:
            try:
                caller = RecordedCaller(client, called=_CALLED, language=script.language, seed=seed)
            except Refused:
                crew.refuse()
                stood = crew.stand(stood)
                time.sleep(1.0)
                continue
            opened_at = time.monotonic()
            caller.say([])  # hears the greeting
            stood = crew.stand(stood)
            for line in itertools.cycle(script.lines):
                caller.listen(max(0.0, due - time.monotonic()))
                if crew.over or caller.call.closed is not None:
                    break
                began = time.monotonic()
                gap_s = pauses.uniform(EVERY_S - _JITTER_S, EVERY_S + _JITTER_S)
                due = max(due, began) + gap_s
                answer = caller.turn(line, gap_s - _BREATH_S)
                ended = opened_at + answer.end_ms / 1000
                crew.spoken.append(Spoken(caller=place, began=began, ended=ended, answer=answer))
            caller.hang_up()


def mean_line_s(scripts: Sequence[Script]) -> float:
    """How long a sentence is, from its first voiced sample to its last."""
    return float(
        np.mean(
            [
                (line.last_syllable - line.voice_start) / 8000
                for script in scripts
                for line in script.lines
            ]
        )
    )

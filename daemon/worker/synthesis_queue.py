"""Clauses waiting for the one speaker, by who waits for them; what nobody waits for stops."""

from __future__ import annotations

import asyncio
import enum
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from engines.dialog.moves import Clause
from engines.tts.errors import SpeechInterrupted
from engines.tts.kokoro import Interrupt
from engines.tts.speech import Speech
from kefu.errors import KefuError

log = logging.getLogger(__name__)

PHRASES_A_LINE: Final = 5
MOST_RESTS: Final = 3
"""A phrase that was begun anew so often is finished: a busy house would never have any."""
QUIET_S: Final = 0.5
"""Phrases go on when no stage has worked for so long: one turn is several stages."""


class Urgency(enum.IntEnum):
    """Who waits for a clause; the smallest goes first."""

    CALLER = 0
    """The caller hears silence until it is there."""
    REPLY = 1
    """A later clause: the caller hears the one before it."""
    PROOF = 2
    """Nobody: the canary. It gives way to those before it at once."""
    CACHE = 3
    """Nobody yet: a phrase made in advance. It gives way at once, and rests while a stage works."""


class Speaker(Protocol):
    """What speaks: ``engines.tts.synthesiser.Synthesiser``."""

    def cached(self, clause: Clause) -> Speech | None:
        """The clause, where no synthesis is needed for it."""

    def kept_as(self, clause: Clause) -> str:
        """The same for two clauses that sound the same now."""

    def speak(self, clause: Clause, interrupt: Interrupt | None = None) -> Speech:
        """The clause; raises ``SpeechInterrupted``."""


class SynthesisQueue:
    """Speaks on a thread of its own; all methods belong to one event loop."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._executor = ThreadPoolExecutor(1, "tts")
        self._order = itertools.count()
        self._waiting: asyncio.PriorityQueue[tuple[Urgency, int, _Request]] = (
            asyncio.PriorityQueue()
        )
        self._running: _Request | None = None
        self._serving: asyncio.Task[None] | None = None
        self._quiet = True
        self._becoming_quiet: asyncio.TimerHandle | None = None
        self._resting: list[_Request] = []
        self.spoke_at = time.monotonic()
        """When the voice last finished a clause; in the beginning: now."""
        self.on_spoken: Callable[[Clause, Speech], None] = lambda clause, speech: None
        """Told of each clause that was synthesised."""

    async def speak(self, clause: Clause, urgency: Urgency) -> Speech:
        """Wait for the turn of this clause and synthesise it; cancelling stops it."""
        loop = asyncio.get_running_loop()
        if self._serving is None:
            self._serving = loop.create_task(self._serve())
        running = self._running
        if running is not None and urgency < running.urgency >= Urgency.PROOF:
            running.interrupt.stop()
        request = _Request(clause, urgency, loop.create_future())
        self._queue(request)
        try:
            return await request.spoken
        except asyncio.CancelledError:
            request.interrupt.stop()
            raise

    def stages_work(self) -> None:
        """A stage works for a caller from now on: phrases leave the cores to it."""
        self._quiet = False
        if self._becoming_quiet is not None:
            self._becoming_quiet.cancel()
            self._becoming_quiet = None
        running = self._running
        if running is not None and running.gives_way() and not running.interrupt.stopped:
            running.rests += 1
            running.interrupt.stop()

    def stages_rest(self) -> None:
        """No stage works any more; when it stays so, phrases go on."""
        loop = asyncio.get_running_loop()
        self._becoming_quiet = loop.call_later(QUIET_S, self._go_on)

    async def make_phrases(self, groups: Mapping[str, Iterable[Clause]]) -> None:
        """Fill the phrase cache while nobody speaks; minutes at the very first start.

        At the voice's own speed only: who asks for slower speech waits for the first of it.

        Args:
            groups: by scenario, made in this order; "" is for what they share.
        """
        missing: dict[str, list[Clause]] = {}
        seen: set[str] = set()
        for scenario, clauses in groups.items():
            missing[scenario] = []
            for clause in clauses:
                # What another scenario says in the same voice is made once.
                if clause.speed == 1.0 and (name := self._speaker.kept_as(clause)) not in seen:
                    seen.add(name)
                    if self._speaker.cached(clause) is None:
                        missing[scenario].append(clause)
            await asyncio.sleep(0)  # looking for what is cached must not keep a caller waiting
        count = sum(map(len, missing.values()))
        made = 0
        for scenario, new in missing.items():
            for clause in new:
                if made % PHRASES_A_LINE == 0:
                    log.info("phrases made=%d of=%d", made, count)
                await self._make_phrase(clause)
                made += 1
            if scenario:
                log.info("phrases ready scenario=%s", scenario)
        if made:
            log.info("phrases made=%d of=%d", made, made)
        log.info("phrases complete")

    async def _make_phrase(self, clause: Clause) -> None:
        try:
            await self.speak(clause, Urgency.CACHE)
        except KefuError as error:
            # Said live when it is needed, or not at all: no reason to end the service.
            log.warning("phrase failed text=%r %s", clause.text, error)

    def close(self) -> None:
        """Stop what is spoken; what waits is dropped."""
        if self._serving is not None:
            self._serving.cancel()
        if self._running is not None:
            self._running.interrupt.stop()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _go_on(self) -> None:
        self._quiet = True
        while self._resting:
            self._queue(self._resting.pop())

    def _queue(self, request: _Request) -> None:
        self._waiting.put_nowait((request.urgency, next(self._order), request))

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            _, _, request = await self._waiting.get()
            if request.spoken.cancelled():
                continue
            if not self._quiet and request.gives_way():
                self._resting.append(request)
                continue
            self._running = request
            try:
                speech = await loop.run_in_executor(
                    self._executor, self._speaker.speak, request.clause, request.interrupt
                )
            except SpeechInterrupted:
                if not request.spoken.cancelled():
                    request.interrupt = Interrupt()
                    self._queue(request)
            except Exception as error:
                if not request.spoken.cancelled():
                    request.spoken.set_exception(error)
            else:
                self.spoke_at = time.monotonic()
                if not speech.cached:
                    self.on_spoken(request.clause, speech)
                if not request.spoken.cancelled():
                    request.spoken.set_result(speech)
            finally:
                self._running = None


class _Request:
    """One clause, and who waits for it."""

    def __init__(self, clause: Clause, urgency: Urgency, spoken: asyncio.Future[Speech]) -> None:
        self.clause = clause
        self.urgency = urgency
        self.spoken = spoken
        self.interrupt = Interrupt()
        self.rests = 0
        """Times that it was stopped because a stage works."""

    def gives_way(self) -> bool:
        """Whether it waits while a stage works."""
        return self.urgency == Urgency.CACHE and self.rests < MOST_RESTS

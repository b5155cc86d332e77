"""A worker's watchdog: what proves the engines, what does not, and what a caller costs it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from daemon import slot
from daemon.call.caller_audio import Utterance
from daemon.notify import Notifier
from daemon.worker import announcer as module
from daemon.worker import engine_stages, health
from daemon.worker.announcer import Announcer
from daemon.worker.engine_stages import EngineStages
from daemon.worker.errors import CanaryFailed
from engines.asr.transcript import Transcript
from engines.dialog.moves import Expectation
from kefu.records import Ledger, Stage, Turn

HELLO = slot.Hello(slot="blue", software="1", release="lite-1", capacity=8)
PROVED_S, LIMIT_S = 0.2, 0.1
CLIP = Utterance(
    pcm=np.zeros(8_000, np.int16), rate_hz=8_000, voice_start=0, voice_end=8_000, voiced_ms=900
)
SOUND = Stage(started_ms=0, took_ms=5)


def proof(number: int = 1) -> slot.Event:
    """A turn that went well, and began its answer from the cache."""
    ledger = Ledger(asr=SOUND, nlu=SOUND, dialog=SOUND)
    turn = Turn(call="0" * 32, number=number, heard="对", ledger=ledger)
    return slot.Event(call=bytes(16), kind="turn", turn=turn)


class Told(Notifier):
    """Remembers instead of telling."""

    def __init__(self, watchdog_s: float | None = 30.0) -> None:
        super().__init__("", watchdog_s)
        self.fed: list[float] = []
        self.said: list[str] = []

    def watchdog(self) -> None:
        self.fed.append(asyncio.get_running_loop().time())

    def status(self, text: str) -> None:
        self.said.append(text)


class Recogniser:
    """Hears at once, or never."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()

    def hear(self, *_: Any, **__: Any) -> Transcript:
        self.go.wait(10)
        return Transcript(text="对", language="zh", language_probability=1.0, confidence=0.9)


class House:
    """An announcer over the real stages with one engine, its times a fiftieth of the real ones."""

    def __init__(self, watchdog_s: float | None = 30.0) -> None:
        self.recogniser = Recogniser()
        pipeline: Any = SimpleNamespace(recogniser=self.recogniser, synthesiser=None)
        self.stages = EngineStages(pipeline, SimpleNamespace())
        self.told = Told(watchdog_s)
        self.sung: list[bool] = []
        one_call: Any = OneCall()
        self.spoke_at = time.monotonic() - 2 * PROVED_S
        self.announcer = Announcer(
            self.told,
            HELLO,
            one_call,
            self.sing,
            working=lambda: self.stages.working,
            failures=lambda: self.stages.fallbacks,
            voice_at=lambda: self.spoke_at,
        )
        self.running = asyncio.create_task(self.announcer.run())

    async def sing(self, speak: bool) -> None:
        self.sung.append(speak)
        _, fallback = await self.stages.hear(CLIP, "zh", Expectation())
        if fallback:
            raise CanaryFailed(f"asr {fallback}")

    def fed_within(self, seconds: float) -> bool:
        now = asyncio.get_running_loop().time()
        return any(now - at <= seconds for at in self.told.fed)

    async def close(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        self.recogniser.go.set()
        self.stages.close()


class OneCall:
    """A caller is on the line."""

    draining = False

    def __len__(self) -> int:
        return 1


@pytest_asyncio.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(module, "LOOKED_S", 0.01)
    monkeypatch.setattr(health, "PROVED_S", PROVED_S)
    monkeypatch.setattr(health, "PATIENCE_S", 2 * PROVED_S)
    monkeypatch.setattr(health, "RETRY_S", 0.02)
    monkeypatch.setattr(engine_stages, "HEAR_LIMIT_S", LIMIT_S)
    made = House()
    yield made
    await made.close()


async def test_a_caller_who_talks_without_a_pause_costs_no_watchdog(house: House) -> None:
    await asyncio.sleep(8 * PROVED_S)  # no turn ends all the while
    assert len(house.sung) >= 6
    assert house.sung[:6] == [False] * 5 + [True]
    assert house.fed_within(PROVED_S)


async def test_while_turns_end_well_no_canary_is_sung(house: House) -> None:
    for number in range(20):
        house.announcer.note(proof(number))
        await asyncio.sleep(PROVED_S / 5)
    assert house.sung == []
    assert house.fed_within(PROVED_S / 2)


async def test_a_recogniser_that_hangs_costs_the_watchdog_and_says_so(house: House) -> None:
    house.recogniser.go.clear()
    await asyncio.sleep(PROVED_S + LIMIT_S + 0.1)
    fed = len(house.told.fed)
    for _ in range(5):  # callers' utterances are tried and given up, and prove nothing
        await house.stages.hear(CLIP, "zh", Expectation())
    await asyncio.sleep(PROVED_S)
    assert len(house.told.fed) == fed
    assert house.told.said[-1].endswith("canary failed: asr timeout")
    house.recogniser.go.set()
    await asyncio.sleep(PROVED_S)
    assert len(house.told.fed) > fed
    assert house.told.said[-1] == "Serving: 1 of 8 calls, release lite-1"


async def test_good_turns_hide_no_stage_that_fails_a_canary_speaks_then(house: House) -> None:
    house.stages.fallbacks += 1  # a clause that could not be spoken, behind a cached one
    for number in range(10):
        house.announcer.note(proof(number))
        await asyncio.sleep(PROVED_S / 5)
    assert house.sung[0] is True
    sung = len(house.sung)
    for number in range(10, 20):  # it spoke: turns prove the engines again
        house.announcer.note(proof(number))
        await asyncio.sleep(PROVED_S / 5)
    assert len(house.sung) == sung


async def test_cached_phrases_do_not_hide_a_voice_that_is_gone(house: House) -> None:
    house.spoke_at = time.monotonic() - health.VOICE_S
    for number in range(10):
        house.announcer.note(proof(number))
        await asyncio.sleep(PROVED_S / 5)
    assert house.sung
    assert all(house.sung)


async def test_a_record_that_is_settled_later_proves_nothing_again(house: House) -> None:
    for _ in range(10):
        house.announcer.note(proof(1))
        await asyncio.sleep(PROVED_S / 5)
    assert house.sung


async def test_a_callers_utterance_is_never_kept_waiting_by_a_canary_that_is_due(
    house: House,
) -> None:
    house.recogniser.go.clear()
    hearing = asyncio.create_task(house.stages.hear(CLIP, "zh", Expectation()))
    await asyncio.sleep(0)
    house.announcer._proved_at -= PROVED_S
    await asyncio.sleep(LIMIT_S / 2)
    assert house.sung == []
    house.recogniser.go.set()
    assert (await hearing)[1] == ""
    await asyncio.sleep(0.05)
    assert house.sung == [False]


async def test_without_a_watchdog_no_canary_costs_anything(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    unwatched = House(watchdog_s=None)
    await asyncio.sleep(3 * PROVED_S)
    assert unwatched.sung == []
    await unwatched.close()


async def test_a_fault_of_the_canary_itself_ends_no_worker(house: House) -> None:
    async def stumble(speak: bool) -> None:
        raise RuntimeError("odd")

    house.announcer._sing = stumble
    await asyncio.sleep(PROVED_S + 0.1)
    assert not house.running.done()
    assert house.told.said[-1].endswith("canary failed: RuntimeError")

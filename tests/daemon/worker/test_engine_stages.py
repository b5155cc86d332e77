"""Stages over engines that fail or hang: each has its fall-back, and nothing waits for ever."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from msgspec.structs import replace

from daemon.call.caller_audio import Utterance
from daemon.journal import about_call
from daemon.worker import engine_stages
from daemon.worker.engine_stages import EngineStages
from engines.dialog.moves import BusinessCall, BusinessResult, Clause, Expectation
from engines.tts.errors import SpeechFailed
from kefu.errors import KefuError

LIMITS = ("HEAR_LIMIT_S", "MIND_LIMIT_S", "BUSINESS_LIMIT_S", "SPEAK_LIMIT_S")
UTTERANCE = Utterance(
    pcm=np.zeros(8000, np.int16), rate_hz=8000, voice_start=0, voice_end=8000, voiced_ms=900
)
CALL = BusinessCall(name="find_order", arguments={"order_id": "A1024"}, changes=False)
PRIVATE = "您的密码是483926"


class Broken:
    """Every method raises ``error``, or hangs until ``go`` is set."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.error: Exception | None = None

    def _work(self, *_: Any, **__: Any) -> Any:
        if self.error is not None:
            raise self.error
        self.go.wait(5)
        raise AssertionError("nobody waits any more")

    hear = understand = speak = call = _work

    def cached(self, _: Clause) -> None:
        return None


@pytest.fixture
def broken() -> Broken:
    return Broken()


@pytest_asyncio.fixture
async def stages(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EngineStages]:
    for name in LIMITS:
        monkeypatch.setattr(engine_stages, name, 0.2)
    pipeline: Any = SimpleNamespace(recogniser=broken, understander=broken, synthesiser=broken)
    made = EngineStages(pipeline, broken)
    yield made
    broken.go.set()
    made.close()


async def each(stages: EngineStages) -> dict[str, tuple[Any, str]]:
    """The answer of every stage, and its fall-back."""
    clause = Clause(text=PRIVATE, language="zh")
    heard, understood, found, spoken = await asyncio.gather(
        stages.hear(UTTERANCE, "zh", Expectation()),
        stages.understand("查订单", "zh"),
        stages.business(CALL),
        stages.speak(clause, 8000, urgent=True),
    )
    return {"hear": heard, "understand": understood, "business": found, "speak": spoken}


async def test_a_stage_that_hangs_is_not_waited_for(stages: EngineStages) -> None:
    began = time.monotonic()
    answers = await each(stages)
    assert time.monotonic() - began < 2.0
    assert answers["hear"][0].dropped == "timeout"
    assert answers["hear"][0].text == ""
    assert answers["understand"][0].intents == ()
    assert answers["business"][0] == BusinessResult(name="find_order", ok=False, error="timeout")
    assert answers["speak"][0].pcm.size == 1600
    assert all(fallback for _, fallback in answers.values())
    assert stages.fallbacks == 4


async def test_a_stage_that_fails_for_a_call_names_it(
    stages: EngineStages, caplog: pytest.LogCaptureFixture
) -> None:
    call = bytes(range(16))
    with about_call(call):
        asked = asyncio.create_task(each(stages))
    await asked
    lines = [record.getMessage().splitlines()[0] for record in caplog.records]
    assert len(lines) == 4
    assert all(f"call={call.hex()}" in line for line in lines)


async def test_the_event_loop_ticks_on_while_every_engine_hangs(stages: EngineStages) -> None:
    waiting = asyncio.create_task(each(stages))
    longest, last = 0.0, time.monotonic()
    while not waiting.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert longest < 0.15


async def test_one_call_that_hangs_does_not_keep_others_from_the_business_system(
    stages: EngineStages, broken: Broken
) -> None:
    hung = [asyncio.create_task(stages.business(CALL)) for _ in range(3)]
    await asyncio.sleep(0.05)
    broken.error = KefuError("away")
    found, _ = await stages.business(CALL)
    assert found.error == "unavailable"
    assert {result.error for result, _ in await asyncio.gather(*hung)} == {"timeout"}


async def test_a_stage_that_fails_has_its_fall_back(stages: EngineStages, broken: Broken) -> None:
    broken.error = SpeechFailed(f"cannot say {PRIVATE!r}")
    answers = await each(stages)
    assert answers["hear"][0].dropped == "failed"
    assert answers["business"][0].error == "unavailable"
    assert answers["speak"][1] == "silence: speech_failed"


async def test_what_could_not_be_said_stands_in_no_log(
    stages: EngineStages, broken: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    broken.error = SpeechFailed(f"cannot say {PRIVATE!r}")
    _, fallback = await stages.speak(Clause(text=PRIVATE, language="zh"), 8000, urgent=True)
    assert "483926" not in caplog.text + fallback
    assert "speech_failed" in caplog.text


async def test_what_is_read_aloud_is_measured_and_a_failure_finds_nothing(
    stages: EngineStages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_stages, "MIND_LIMIT_S", 60.0)
    assert await stages.judge(UTTERANCE) == (("too_short",), "")
    endless = replace(UTTERANCE, pcm=np.zeros(61 * 8000, np.int16))
    assert await stages.judge(endless) == ((), "failed: BadAudio")
    assert stages.fallbacks == 1

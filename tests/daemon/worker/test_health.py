"""When a worker is alive, and when it must prove it: the tables of two pure functions."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from daemon import slot
from daemon.worker.health import (
    PROVED_S,
    VOICE_S,
    Decision,
    Progress,
    decide,
    must_speak,
    proves,
    speaks,
)
from kefu.records import Ledger, Stage, Turn
from tests.daemon.call.tiny import TinyStages, said
from tests.daemon.call.tiny_dialogue import TinyDialogue, step
from tests.daemon.worker.house import TinyGateway

NOW = 1_000.0
FED, UNFED = True, False
SOUND = Stage(started_ms=0, took_ms=5)
LATE = Stage(started_ms=0, took_ms=8_000, fallback="timeout")


@pytest.mark.parametrize(
    ("why", "proved_s_ago", "canary_s_ago", "runs", "working", "expected"),
    [
        ("a turn has just gone well", 0.0, 60, False, False, Decision(FED, False)),
        ("a caller's turn goes on", 5.0, 60, False, True, Decision(FED, False)),
        ("10 s ago is still fresh, and due", 10.0, 60, False, False, Decision(FED, True)),
        ("nothing for longer: prove it", 10.1, 60, False, False, Decision(UNFED, True)),
        ("it is being proved", 10.5, 60, True, False, Decision(UNFED, False)),
        ("callers first", 12.0, 60, False, True, Decision(UNFED, False)),
        ("but not for ever", 20.0, 60, False, True, Decision(UNFED, True)),
        ("not twice at once, however late", 60.0, 60, True, True, Decision(UNFED, False)),
        ("one that failed is not sung at once", 15.0, 0.5, False, False, Decision(UNFED, False)),
        ("but soon", 15.0, 1.0, False, False, Decision(UNFED, True)),
        ("a canary that hangs costs the watchdog", 600.0, 600, True, False, Decision(UNFED, False)),
    ],
)
def test_the_watchdog_is_fed_by_proof_alone(
    why: str,
    proved_s_ago: float,
    canary_s_ago: float,
    runs: bool,
    working: bool,
    expected: Decision,
) -> None:
    progress = Progress(
        proved_at=NOW - proved_s_ago,
        canary_ended_at=NOW - canary_s_ago,
        canary_runs=runs,
        working=working,
    )
    assert decide(progress, NOW) == expected, why


def test_every_sixth_canary_speaks_and_is_sung_again_where_it_fails() -> None:
    assert [speaks(sung) for sung in range(12)] == [*[False] * 5, True, *[False] * 5, True]
    assert speaks(5), "it failed: none has succeeded since"


@pytest.mark.parametrize(
    ("why", "sung", "silent_s", "expected"),
    [
        ("no sixth, and it spoke a while ago", 3, 30.0, False),
        ("the sixth", 5, 30.0, True),
        ("the sixth, but it speaks for callers all the time", 5, 1.0, False),
        ("cached phrases alone for a minute", 3, VOICE_S, True),
        ("just now", 5, PROVED_S - 0.1, False),
    ],
)
def test_when_a_canary_must_speak(why: str, sung: int, silent_s: float, expected: bool) -> None:
    assert must_speak(sung, silent_s) is expected, why


def turn(heard: str = "查订单", **stages: Stage | None) -> Turn:
    ledger = Ledger(asr=SOUND, nlu=SOUND, dialog=SOUND)
    return Turn(
        call="0" * 32, number=1, heard=heard, ledger=msgspec.structs.replace(ledger, **stages)
    )


@pytest.mark.parametrize(
    ("why", "told", "expected"),
    [
        ("all stages answered", turn(emotion=SOUND, tts_first=SOUND), True),
        ("a phrase from the cache needs no voice", turn(tts_first=None), True),
        ("the greeting heard nothing", turn("", asr=None, nlu=None, dialog=None), False),
        ("keys are no speech", turn("", asr=None, nlu=None), False),
        ("noise was dropped", turn("", nlu=None, dialog=None), False),
        ("recognition was late", turn(asr=LATE), False),
        ("understanding was late", turn(nlu=LATE), False),
        ("emotion was late", turn(emotion=LATE), False),
        ("the voice failed", turn(tts_first=LATE), False),
    ],
)
def test_only_a_turn_through_sound_stages_proves(why: str, told: Turn, expected: bool) -> None:
    assert proves(told) is expected, why


async def test_what_a_worker_tells_of_a_callers_turn_proves_it_and_its_greeting_does_not(
    tmp_path: Path,
) -> None:
    dialogue = TinyDialogue(
        step("open", "您好。"), step("told", "好的。"), ways={("open", "查询"): "told"}
    )
    house = TinyGateway(tmp_path / "slot.sock", TinyStages(said("查询", "order_status")), dialogue)
    try:
        call = await house.open(1)
        greeting = await house.next(slot.Event, kind="turn")
        for tick in range(150):  # 600 ms of voice, then silence
            await house.frame(call, loud=10 <= tick < 40)
            await asyncio.sleep(0)
        answered = await house.next(slot.Event, kind="turn")
    finally:
        await house.close()
    assert greeting.turn is not None
    assert answered.turn is not None
    assert answered.turn.heard == "查询"
    assert not proves(greeting.turn)
    assert proves(answered.turn)

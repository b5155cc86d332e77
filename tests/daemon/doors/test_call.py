"""A caller behind Asterisk talks to the agent: every way in which a call goes and ends."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

from daemon.records.reader import list_calls
from tests.daemon.doors.asterisk_caller import AsteriskCaller, agi, tone
from tests.daemon.doors.conversation import GOODBYE, NUMBER, ORDER_STATUS, YES, recorded, say
from tests.daemon.doors.door_process import DoorProcess
from tests.daemon.gateway.house import until

WITHIN_S = 0.040
LATE_S = 0.150
"""Of a single one, on a machine that has other things to do."""


def test_a_whole_conversation(tiny: Path, door: DoorProcess) -> None:
    with AsteriskCaller(door.ports.zh) as caller:
        for hz in (ORDER_STATUS, NUMBER, GOODBYE):
            caller.wait_loud(caller.said_at or 0.0)
            caller.wait_quiet()
            say(caller, hz)
        caller.wait_hung_up()
    summary, turns = recorded(tiny, door, caller)
    assert (summary.cause, summary.called, summary.language) == ("completed", "4000", "zh")
    assert [turn.heard for turn in turns] == ["", "我想查一下订单。", "A1024", "没有了，再见。"]
    asked = agi(door.ports.agi, "next", str(caller.uuid))
    assert asked == {"KEFU_NEXT": "hangup", "KEFU_CAUSE": "completed", "KEFU_CALL": summary.call}
    assert "reason=completed" in door.logged("connection_ended", str(caller.uuid))


def test_what_the_caller_measures_is_what_the_records_say(tiny: Path, door: DoorProcess) -> None:
    """Our first audible answer, and our silence after an interruption, within 40 ms.

    The median of three calls: what a busy machine delays is the caller's own clock.
    """
    answers: list[float] = []
    silences: list[float] = []
    with ThreadPoolExecutor() as lines:
        for caller, heard, silent in lines.map(interrupted, [door] * 3):
            summary, turns = recorded(tiny, door, caller)
            opened = datetime.fromisoformat(summary.opened_at).timestamp()
            ledgers = [turn.ledger for turn in turns]
            told = [opened + (ledger.first_frame_ms or 0.0) / 1000 for ledger in ledgers[:3]]
            answers += [at - said for at, said in zip(heard, told, strict=True)]
            assert turns[2].reply_cut
            silences.append(silent - opened - (ledgers[2].cut_ms or 0.0) / 1000)
    for measured in (answers, silences):
        assert abs(median(measured)) <= WITHIN_S, (answers, silences)
        assert max(map(abs, measured)) <= LATE_S, (answers, silences)


def interrupted(door: DoorProcess) -> tuple[AsteriskCaller, list[float], float]:
    """A call: when our first three answers were heard, and when we fell silent after a voice."""
    with AsteriskCaller(door.ports.zh) as caller:
        heard = [caller.wait_loud()]
        for hz in (ORDER_STATUS, NUMBER):
            caller.wait_quiet()
            say(caller, hz)
            heard.append(caller.wait_loud(caller.said_at or 0.0))
        time.sleep(0.4)
        caller.say(tone(YES, 1_000))  # over the long answer
        silent = caller.wait_quiet(0.25)
        until(lambda: not caller.saying)
        caller.wait_loud(caller.said_at or 0.0)
    return caller, heard, silent


def test_our_frames_come_one_by_one_every_20_ms_and_never_pause(door: DoorProcess) -> None:
    with AsteriskCaller(door.ports.zh, mute=True) as caller:
        began = time.time()
        caller.wait_loud()
        caller.wait_quiet(0.6)
        lasted = time.time() - began
        frames = list(caller.heard)
    assert {(frame.kind, len(frame.payload)) for frame in frames} == {(0x10, 320)}
    assert abs(len(frames) - lasted / 0.02) <= 10
    late = sorted(b.at - a.at for a, b in pairwise(frames))
    assert late[len(late) // 2] < 0.025
    assert late[-1] < 0.5  # Asterisk gives up after 2 s


def test_who_sends_nothing_has_been_silent(tiny: Path, door: DoorProcess) -> None:
    """Asterisk sends no frames while nothing plays: the agent asks after 6 s all the same."""
    with AsteriskCaller(door.ports.zh, mute=True) as caller:
        caller.wait_loud()
        greeted = caller.wait_quiet()
        again = caller.wait_loud(greeted + 0.5, timeout_s=12)
        assert 5.0 <= again - greeted <= 8.0
        caller.wait_quiet()
        caller.say(tone(ORDER_STATUS, 640)[:-204])  # a last frame of 116 bytes
        until(lambda: not caller.saying)
        caller.wait_loud(caller.said_at or 0.0)
    assert "我想查一下订单。" in [turn.heard for turn in recorded(tiny, door, caller)[1]]


def test_keys_are_pressed(tiny: Path, door: DoorProcess) -> None:
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_loud()
        caller.wait_quiet()
        say(caller, ORDER_STATUS)
        caller.wait_loud(caller.said_at or 0.0)
        caller.wait_quiet()
        caller.press("x0")
        pressed = time.time()
        caller.wait_loud(pressed)
    turns = recorded(tiny, door, caller)[1]
    assert "0" in [turn.keys for turn in turns]
    assert "reason=" in door.logged("key_ignored", str(caller.uuid))


def test_the_caller_hangs_up_in_mid_sentence(tiny: Path, door: DoorProcess) -> None:
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_loud()
    summary, _ = recorded(tiny, door, caller)
    assert summary.cause == "normal"
    assert "reason=asterisk_hung_up" in door.logged("connection_ended", str(caller.uuid))
    asked = agi(door.ports.agi, "next", str(caller.uuid))
    assert (asked["KEFU_NEXT"], asked["KEFU_CAUSE"]) == ("hangup", "normal")


def test_asterisk_may_say_0x00_too(tiny: Path, door: DoorProcess) -> None:
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_loud()
        caller.raw(0x00)
        caller.wait_hung_up()
    assert recorded(tiny, door, caller)[0].cause == "normal"


def test_the_port_chooses_the_scenario(tiny: Path, door: DoorProcess) -> None:
    with AsteriskCaller(door.ports.human) as caller:
        caller.wait_loud()
    summary, turns = recorded(tiny, door, caller)
    assert summary.called == "4004"
    assert turns[0].scenario == "human"
    calls = list_calls(tiny / "records.sqlite", limit=100)
    assert {call.called for call in calls} <= {"4000", "4004"}

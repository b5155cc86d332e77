"""The dialplan that docs/asterisk.md prints, run against the door."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.records.reader import show
from kefu.records import CallSummary
from tests.daemon.doors.asterisk_caller import AsteriskCaller
from tests.daemon.doors.conversation import GOODBYE, ORDER_STATUS, listen, say
from tests.daemon.doors.dialplan import Channel, Plan, parse, printed
from tests.daemon.doors.door_process import DoorProcess
from tests.daemon.gateway.house import until

Talk = Callable[[AsteriskCaller], None]


def plan(door: DoorProcess, text: str = "") -> Plan:
    ports = {":9092": f":{door.ports.zh}", ":4573": f":{door.ports.agi}"}
    text = text or printed()
    for known, ours in ports.items():
        assert known in text
        text = text.replace(known, ours)
    return parse(text)


def asks_for_a_human(caller: AsteriskCaller) -> None:
    caller.wait_loud()
    caller.wait_quiet()
    say(caller, ORDER_STATUS)
    listen(caller)
    caller.press("0")
    caller.wait_hung_up()


def is_content(caller: AsteriskCaller) -> None:
    caller.wait_loud()
    caller.wait_quiet()
    say(caller, GOODBYE)
    caller.wait_hung_up()


def hangs_up(caller: AsteriskCaller) -> None:
    caller.wait_loud()


def in_turn(*talks: Talk) -> Talk:
    left = list(talks)
    return lambda caller: left.pop(0)(caller)


def summary(tiny: Path, channel: Channel) -> CallSummary:
    call = channel.variables["KEFU_CALL"]
    until(lambda: show(tiny / "records.sqlite", call)[0].cause, 10)
    return show(tiny / "records.sqlite", call)[0]


def test_a_dialogue_to_its_end(tiny: Path, door: DoorProcess) -> None:
    channel = Channel(plan(door), is_content, [])
    channel.call()
    assert channel.variables["KEFU_NEXT"] == "hangup"
    assert channel.dialled == []
    kept = summary(tiny, channel)
    assert (kept.cause, kept.caller, kept.called) == ("completed", "+8613800138000", "4000")


def test_a_human_answers(tiny: Path, door: DoorProcess) -> None:
    channel = Channel(plan(door), asks_for_a_human, ["ANSWER"])
    channel.call()
    assert channel.dialled == ["PJSIP/service"]
    kept = summary(tiny, channel)
    assert (kept.cause, kept.transfer_result) == ("transferred", "ok")


def test_nobody_answers_and_the_same_dialogue_goes_on(tiny: Path, door: DoorProcess) -> None:
    channel = Channel(plan(door), in_turn(asks_for_a_human, is_content), ["BUSY"])
    channel.call()
    assert channel.dialled == ["PJSIP/service"]
    kept = summary(tiny, channel)
    assert (kept.cause, kept.transfer_result) == ("completed", "busy")


def test_he_hangs_up_while_it_rings(tiny: Path, door: DoorProcess) -> None:
    channel = Channel(plan(door), asks_for_a_human, ["HANGUP"])
    channel.call()
    kept = summary(tiny, channel)
    assert (kept.cause, kept.transfer_result) == ("normal", "no_answer")


def test_an_asterisk_without_uuid_puts_its_callers_through_to_somebody(door: DoorProcess) -> None:
    channel = Channel(plan(door, printed().replace("${UUID()}", "")), is_content, ["BUSY"])
    channel.call()
    assert channel.variables["KEFU_CAUSE"] == "bad_uuid"
    assert channel.dialled == ["PJSIP/reception"]


def test_two_channels_with_one_uuid_do_not_run_round(door: DoorProcess) -> None:
    with AsteriskCaller(door.ports.zh) as first:
        first.wait_heard()
        text = printed().replace("${UUID()}", str(first.uuid))
        second = Channel(plan(door, text), lambda caller: caller.wait_hung_up(5), ["BUSY"])
        second.call()
        assert second.variables["KEFU_CAUSE"] == "audiosocket_uuid_in_use"
        assert second.dialled == ["PJSIP/reception"]
        assert len(second.steps) < 20


def test_whatever_the_door_answers_the_dialplan_pauses_before_it_comes_back(
    door: DoorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.daemon.doors.dialplan.agi", lambda *_: {"KEFU_NEXT": "agent"})
    began = time.monotonic()
    rounds = 0

    def turned_away(caller: AsteriskCaller) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        Channel(plan(door), turned_away, []).call()
    assert time.monotonic() - began >= 3 * 0.5

"""Putting a caller through: the door hangs up, the dialplan asks, dials, reports, comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.records.reader import show
from daemon.settings import GatewaySettings, Settings
from kefu.records import Turn
from tests.daemon.doors.asterisk_caller import AsteriskCaller, agi
from tests.daemon.doors.conversation import GOODBYE, ORDER_STATUS, listen, recorded, say
from tests.daemon.doors.door_process import DoorProcess
from tests.daemon.gateway.house import House, until


def ask_for_human(door: DoorProcess) -> AsteriskCaller:
    """A caller who is to be put through; the door has hung up."""
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_loud()
        caller.wait_quiet()
        say(caller, ORDER_STATUS)
        listen(caller)
        caller.press("0")
        caller.wait_hung_up()
    assert "reason=transfer" in door.logged("connection_ended", str(caller.uuid))
    return caller


def test_the_dialplan_learns_the_target_and_the_call_ends_when_he_is_through(
    tiny: Path, door: DoorProcess
) -> None:
    caller = ask_for_human(door)
    asked = agi(door.ports.agi, "next", str(caller.uuid))
    assert asked["KEFU_NEXT"] == "transfer"
    assert asked["KEFU_TARGET"] == "service"
    assert asked["KEFU_REASON"] == "asked"
    assert "订单" in asked["KEFU_SUMMARY"]
    answered = agi(door.ports.agi, "result", str(caller.uuid), "ANSWER")
    assert (answered["KEFU_NEXT"], answered["KEFU_CAUSE"]) == ("hangup", "transferred")
    assert agi(door.ports.agi, "next", str(caller.uuid)) == answered
    summary, _ = recorded(tiny, door, caller)
    assert (summary.cause, summary.transfer_result) == ("transferred", "ok")
    assert agi(door.ports.agi, "next", str(caller.uuid)) == answered
    for event in ("agi_next", "agi_result"):  # so that the journal finds them by the call
        assert f"call={summary.call}" in door.logged(event, str(caller.uuid))


@pytest.mark.parametrize(
    ("status", "result"),
    [("BUSY", "busy"), ("CHANUNAVAIL", "refused")],
)
def test_after_a_failure_the_same_uuid_goes_on_with_the_dialogue(
    tiny: Path, door: DoorProcess, status: str, result: str
) -> None:
    first = ask_for_human(door)
    assert agi(door.ports.agi, "next", str(first.uuid))["KEFU_NEXT"] == "transfer"
    time.sleep(0.7)  # it rings: our side stands still meanwhile
    assert agi(door.ports.agi, "result", str(first.uuid), status)["KEFU_NEXT"] == "agent"
    with AsteriskCaller(door.ports.zh, first.uuid) as back:
        told = back.wait_loud()
        assert told - back.heard[0].at < 0.5  # no backlog of the silence in between
        back.wait_quiet()
        say(back, GOODBYE)
        back.wait_hung_up()
    call = door.logged("talking", str(first.uuid)).split("call=")[1].split()[0]
    until(lambda: show(tiny / "records.sqlite", call)[0].cause)
    summary, turns = show(tiny / "records.sqlite", call)
    assert (summary.cause, summary.transfer_result) == ("completed", result)
    assert turns[1].heard == "我想查一下订单。"
    assert {turn.scenario for turn in turns} == {"order_status"}
    assert door.log.count(f"uuid={first.uuid} call={call}") >= 2


@pytest.fixture
def house() -> Iterator[House]:
    timers = GatewaySettings(max_calls=8, transfer_timeout_ms=1_000)
    with House(Settings(gateway=timers)) as house:
        yield house


def put_through(
    house: House, door: DoorProcess, target: str = "service", slots: dict[str, str] | None = None
) -> AsteriskCaller:
    """As ``ask_for_human``, with a worker that says so at once."""
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_heard()
        call = bytes.fromhex(door.logged("talking", str(caller.uuid)).split("call=")[1].split()[0])
        turn = Turn(call=call.hex(), number=1, action="transfer_human")
        house.at_worker(call).event("transfer", turn, target=target, slots=slots or {})
        caller.wait_hung_up()
    return caller


def test_who_comes_back_without_a_report_has_reached_nobody(house: House) -> None:
    with DoorProcess(house.folder, house.folder) as door:
        first = put_through(house, door)
        with AsteriskCaller(door.ports.zh, first.uuid) as back:
            back.wait_heard()
        assert recorded(house.folder, door, first)[0].transfer_result == "no_answer"


def test_who_hangs_up_while_it_rings_is_gone(house: House) -> None:
    with DoorProcess(house.folder, house.folder) as door:
        caller = put_through(house, door)
        told = agi(door.ports.agi, "result", str(caller.uuid), "CANCEL")
        assert told["KEFU_NEXT"] == "hangup"
        summary, _ = recorded(house.folder, door, caller)
        assert (summary.cause, summary.transfer_result) == ("normal", "no_answer")


def test_who_does_not_come_back_is_hung_up(house: House) -> None:
    with DoorProcess(house.folder, house.folder, "return_timeout_ms = 300") as door:
        caller = put_through(house, door)
        agi(door.ports.agi, "result", str(caller.uuid), "BUSY")
        summary, _ = recorded(house.folder, door, caller)
        assert (summary.cause, summary.transfer_result) == ("normal", "busy")
        told = agi(door.ports.agi, "next", str(caller.uuid))
        assert (told["KEFU_NEXT"], told["KEFU_CAUSE"]) == ("failed", "return_timeout")


@pytest.mark.parametrize("target", ["", "100&PJSIP/mallory,60,g"])
def test_a_target_that_nobody_can_dial_is_no_transfer(house: House, target: str) -> None:
    with DoorProcess(house.folder, house.folder) as door:
        caller = put_through(house, door, target)
        for _ in range(2):
            told = agi(door.ports.agi, "next", str(caller.uuid))
            assert (told["KEFU_NEXT"], told["KEFU_CAUSE"]) == ("failed", "bad_target")
        summary, _ = recorded(house.folder, door, caller)
        assert (summary.cause, summary.transfer_result) == ("normal", "refused")
        assert target in door.logged("agi_bad_target")


def test_what_the_caller_said_is_no_code_of_the_dialplan(house: House) -> None:
    with DoorProcess(house.folder, house.folder) as door:
        caller = put_through(house, door, slots={"name": '"${SHELL(id)}"'})
        told = agi(door.ports.agi, "next", str(caller.uuid))
        assert (told["KEFU_NEXT"], told["KEFU_TARGET"]) == ("transfer", "service")
        assert told["KEFU_SLOTS"] == "name= SHELL(id)"
        agi(door.ports.agi, "result", str(caller.uuid), "CANCEL")


def test_who_is_long_on_his_way_back_is_not_given_up_by_the_gateway() -> None:
    timers = GatewaySettings(media_stalled_ms=100, media_timeout_ms=600)
    with (
        House(Settings(gateway=timers)) as house,
        DoorProcess(house.folder, house.folder, gateway="media_timeout_ms = 600") as door,
    ):
        caller = put_through(house, door)
        assert agi(door.ports.agi, "result", str(caller.uuid), "BUSY")["KEFU_NEXT"] == "agent"
        time.sleep(1.5)
        with AsteriskCaller(door.ports.zh, caller.uuid) as back:
            (call,) = house.toy.calls
            house.at_worker(call).speak(400)
            back.wait_loud()


def test_a_human_who_answers_after_the_gateway_has_given_up_has_answered(house: House) -> None:
    with DoorProcess(house.folder, house.folder) as door:
        caller = put_through(house, door)
        until(lambda: agi(door.ports.agi, "next", str(caller.uuid))["KEFU_NEXT"] == "agent")
        told = agi(door.ports.agi, "result", str(caller.uuid), "ANSWER")
        assert (told["KEFU_NEXT"], told["KEFU_CAUSE"]) == ("hangup", "transferred")
        recorded(house.folder, door, caller)  # it is over


def test_who_comes_back_after_the_gateway_has_given_the_transfer_up_talks_on(house: House) -> None:
    with DoorProcess(house.folder, house.folder) as door:
        caller = put_through(house, door)
        until(lambda: house.gateway.counters["transfers_unanswered"] == 1)
        until(lambda: agi(door.ports.agi, "next", str(caller.uuid))["KEFU_NEXT"] == "agent")
        with AsteriskCaller(door.ports.zh, caller.uuid) as back:
            (call,) = house.toy.calls
            house.at_worker(call).speak(400)
            back.wait_loud()
            assert not back.closed.is_set()


def test_a_uuid_that_talks_is_not_taken_again(door: DoorProcess) -> None:
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_loud()
        with AsteriskCaller(door.ports.zh, caller.uuid) as second:
            second.wait_hung_up()
        assert "reason=audiosocket_uuid_in_use" in door.logged("connection_refused")
        told = agi(door.ports.agi, "next", str(caller.uuid))
        assert told["KEFU_NEXT"] == "failed"
        assert told["KEFU_CAUSE"] == "audiosocket_uuid_in_use"
        before = len(caller.heard)
        time.sleep(0.3)
        assert len(caller.heard) - before > 10  # the first does not notice
    until(lambda: agi(door.ports.agi, "next", str(caller.uuid))["KEFU_CAUSE"] == "normal")

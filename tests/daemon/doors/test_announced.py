"""The caller's number, which the dialplan tells before AudioSocket() brings the caller."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from daemon.doors.announced import EXPIRES_S, MOST_WAITING, Announced, Announcements
from tests.daemon.doors.asterisk_caller import AsteriskCaller, agi
from tests.daemon.doors.conversation import recorded
from tests.daemon.doors.door_process import DoorProcess

NAME = str(uuid.uuid4())


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_number_waits_for_its_caller_and_is_taken_once() -> None:
    waiting = Announcements(Clock())
    waiting.put(NAME, "+8613800138000", "4000")
    assert waiting.take(NAME) == Announced("+8613800138000", "4000")
    assert waiting.take(NAME) == Announced()


def test_what_was_said_last_counts() -> None:
    waiting = Announcements(Clock())
    waiting.put(NAME, "1001", "4000")
    waiting.put(NAME, "1002", "")
    assert waiting.take(NAME) == Announced("1002", "")
    assert len(waiting) == 0


def test_who_does_not_come_is_forgotten() -> None:
    clock = Clock()
    waiting = Announcements(clock)
    waiting.put(NAME, "1001", "4000")
    clock.now += EXPIRES_S
    assert waiting.take(NAME) == Announced()
    waiting.put("a", "1001", "")
    clock.now += EXPIRES_S
    waiting.put("b", "1002", "")
    assert len(waiting) == 1


def test_however_many_are_announced_the_table_stays_small() -> None:
    waiting = Announcements(Clock())
    for number in range(3 * MOST_WAITING):
        waiting.put(str(number), "1001", "4000")
    assert len(waiting) == MOST_WAITING
    assert waiting.take(str(3 * MOST_WAITING - 1)).caller == "1001"
    assert waiting.take("0") == Announced()


@pytest.mark.parametrize(
    "number",
    [
        "",
        "1" * 65,
        "1001\n",
        "10 01",
        "1001;DROP",
        "${SHELL(id)}",
        "王小明",
        '"alice"',
        "\0",
        "１００１",
    ],
)
def test_what_is_no_number_is_not_known(number: str) -> None:
    waiting = Announcements(Clock())
    waiting.put(NAME, number, number)
    assert waiting.take(NAME) == Announced()


@pytest.mark.parametrize("number", ["1001", "+8613800138000", "alice", "alice@example.org", "*97"])
def test_numbers_and_names_of_sip_are(number: str) -> None:
    waiting = Announcements(Clock())
    waiting.put(NAME, number, "")
    assert waiting.take(NAME).caller == number


def test_the_records_have_the_callers_number(tiny: Path, door: DoorProcess) -> None:
    name = uuid.uuid4()
    assert agi(door.ports.agi, "begin", str(name), "+8613800138000", "4711") == {}
    with AsteriskCaller(door.ports.zh, name) as caller:
        caller.wait_heard()
    summary, _ = recorded(tiny, door, caller)
    assert summary.caller == "+8613800138000"
    assert summary.called == "4000", "the port says what was dialled"
    assert "13800138000" not in door.log


def test_where_the_port_says_no_number_the_dialplan_may(tiny: Path) -> None:
    with DoorProcess(tiny, tiny / "run") as door:
        name = uuid.uuid4()
        agi(door.ports.agi, "begin", str(name), "1001", "4004")
        with AsteriskCaller(door.ports.any, name) as caller:
            caller.wait_heard()
        summary, turns = recorded(tiny, door, caller)
        assert (summary.caller, summary.called) == ("1001", "4004")
        assert turns[0].scenario == "human"


def test_without_an_announcement_all_goes_as_before(tiny: Path, door: DoorProcess) -> None:
    with AsteriskCaller(door.ports.zh) as caller:
        caller.wait_heard()
    summary, _ = recorded(tiny, door, caller)
    assert (summary.caller, summary.called) == ("", "4000")

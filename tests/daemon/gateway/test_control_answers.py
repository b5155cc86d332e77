"""What the control socket tells of a gateway with calls, and what DRAIN and MEASURE change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daemon.control import (
    SOCKET,
    Calls,
    CallsRequest,
    Draining,
    DrainRequest,
    LiveCall,
    Measured,
    MeasureRequest,
    Status,
    StatusRequest,
)
from daemon.ctl.control_client import ControlClient
from daemon.errors import MeasureDiffers
from daemon.gateway.recent_waits import REMEMBERED, RecentWaits
from daemon.release import capacity
from daemon.settings import GatewaySettings, Settings, WorkerSettings
from kefu.protocol import Hold
from kefu.records import Ledger, Turn
from tests.daemon.gateway.house import House, until

# No number of calls is set, so that the measured one counts.
UNSET = Settings(gateway=GatewaySettings(), worker=WorkerSettings(deaf_ms=5_000, lost_ms=20_000))


class Asking:
    """A client of the gateway's own control socket."""

    def __init__(self, house: House) -> None:
        self.client = ControlClient(house.folder / SOCKET, timeout_s=5.0)

    def status(self) -> Status:
        return self.client.ask(StatusRequest(), Status)

    def live(self) -> tuple[LiveCall, ...]:
        return self.client.ask(CallsRequest(), Calls).calls

    def drain(self) -> Draining:
        return self.client.ask(DrainRequest(), Draining)

    def measure(self, max_calls: int) -> Measured:
        return self.client.ask(MeasureRequest(max_calls=max_calls), Measured)


@pytest.fixture
def house() -> Iterator[House]:
    with House(UNSET) as house:
        yield house


@pytest.fixture
def asking(house: House) -> Iterator[Asking]:
    asking = Asking(house)
    with asking.client:
        yield asking


def store(house: House, max_calls: int, release: str = "toy-1") -> None:
    capacity.store(
        house.folder / capacity.FILE,
        capacity.Capacity(release=release, machine=capacity.this_machine(), max_calls=max_calls),
    )


def test_status_counts_calls_room_and_refusals(house: House, asking: Asking) -> None:
    before = asking.status()
    assert (before.state, before.worker, before.slot) == ("serving", "serving", "toy")
    assert before.release == "toy-1"
    assert before.max_calls_from in ("cores", "worker")
    assert (before.calls, before.free) == (0, before.max_calls)
    with house.raw() as client, house.raw() as other:
        client.open()
        other.open(codec="ulaw", rate_hz=16_000)
        after = asking.status()
    assert (after.calls, after.free) == (1, before.max_calls - 1)
    assert after.refusals == {"bad_rate": 1}
    assert after.waits is None


def test_without_a_worker_there_is_no_room() -> None:
    with House(UNSET, worker=False) as house, Asking(house).client as client:
        told = client.ask(StatusRequest(), Status)
    assert (told.state, told.worker, told.max_calls, told.free) == ("no_worker", "absent", 0, 0)
    assert told.max_calls_from == ""


def test_live_calls_tell_how_they_stand(house: House, asking: Asking) -> None:
    with house.raw() as client:
        client.open(called="turns", scenario="", language="zh")
        client.talk(0.5)
        (call,) = asking.live()
        assert call.call == client.call.hex()
        assert (call.state, call.language, call.release) == ("live", "zh", "toy-1")
        assert call.turns >= 1
        assert call.age_s >= 0.4
        client.say(b"HOLD", Hold())
        until(lambda: asking.live()[0].state == "held")


def test_a_call_whose_connection_broke_is_detached(house: House, asking: Asking) -> None:
    with house.raw() as client:
        client.open()
        client.talk(0.1)
        client.disconnect()
        until(lambda: asking.live()[0].state == "detached")


def test_drain_takes_no_new_call(house: House, asking: Asking) -> None:
    with house.raw() as client, house.raw() as late:
        client.open()
        drained = asking.drain()
        assert drained == Draining(calls=1)
        assert asking.status().state == "draining"
        assert asking.status().free == 0
        assert late.open().header.code == "draining"


def test_a_measured_number_is_taken_up(house: House, asking: Asking) -> None:
    store(house, 5)
    assert asking.measure(5) == Measured(max_calls=5, max_calls_from="measured")
    assert asking.status().max_calls == 5
    store(house, 100)
    told = asking.measure(100)
    assert told == Measured(max_calls=8, max_calls_from="worker")


def test_a_number_that_the_gateway_does_not_find_is_refused(house: House, asking: Asking) -> None:
    with pytest.raises(MeasureDiffers, match="none"):
        asking.measure(5)
    store(house, 4)
    with pytest.raises(MeasureDiffers, match="has 4"):
        asking.measure(5)


def test_a_stored_number_is_taken_up_when_a_worker_arrives() -> None:
    with House(UNSET, worker=False) as house:
        store(house, 7, release="another")
        store(house, 4)
        house.add_worker()
        with Asking(house).client as client:
            told = client.ask(StatusRequest(), Status)
    assert (told.max_calls, told.max_calls_from) == (4, "measured")


def test_waits_are_those_of_the_last_turns_each_once() -> None:
    waits = RecentWaits()
    assert waits.summary() is None
    waits.note(Turn(call="a", number=0))
    assert waits.summary() is None
    for number in range(REMEMBERED + 50):
        slow = number < 50
        ledger = Ledger(speech_end_ms=1_000.0, first_frame_ms=9_000.0 if slow else 1_750.0)
        for _ in range(2):
            waits.note(Turn(call="a", number=number, ledger=ledger))
    told = waits.summary()
    assert told is not None
    assert (told.turns, told.p50_s, told.p95_s) == (REMEMBERED, 0.75, 0.75)

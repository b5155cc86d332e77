"""docs/slot-protocol.md, "When a worker does not answer": the call goes on."""

from __future__ import annotations

import time

import pytest

from daemon import slot
from daemon.control import SOCKET, Status, StatusRequest
from daemon.ctl.control_client import ControlClient
from daemon.settings import GatewaySettings, Settings, WorkerSettings
from kefu.protocol import Dtmf, Hold, Ping, Resume, Transferred
from tests.daemon.gateway.house import Answer, House, RawClient, until

SILENT = {0xFF}


def quick(lost_ms: int = 20_000) -> Settings:
    return Settings(
        gateway=GatewaySettings(max_calls=8), worker=WorkerSettings(deaf_ms=500, lost_ms=lost_ms)
    )


def speaks(messages: list[Answer]) -> bool:
    return any(set(m.payload) != SILENT for m in messages if m.type == b"AUDIO")


def take_over(house: House, client: RawClient, release: str = "toy-1") -> None:
    """The worker is killed, and another process of a release comes."""
    house.toy.end()
    client.talk(0.1)
    house.add_worker(release)


def test_a_killed_worker_is_covered_by_the_hold_prompt_at_once() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open()
        client.talk(0.2)
        house.toy.end()
        assert speaks(client.talk(0.5))


def test_the_same_release_goes_on_from_the_snapshot() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open(called="chatter")
        client.talk(0.3)
        house.at_worker(client.call).snapshot(b"where we are")
        client.talk(0.1)
        take_over(house, client)
        call = house.at_worker(client.call)
        assert call.opened.resumed
        assert call.opened.snapshot == b"where we are"
        assert call.opened.next_utterance == 1
        assert 0 < call.opened.caller_next <= client.next_sample
        first = call.heard[0].first_sample
        assert first == call.opened.caller_next
        call.speak(500)
        assert speaks(client.talk(0.3))


def test_a_call_without_snapshot_is_opened_anew() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open()
        client.talk(0.1)
        take_over(house, client)
        call = house.at_worker(client.call)
        assert (call.opened.resumed, call.opened.snapshot) == (True, b"")


def test_another_release_does_not_get_the_call_but_a_human_does() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open()
        client.talk(0.1)
        house.at_worker(client.call).snapshot(b"s", target="queue-7", summary="Order A1024.")
        client.talk(0.1)
        take_over(house, client, "toy-2")
        data = client.event("transfer").header.data
        assert data == {
            "target": "queue-7",
            "summary": "Order A1024.",
            "slots": {},
            "reason": "worker_lost",
        }
        client.say(b"TRANSFERRED", Transferred(result="ok"))
        assert client.expect(b"CLOSED").header.cause == "transferred"
        assert client.call not in house.toy.calls


def test_a_worker_that_stays_away_sends_its_callers_to_a_human() -> None:
    with House(quick(lost_ms=300)) as house, house.raw() as client:
        client.open()
        client.talk(0.1)
        house.toy.end()
        client.talk(0.2)
        assert client.event("transfer").header.data["reason"] == "worker_lost"
        client.say(b"TRANSFERRED", Transferred(result="busy"))
        assert client.expect(b"CLOSED").header.cause == "worker_lost"


def test_keys_and_answers_wait_for_the_worker_that_comes() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open()
        client.talk(0.1)
        house.toy.end()
        client.talk(0.2)
        client.say(b"DTMF", Dtmf(digit="5"))
        client.event("dtmf")
        house.add_worker()
        call = house.at_worker(client.call)
        until(lambda: call.told)
        assert call.told == [slot.Dtmf(call=client.call, digit="5")]


def test_a_held_call_is_opened_as_held() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open()
        client.talk(0.1)
        client.say(b"HOLD", Hold())
        client.event("held")
        house.toy.end()
        time.sleep(0.2)
        house.add_worker()
        until(lambda: client.call in house.toy.calls)
        assert house.toy.calls[client.call].opened.held
        client.say(b"RESUME", Resume())
        until(lambda: house.toy.calls[client.call].told)


def test_a_transfer_goes_on_without_the_worker() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open()
        house.at_worker(client.call).event("transfer", target="queue-7")
        client.event("transfer")
        house.toy.end()
        client.talk(0.1)
        house.add_worker()
        client.talk(0.1)
        assert client.call not in house.toy.calls
        client.say(b"TRANSFERRED", Transferred(result="refused"))
        call = house.at_worker(client.call)
        until(lambda: call.told)
        assert call.told == [slot.Transferred(call=client.call, result="refused")]


def test_a_worker_that_wakes_is_asked_for_its_list_and_given_what_it_lost() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open()
        client.talk(0.1)
        house.at_worker(client.call).snapshot(b"kept")
        client.talk(0.1)
        toy = house.toy
        toy.deaf = True
        client.talk(0.9)
        toy.forgotten.add(client.call)
        toy.deaf = False
        client.talk(0.1)
        until(lambda: toy.calls[client.call].opened.snapshot == b"kept")
        assert toy.calls[client.call].opened.resumed


def test_a_worker_that_answers_only_old_frames_is_deaf() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open()
        client.talk(0.1)
        house.toy.lag = 30
        assert speaks(client.talk(1.0))
        assert house.gateway.counters["worker_deaf"] == 1


def test_a_fault_in_one_call_goes_on_once_from_its_snapshot_then_to_a_human() -> None:
    with House(quick()) as house, house.raw() as client, house.raw() as other:
        client.open()
        other.open()
        client.talk(0.1)
        house.at_worker(client.call).snapshot(b"s", target="queue-7")
        client.talk(0.1)
        house.at_worker(client.call).hang_up("worker_lost")
        client.talk(0.2)
        assert house.at_worker(client.call).opened.snapshot == b"s"
        house.at_worker(client.call).hang_up("worker_lost")
        assert client.event("transfer").header.data["target"] == "queue-7"
        assert other.call in house.toy.calls


def test_draining_takes_no_new_call_and_ends_the_worker_after_the_last() -> None:
    with House(quick()) as house, house.raw() as client, house.raw() as late:
        client.open()
        client.talk(0.1)
        house.gateway.drain()
        refused = late.open().header
        assert refused.code == "draining"
        assert refused.retry_after_ms > 0
        late.say(b"PING", Ping(nonce=1))
        assert late.expect(b"PONG").header.state == "draining"
        assert not house.toy.drained
        client.talk(0.1)
        house.at_worker(client.call).hang_up("completed")
        assert client.expect(b"CLOSED").header.cause == "completed"
        until(lambda: house.toy.drained)


def test_a_worker_that_ends_behind_the_last_call_of_a_drain_is_no_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    with House(quick()) as house, ControlClient(house.folder / SOCKET, timeout_s=5.0) as asking:
        house.gateway.drain()
        until(lambda: house.toy.drained)
        house.toy.end()
        until(lambda: asking.ask(StatusRequest(), Status).worker == "drained")
        until(lambda: "worker_drained" in caplog.text)
        assert "worker_lost" not in caplog.text
        assert house.gateway.counters["worker_dead"] == 0


def test_a_human_who_is_busy_does_not_bring_back_a_call_that_failed_twice() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open()
        client.talk(0.1)
        house.at_worker(client.call).snapshot(b"s", target="queue-7")
        client.talk(0.1)
        house.at_worker(client.call).hang_up("worker_lost")
        client.talk(0.2)
        house.at_worker(client.call).hang_up("worker_lost")
        client.event("transfer")
        client.say(b"TRANSFERRED", Transferred(result="busy"))
        assert client.expect(b"CLOSED").header.cause == "worker_lost"
        assert house.gateway.counters["calls_reopened"] == 1


def test_the_hold_prompt_comes_back_after_the_pbx_had_the_caller() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open()
        client.talk(0.2)
        house.toy.end()
        assert speaks(client.talk(0.3))
        client.say(b"HOLD", Hold())
        client.event("held")
        client.say(b"RESUME", Resume())
        client.event("resumed")
        client.talk(0.1)
        assert speaks(client.talk(0.3))


def test_what_ends_something_waits_for_the_worker_whatever_keys_are_pressed() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open()
        house.at_worker(client.call).event("transfer", target="queue-7")
        client.event("transfer")
        house.toy.end()
        client.talk(0.1)
        client.say(b"TRANSFERRED", Transferred(result="refused"))
        for _ in range(100):
            client.say(b"DTMF", Dtmf(digit="1"))
        client.talk(0.2)
        house.add_worker()
        call = house.at_worker(client.call)
        until(lambda: len(call.told) >= 64)
        assert slot.Transferred(call=client.call, result="refused") in call.told
        dropped = house.gateway.counters["client_messages_dropped"]
        assert dropped + house.gateway.counters["controls_dropped"] > 0


def test_nothing_is_said_while_a_human_is_being_reached() -> None:
    with House(quick()) as house, house.raw() as client:
        client.open(called="chatter")
        client.talk(0.2)
        call = house.at_worker(client.call)
        call.cut()
        client.talk(0.1)
        call.event("transfer", target="queue-7")
        client.event("transfer")
        client.talk(0.2)
        call.speak(1_000)
        assert not speaks(client.talk(0.4))


def test_a_call_that_was_opened_after_the_list_was_asked_for_is_not_opened_twice() -> None:
    with House(quick()) as house, house.raw() as client, house.raw() as late:
        client.open()
        client.talk(0.1)
        toy = house.toy
        toy.deaf = True
        client.talk(0.9)
        toy.deaf = False
        client.talk(0.2)
        assert late.open().type == b"OPENED"
        toy.send(slot.Holding(calls=(client.call,)))  # made before it was opened
        late.talk(0.3)
        assert not house.at_worker(late.call).opened.resumed
        assert house.gateway.counters["calls_reopened"] == 0

"""docs/protocol.md: EVENT ``transfer`` and the four answers of TRANSFERRED."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daemon import slot
from daemon.records.reader import show
from daemon.settings import GatewaySettings, Settings
from kefu.protocol import Transferred, TransferResult
from kefu.records import Turn
from tests.daemon.gateway.house import House, RawClient, until

HANDOVER = {"target": "queue-7", "reason": "asked", "summary": "Wants a person.", "slots": {}}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as house:
        yield house


def ask_for_human(house: House, client: RawClient) -> None:
    client.open()
    call = house.at_worker(client.call)
    turn = Turn(call=client.call.hex(), number=1, action="transfer_human")
    call.event("transfer", turn, **HANDOVER)


def test_the_event_follows_its_record_and_names_target_and_summary(house: House) -> None:
    with house.raw() as client:
        ask_for_human(house, client)
        event = client.event("transfer").header
        assert event.stored is True
        assert event.data == HANDOVER
        summary, turns = show(house.records, client.call.hex())
        assert turns[0].action == "transfer_human"
        client.say(b"TRANSFERRED", Transferred(result="ok"))
        assert client.event("transferred").header.data == {"result": "ok"}
        closed = client.expect(b"CLOSED").header
        assert (closed.cause, closed.q850) == ("transferred", 16)
        until(lambda: show(house.records, summary.call)[0].cause == "transferred")
        summary = show(house.records, summary.call)[0]
        assert (summary.outcome, summary.transfer_reason) == ("transferred", "asked")
        assert summary.transfer_result == "ok"


@pytest.mark.parametrize("result", ["busy", "no_answer", "refused"])
def test_on_failure_the_dialogue_goes_on(house: House, result: TransferResult) -> None:
    with house.raw() as client:
        ask_for_human(house, client)
        client.event("transfer")
        client.say(b"TRANSFERRED", Transferred(result=result))
        call = house.at_worker(client.call)
        until(lambda: call.told)
        assert call.told == [slot.Transferred(call=client.call, result=result)]
        client.talk(0.2)
        call.speak(200)
        client.talk(0.3)
        assert client.taken > 0


def test_a_transfer_suspends_the_media_timers() -> None:
    timers = GatewaySettings(media_stalled_ms=50, media_timeout_ms=150)
    with House(Settings(gateway=timers)) as house, house.raw() as client:
        ask_for_human(house, client)
        client.event("transfer")
        with pytest.raises(AssertionError):
            client.expect(b"CLOSED", timeout_s=0.5)
        client.say(b"TRANSFERRED", Transferred(result="busy"))
        assert client.expect(b"CLOSED").header.cause == "media_timeout"


def test_a_pbx_that_never_answers_counts_as_no_answer() -> None:
    timers = GatewaySettings(transfer_timeout_ms=200)
    with House(Settings(gateway=timers)) as house, house.raw() as client:
        ask_for_human(house, client)
        client.event("transfer")
        assert client.event("transferred").header.data == {"result": "no_answer"}
        call = house.at_worker(client.call)
        until(lambda: call.told)
        assert house.gateway.counters["transfers_unanswered"] == 1


def test_transferred_uncalled_is_ignored(house: House) -> None:
    with house.raw() as client:
        client.open()
        client.say(b"TRANSFERRED", Transferred(result="ok"))
        client.talk(0.2)
        until(lambda: house.gateway.counters["transferred_uncalled"] == 1)
        assert house.at_worker(client.call).told == []

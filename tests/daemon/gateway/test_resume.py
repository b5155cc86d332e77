"""docs/protocol.md, "Resuming a call": nothing of either direction is lost or comes twice."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import pytest

from daemon.errors import NoSuchCall
from daemon.records.reader import show
from daemon.settings import GatewaySettings, Settings
from kefu.protocol import Audio, Close, Dtmf, Open
from tests.daemon.gateway.house import House, RawClient, until


def recorded_cause(house: House, call: bytes) -> str:
    """Empty where the end of the call was not written yet."""
    try:
        return show(house.records, call.hex())[0].cause
    except NoSuchCall:
        return ""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as house:
        yield house


def test_opened_says_where_each_side_goes_on(house: House) -> None:
    with house.raw() as client:
        token = client.open(called="chatter").header.token
        client.talk(0.3)
        client.reconnect_as_another()
        opened = client.resume(token).header
        assert opened.token == token
        assert opened.caller_next == client.next_sample
        assert opened.agent_next <= client.taken


def test_agent_samples_are_neither_skipped_nor_renumbered(house: House) -> None:
    with house.raw() as client:
        token = client.open(called="chatter").header.token
        client.talk(0.3)
        heard = client.taken
        client.reconnect_as_another()
        time.sleep(0.2)
        first = client.resume(token).header.agent_next
        client.numbers.clear()
        client.talk(0.5)
        assert first <= heard < first + 160
        assert client.numbers[0] == first
        assert client.numbers == list(range(first, first + 160 * len(client.numbers), 160))


def test_what_the_client_sends_from_its_ring_is_heard_once(house: House) -> None:
    with house.raw() as client:
        token = client.open(called="count").header.token
        for _ in range(10):
            client.audio()
        until(lambda: house.at_worker(client.call).samples == 1_600)
        client.reconnect_as_another()
        opened = client.resume(token).header
        client.next_sample = opened.caller_next - 480  # from a little before, at once
        for _ in range(50):
            client.audio()
        until(lambda: house.at_worker(client.call).samples == 1_600 - 480 + 50 * 160)
        assert house.at_worker(client.call).lost == 0


def test_events_that_were_missed_come_again_by_their_number(house: House) -> None:
    with house.raw() as client:
        token = client.open(called="none").header.token
        call = house.at_worker(client.call)
        for _ in range(5):
            call.event("heard.partial", text="查")
        numbers = [client.expect(b"EVENT").header.number for _ in range(5)]
        assert numbers == [0, 1, 2, 3, 4]
        client.reconnect_as_another()
        client.resume(token, next_event=3)
        assert [client.expect(b"EVENT").header.number for _ in range(2)] == [3, 4]
        call.event("heard.partial", text="查")
        assert client.expect(b"EVENT").header.number == 5


def test_opened_counts_the_controls_that_were_received(house: House) -> None:
    with house.raw() as client:
        token = client.open(called="none").header.token
        client.say(b"DTMF", Dtmf(digit="1"))
        client.say(b"DTMF", Dtmf(digit="2"))
        client.event("dtmf")
        client.event("dtmf")
        client.reconnect_as_another()
        assert client.resume(token).header.controls == 2


def test_the_newest_open_wins(house: House) -> None:
    with house.raw() as first, house.raw() as second:
        token = first.open(called="chatter").header.token
        second.call, second.asked = first.call, first.asked
        assert second.resume(token).type == b"OPENED"
        first.audio()  # late, not an attack: no answer
        before = len(second.numbers)
        second.talk(0.2)
        assert len(second.numbers) > before
        while (message := first.receive(0.1)) is not None:
            assert message.type != b"ERROR"
        second.say(b"CLOSE", Close())
        second.expect(b"CLOSED")


def test_a_wrong_token_resumes_nothing(house: House) -> None:
    with house.raw() as owner, house.raw() as thief:
        owner.open(called="none")
        thief.call = owner.call
        assert thief.resume("guess").header.code == "call_exists"
        thief.say(b"AUDIO", Audio(first_sample=0), bytes(160))
        assert thief.expect(b"ERROR").header.code == "not_your_call"
        owner.talk(0.1)
        owner.say(b"CLOSE", Close())
        assert owner.expect(b"CLOSED").header.cause == "normal"


def test_a_token_of_no_call_is_an_unknown_call(house: House) -> None:
    with house.raw() as client:
        assert client.resume("anything").header.code == "unknown_call"


def test_a_call_that_ended_meanwhile_tells_its_end_and_its_last_events(house: House) -> None:
    with house.raw() as client:
        token = client.open(called="none").header.token
        call = house.at_worker(client.call)
        client.disconnect()
        call.event("heard.partial", text="再见")
        call.hang_up("completed")
        until(lambda: recorded_cause(house, client.call) == "completed")
        client.reconnect_as_another()
        client.say(b"OPEN", _resuming(client, token))
        assert client.event("heard.partial").header.number == 0
        assert client.expect(b"CLOSED").header.cause == "completed"


def test_a_call_stands_still_while_its_client_is_away() -> None:
    with House() as house, house.raw() as client:
        client.open(called="count")
        client.talk(0.2)
        call = house.at_worker(client.call)
        client.disconnect()
        time.sleep(0.3)
        frames = call.frames
        time.sleep(0.3)
        assert call.frames == frames


def test_after_ten_seconds_away_the_call_is_gone() -> None:
    timers = GatewaySettings(client_gone_ms=200)
    with House(Settings(gateway=timers)) as house, house.raw() as client:
        token = client.open(called="chatter").header.token
        client.talk(0.1)
        client.disconnect()
        until(lambda: list(house.toy.closed.values()) == ["client_gone"])
        client.connect()
        client.say(b"OPEN", _resuming(client, token))
        assert client.expect(b"CLOSED").header.cause == "client_gone"


def _resuming(client: RawClient, token: str) -> Open:
    return msgspec.structs.replace(client.asked, token=token, taken=client.taken)

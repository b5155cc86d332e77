"""docs/protocol.md: HOLD and RESUME, DTMF, MARK, PLAY, and DUCK and RISE on the line."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from daemon import slot
from daemon.settings import GatewaySettings, Settings
from engines._core import g711_decode
from kefu.protocol import Dtmf, Hold, Mark, Play, Resume
from tests.daemon.gateway.house import Answer, House, until


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as house:
        yield house


def loudness(messages: list[Answer]) -> float:
    """Mean magnitude of the agent audio in ``messages``."""
    pcm = b"".join(g711_decode(m.payload, "ulaw") for m in messages if m.type == b"AUDIO")
    values = memoryview(pcm).cast("h")
    return sum(map(abs, values)) / max(1, len(values))


def test_hold_stops_both_numberings_and_resume_goes_on_at_the_next(house: House) -> None:
    with house.raw() as client:
        client.open(called="count")
        client.talk(0.2)
        client.say(b"HOLD", Hold())
        client.event("held")
        call = house.at_worker(client.call)
        samples, taken = call.samples, client.taken
        time.sleep(0.3)
        assert client.receive(0.1) is None
        client.audio()  # a client that does not stop: not heard, and no error
        client.next_sample -= 160
        client.say(b"RESUME", Resume())
        client.event("resumed")
        client.numbers.clear()
        client.talk(0.2)
        assert client.numbers[0] == taken
        assert call.lost == 0
        assert samples < call.samples <= client.next_sample


def test_hold_cuts_speech_in_progress(house: House) -> None:
    with house.raw() as client:
        client.open(called="chatter")
        client.talk(0.4)
        client.say(b"HOLD", Hold())
        done = client.event("toy.cut_done").header.data
        assert done["utterance"] == 0
        told = house.at_worker(client.call).told
        assert [type(message) for message in told] == [slot.Hold]


def test_hold_suspends_the_media_timers_but_not_the_longest_duration() -> None:
    timers = GatewaySettings(media_stalled_ms=50, media_timeout_ms=150, max_call_ms=600)
    with House(Settings(gateway=timers)) as house, house.raw() as client:
        client.open()
        client.talk(0.1)
        client.say(b"HOLD", Hold())
        client.event("held")
        messages = [client.receive(0.4)]
        assert messages == [None]
        assert client.expect(b"CLOSED").header.cause == "too_long"


def test_hold_twice_and_resume_uncalled_change_nothing(house: House) -> None:
    with house.raw() as client:
        client.open(called="count")
        client.say(b"RESUME", Resume())
        client.say(b"HOLD", Hold())
        client.say(b"HOLD", Hold())
        client.say(b"RESUME", Resume())
        kinds = [client.expect(b"EVENT").header.kind for _ in range(2)]
        assert kinds == ["held", "resumed"]


def test_keys_reach_the_worker_in_order_and_are_acknowledged(house: House) -> None:
    with house.raw() as client:
        client.open()
        call = house.at_worker(client.call)
        for digit in ("1", "0", "2", "4", "#"):
            client.say(b"DTMF", Dtmf(digit=digit))
        digits = [client.event("dtmf").header.data["digit"] for _ in range(5)]
        assert digits == ["1", "0", "2", "4", "#"]
        until(lambda: len(call.told) == 5)
        assert [getattr(message, "digit", "") for message in call.told] == digits


def test_a_key_that_does_not_exist_is_refused(house: House) -> None:
    with house.raw() as client:
        client.open()
        client.parts(b"kefu/1", b"DTMF", client.call, b"\x81\xa5digit\xa1E", b"")
        assert client.expect(b"ERROR").header.code == "bad_header"


def test_marks_and_prompts_reach_the_worker(house: House) -> None:
    with house.raw() as client:
        client.open()
        call = house.at_worker(client.call)
        client.say(b"MARK", Mark(name="queue left"))
        client.say(b"PLAY", Play(text="请稍等。"))
        until(lambda: len(call.told) == 2)
        assert call.told[0] == slot.Mark(call=client.call, name="queue left")
        assert call.told[1] == slot.Play(call=client.call, text="请稍等。")


def test_duck_is_fifteen_decibels_and_rise_brings_it_back(house: House) -> None:
    with house.raw() as client:
        client.open(called="chatter")
        call = house.at_worker(client.call)
        loud = loudness(client.talk(0.4)[-10:])
        call.duck()
        client.talk(0.2)
        soft = loudness(client.talk(0.3))
        call.rise()
        client.talk(0.3)
        again = loudness(client.talk(0.3))
        assert 0.15 < soft / loud < 0.21  # 10 ** (-15 / 20) = 0.178
        assert 0.9 < again / loud < 1.1


def test_the_next_utterance_is_not_ducked(house: House) -> None:
    with house.raw() as client:
        client.open(called="chatter")
        call = house.at_worker(client.call)
        loud = loudness(client.talk(0.4)[-10:])
        call.duck()
        client.talk(0.1)
        call.cut()
        client.talk(0.2)
        call.speak(2_000)
        client.talk(0.3)
        assert 0.9 < loudness(client.talk(0.3)) / loud < 1.1


def test_a_client_that_vanishes_while_it_holds_a_call_leaves_no_call() -> None:
    with House(Settings(gateway=GatewaySettings(client_gone_ms=300))) as house:
        with house.raw() as client:
            client.open()
            client.talk(0.1)
            client.say(b"HOLD", Hold())
            client.event("held")
            client.disconnect()
        until(lambda: list(house.toy.closed.values()) == ["client_gone"])


def test_a_flood_of_keys_deafens_nobody(house: House) -> None:
    with house.raw() as flood, house.raw() as steady:
        flood.open()
        steady.open(called="chatter")
        first = steady.expect(b"AUDIO").header.first_sample
        for _ in range(5_000):
            flood.say(b"DTMF", Dtmf(digit="1"))
        steady.talk(1.5)
        assert steady.taken - first >= 160 * 60
        assert house.gateway.counters["controls_dropped"] > 4_000
        assert len(house.at_worker(flood.call).told) < 300
        assert house.gateway.counters["worker_deaf"] == 0

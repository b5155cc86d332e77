"""A call from OPENED to CLOSED as a PBX meets it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator

import pytest

from daemon.errors import NoSuchCall
from daemon.records.reader import show
from daemon.settings import GatewaySettings, RecordsSettings, Settings
from kefu.protocol import Close, Codec, Flushed, Ping
from kefu.records import CallSummary, Turn
from tests.daemon.gateway.house import House, until


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as house:
        yield house


def recorded(house: House, call: bytes) -> tuple[CallSummary, list[Turn]]:
    """What the records hold of a call, nothing included."""
    try:
        return show(house.records, call.hex())
    except NoSuchCall:
        return CallSummary(call=""), []


def test_agent_frames_are_contiguous_20_ms_from_opened_to_closed(house: House) -> None:
    with house.raw() as client:
        opened = client.open(called="tone").header
        assert (opened.caller_next, opened.agent_next) == (0, 0)
        assert opened.release == "toy-1"
        assert len(opened.token) >= 16
        audio = [message for message in client.talk(1.0) if message.type == b"AUDIO"]
        client.say(b"CLOSE", Close())
        closed = client.expect(b"CLOSED").header
    assert [message.header.first_sample for message in audio] == [
        160 * n for n in range(len(audio))
    ]
    assert all(len(message.payload) == 160 for message in audio)
    assert any(set(message.payload) != {0xFF} for message in audio)
    assert (closed.cause, closed.q850) == ("normal", 16)


@pytest.mark.parametrize(
    ("codec", "rate_hz", "frame_ms", "length"),
    [
        ("ulaw", 8000, 20, 160),
        ("alaw", 8000, 30, 160),
        ("slin", 8000, 10, 320),
        ("slin", 16000, 60, 640),
        ("slin", 24000, 20, 960),
    ],
)
def test_every_codec_answers_in_kind(
    house: House, codec: Codec, rate_hz: int, frame_ms: int, length: int
) -> None:
    with house.raw() as client:
        client.open(codec=codec, rate_hz=rate_hz, frame_ms=frame_ms, called="count")
        client.talk(0.3)
        assert len(client.expect(b"AUDIO").payload) == length
        assert client.event("toy.count").header.data["samples"] > 0


def test_what_the_worker_hears_is_what_the_client_sent(house: House) -> None:
    with house.raw() as client:
        client.open(called="count")
        for _ in range(10):
            client.audio()
        until(lambda: house.at_worker(client.call).samples == 1600)
        client.next_sample = 0  # a repeat is dropped
        client.audio()
        client.next_sample = 1600 + 240  # 30 ms are concealed
        client.audio()
        until(lambda: house.at_worker(client.call).samples == 1600 + 240 + 160)
        client.next_sample += 8000  # one second is lost
        client.audio()
        until(lambda: house.at_worker(client.call).lost == 8000)
        client.next_sample += 8000 * 4
        client.audio()
        assert client.expect(b"ERROR").header.code == "bad_sequence"


def test_idle_time_is_told_to_the_worker_and_no_audio_is_invented(house: House) -> None:
    with house.raw() as client:
        client.open(called="count")
        client.audio()
        until(lambda: house.at_worker(client.call).heard[-1].idle_ms >= 200)
        assert house.at_worker(client.call).samples == 160


def test_the_worker_hangs_up(house: House) -> None:
    with house.raw() as client:
        client.open(called="hang_up")
        closed = client.expect(b"CLOSED").header
    assert (closed.cause, closed.q850) == ("completed", 16)
    until(lambda: recorded(house, client.call)[0].cause == "completed")
    assert recorded(house, client.call)[0].outcome == "completed"


def test_events_follow_the_commit_of_their_record(house: House) -> None:
    with house.raw() as client:
        client.open(called="turns")
        for number in range(3):
            turn = client.event("turn").header
            assert (turn.stored, turn.data["number"]) == (True, number)
            summary, turns = show(house.records, client.call.hex()[:12])
            assert turns[number].heard == "喂"
            assert client.event("reply.ended").header.stored is None
        client.say(b"CLOSE", Close())
        client.expect(b"CLOSED")
    until(lambda: show(house.records, summary.call)[0].cause == "normal")
    assert show(house.records, summary.call)[0].turns >= 3


def test_a_cut_flushes_the_client_and_settles_what_was_heard(house: House) -> None:
    with house.raw() as client:
        client.open(called="cut")
        client.expect(b"AUDIO")
        taken = 160 * 10
        for _ in range(12):
            client.audio(taken=taken)
            time.sleep(0.02)
        flush = client.expect(b"FLUSH").header
        client.say(b"FLUSHED", Flushed(first_dropped=160 * 12))
        done = client.event("toy.cut_done").header.data
        assert done["utterance"] == 0
        assert 0 < done["heard"] <= 160 * 12
        assert flush.next_sample > 160 * 12


def test_without_flushed_the_last_taken_counts(house: House) -> None:
    with house.raw() as client:
        client.open(called="cut")
        for _ in range(12):
            client.audio(taken=1600)
            time.sleep(0.02)
        client.expect(b"FLUSH")
        started = time.monotonic()
        done = client.event("toy.cut_done").header.data
        assert time.monotonic() - started > 0.1
        assert done["heard"] <= 1600


def test_a_client_that_takes_nothing_pauses_its_line_and_is_closed(house: House) -> None:
    with house.raw() as client:
        client.open(called="chatter")
        samples = []
        for _ in range(99):
            client.audio(taken=0)
            time.sleep(0.008)
        while (message := client.receive(0.1)) is not None:
            samples.append(message.header.first_sample)
        assert len(samples) <= 27  # 500 ms, and no number used up after it
        for _ in range(40):
            client.audio(taken=0)
            time.sleep(0.005)
        closed = client.expect(b"CLOSED").header
    assert closed.cause == "client_stalled"


def test_a_client_that_reads_nothing_delays_nobody(house: House) -> None:
    with house.raw() as mute, house.raw() as lively:
        mute.open(called="chatter")
        lively.open(called="chatter")
        first = lively.expect(b"AUDIO").header.first_sample
        for _ in range(75):
            mute.audio(taken=0)
            lively.talk(0.02)
        assert lively.taken - first >= 160 * 70


def test_too_many_calls_are_busy_and_the_others_go_on() -> None:
    with House(Settings(gateway=GatewaySettings(max_calls=2, busy_retry_ms=1234))) as house:
        clients = [house.raw() for _ in range(3)]
        assert [client.open().type for client in clients] == [b"OPENED", b"OPENED", b"ERROR"]
        refused = clients[2].open().header
        assert (refused.code, refused.retry_after_ms) == ("busy", 1234)
        clients[0].say(b"PING", Ping(nonce=7))
        pong = clients[0].expect(b"PONG").header
        assert (pong.nonce, pong.state, pong.calls, pong.free) == (7, "serving", 2, 0)
        clients[0].say(b"CLOSE", Close())
        clients[0].expect(b"CLOSED")
        assert clients[2].open().type == b"OPENED"
        for client in clients:
            client.__exit__()


def test_without_a_worker_nobody_is_taken() -> None:
    with House(worker=False) as house, house.raw() as client:
        refused = client.open().header
        assert refused.code == "no_worker"
        assert refused.retry_after_ms > 0
        house.add_worker()
        assert client.open().type == b"OPENED"


def test_media_timers() -> None:
    timers = GatewaySettings(media_stalled_ms=100, media_timeout_ms=400)
    with House(Settings(gateway=timers)) as house, house.raw() as client:
        client.open()
        client.audio()
        stalled = client.event("media.stalled").header
        assert stalled.data["idle_ms"] >= 100
        assert client.expect(b"CLOSED").header.cause == "media_timeout"


def test_a_call_has_a_longest_duration() -> None:
    timers = GatewaySettings(max_call_ms=300)
    with House(Settings(gateway=timers)) as house, house.raw() as client:
        client.open()
        client.talk(0.2)
        closed = client.expect(b"CLOSED").header
        assert (closed.cause, closed.q850) == ("too_long", 31)
        assert client.receive(0.2) is None


def test_a_client_that_vanishes_leaves_no_call() -> None:
    with House(Settings(gateway=GatewaySettings(client_gone_ms=200))) as house:
        with house.raw() as client:
            client.open(called="chatter")
            client.talk(0.1)
            client.disconnect()
        until(lambda: list(house.toy.closed.values()) == ["client_gone"])
        with house.raw() as client:
            assert client.open().type == b"OPENED"


def test_a_deaf_worker_is_covered_by_the_hold_prompt() -> None:
    with House(Settings()) as house, house.raw() as client:
        client.open(called="count")
        client.talk(0.2)
        house.toy.deaf = True
        silent = {0xFF}
        audio = [message for message in client.talk(1.2) if message.type == b"AUDIO"]
        assert any(set(message.payload) != silent for message in audio)
        house.toy.deaf = False
        client.talk(0.3)
        assert client.event("toy.count").header.data["samples"] > 0
        audio = [message for message in client.talk(0.2) if message.type == b"AUDIO"]
        assert all(set(message.payload) == silent for message in audio[-3:])


def test_a_dropped_connection_that_comes_back_keeps_its_call(house: House) -> None:
    with house.raw() as client:
        client.open(called="count")
        client.talk(0.2)
        client.disconnect()
        time.sleep(0.3)
        client.connect()
        before = client.taken
        client.talk(0.3)
        numbers = client.numbers[-5:]
        assert client.taken > before
        assert numbers == list(range(numbers[0], numbers[0] + 5 * 160, 160))
        assert client.taken - before < 160 * 20  # the line stood still meanwhile
        client.say(b"CLOSE", Close())
        assert client.expect(b"CLOSED").header.cause == "normal"


def test_a_record_that_cannot_be_stored_does_not_hold_up_the_event() -> None:
    quick = Settings(records=RecordsSettings(commit_timeout_ms=100))
    with House(quick) as house, house.raw() as client:
        client.open(called="count")
        call = house.at_worker(client.call)
        blocker = sqlite3.connect(house.records, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        call.event("turn", Turn(call=client.call.hex(), number=0))
        assert client.event("turn").header.stored is False
        blocker.execute("ROLLBACK")
        blocker.close()
        assert house.gateway.counters["events_not_stored"] == 1
        until(lambda: recorded(house, client.call)[1])


def test_the_last_turn_is_recorded_after_the_caller_hung_up(house: House) -> None:
    with house.raw() as client:
        client.open(called="count")
        call = house.at_worker(client.call)
        client.say(b"CLOSE", Close())
        client.expect(b"CLOSED")
        last = Turn(call=client.call.hex(), number=4, heard="再见")
        call.event("record.turn", last)
        until(lambda: recorded(house, client.call)[1])
        until(lambda: recorded(house, client.call)[0].turns == 5)
        summary, turns = recorded(house, client.call)
        assert summary.outcome == "abandoned"
        assert turns[0].heard == "再见"


def test_kinds_for_the_record_alone_do_not_reach_the_client(house: House) -> None:
    with house.raw() as client:
        client.open()
        call = house.at_worker(client.call)
        call.event("record.turn", Turn(call=client.call.hex(), number=0))
        call.event("heard.final", text="喂")
        assert client.expect(b"EVENT").header.kind == "heard.final"


def test_speech_beyond_the_credit_is_discarded_and_counted(house: House) -> None:
    with house.raw() as client:
        client.open(called="over_credit")
        audio = [message for message in client.talk(0.4) if message.type == b"AUDIO"]
    assert all(set(message.payload) == {0xFF} for message in audio)
    assert house.gateway.counters["say_over_credit"] == 1


def test_shutdown_closes_every_call_and_removes_the_sockets() -> None:
    with House() as house, house.raw() as client:
        client.open(called="tone")
        client.talk(0.1)
        house.stop()
        assert client.expect(b"CLOSED").header.cause == "shutdown"

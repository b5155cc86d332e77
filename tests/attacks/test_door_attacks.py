"""Hostile and mistaken bytes at the door: each is answered as written, and the next call works."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import msgspec
import pytest

from kefu.protocol import FROM_CLIENT, NO_CALL, Audio, Close, Flushed, Open, Ping, pack
from tests.daemon.gateway.house import House, until

CALL = bytes(range(1, 17))
ASKED = Open(codec="ulaw", rate_hz=8000, frame_ms=20)
GOOD = pack(b"OPEN", CALL, ASKED)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as house:
        yield house
        assert house.gateway.counters["faults"] == 0


def header(**fields: object) -> bytes:
    """msgpack of any fields, valid or not."""
    return msgspec.msgpack.encode({"codec": "ulaw", "rate_hz": 8000, "frame_ms": 20, **fields})


def opening(**fields: object) -> list[bytes]:
    return [b"kefu/1", b"OPEN", CALL, header(**fields), b""]


ANSWERED = {
    "no parts": ([b""], "bad_message"),
    "four parts": (GOOD[:4], "bad_message"),
    "six parts": ([*GOOD, b""], "bad_message"),
    "20,000 parts": ([b"x"] * 20_000, "bad_message"),
    "version 2": ([b"kefu/2", *GOOD[1:]], "bad_version"),
    "no version": ([b"", *GOOD[1:]], "bad_version"),
    "another protocol": ([b"GET / HTTP/1.1", *GOOD[1:]], "bad_version"),
    "unknown type": ([GOOD[0], b"OPPEN", *GOOD[2:]], "bad_type"),
    "lower case type": ([GOOD[0], b"open", *GOOD[2:]], "bad_type"),
    "type of the other side": ([GOOD[0], b"OPENED", *GOOD[2:]], "bad_type"),
    "binary type": ([GOOD[0], b"\xff\x00" * 40, *GOOD[2:]], "bad_type"),
    "short call id": ([*GOOD[:2], b"short", *GOOD[3:]], "bad_call_id"),
    "no call id": ([*GOOD[:2], NO_CALL, *GOOD[3:]], "bad_call_id"),
    "empty header": ([*GOOD[:3], b"", b""], "bad_header"),
    "garbage header": ([*GOOD[:3], b"\xc1\xff\x00garbage", b""], "bad_header"),
    "truncated header": ([*GOOD[:3], GOOD[3][:-3], b""], "bad_header"),
    "array header": ([*GOOD[:3], b"\x93\x01\x02\x03", b""], "bad_header"),
    "nested header": ([*GOOD[:3], b"\x91" * 60_000, b""], "bad_header"),
    "nested unknown field": ([*GOOD[:3], b"\x81\xa1x" + b"\x91" * 60_000, b""], "bad_header"),
    "promised giant": ([*GOOD[:3], b"\xdf\xff\xff\xff\xff", b""], "bad_header"),
    "text not UTF-8": ([*GOOD[:3], b"\x81\xa5codec\xa4\xff\xfe\xff\xfe", b""], "bad_header"),
    "trailing bytes": ([*GOOD[:3], GOOD[3] + b"\x00", b""], "bad_header"),
    "no codec": ([*GOOD[:3], b"\x80", b""], "bad_header"),
    "unknown codec": (opening(codec="opus"), "bad_header"),
    "rate as text": (opening(rate_hz="8000"), "bad_header"),
    "rate as fraction": (opening(rate_hz=8000.5), "bad_header"),
    "frame of 5 ms": (opening(frame_ms=5), "bad_header"),
    "frame of 61 ms": (opening(frame_ms=61), "bad_header"),
    "frame of no time": (opening(frame_ms=0), "bad_header"),
    "unknown language": (opening(language="xx"), "bad_header"),
    "giant called": (opening(called="9" * 10_000), "bad_header"),
    "metadata of numbers": (opening(metadata={"a": 1}), "bad_header"),
    "wide ulaw": (opening(rate_hz=16000), "bad_rate"),
    "odd slin": (opening(codec="slin", rate_hz=11025), "bad_rate"),
    "no rate": (opening(codec="slin", rate_hz=0), "bad_rate"),
    "negative rate": (opening(codec="slin", rate_hz=-8000), "bad_rate"),
    "audio of no call": (pack(b"AUDIO", CALL, Audio(first_sample=0), bytes(160)), "unknown_call"),
    "closing no call": (pack(b"CLOSE", CALL, Close()), "unknown_call"),
    "flushed of no call": (pack(b"FLUSHED", CALL, Flushed(first_dropped=0)), "unknown_call"),
    "negative nonce": (
        [b"kefu/1", b"PING", NO_CALL, msgspec.msgpack.encode({"nonce": -1}), b""],
        "bad_header",
    ),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_answered_and_the_next_call_works(house: House, name: str) -> None:
    parts, code = ANSWERED[name]
    with house.raw() as client:
        client.parts(*parts)
        error = client.expect(b"ERROR").header
        assert error.code == code
        known = len(parts) > 1 and parts[1] in FROM_CLIENT
        assert error.answers == (parts[1].decode() if known else "")
        assert client.open(called="count").type == b"OPENED"
        client.audio()
        client.expect(b"AUDIO")
        client.say(b"CLOSE", Close())
        assert client.expect(b"CLOSED").header.cause == "normal"


ASKED_AUDIO = {
    "empty frame": (0, b"", "bad_frame"),
    "short frame": (0, bytes(159), "bad_frame"),
    "frame of 16 kHz": (0, bytes(320), "bad_frame"),
    "four seconds ahead": (32_000, bytes(160), "bad_sequence"),
    "far future": (2**53, bytes(160), "bad_sequence"),
    "beyond the numbers": (2**63, bytes(160), "bad_header"),
    "negative": (-1, bytes(160), "bad_header"),
}


@pytest.mark.parametrize("name", ASKED_AUDIO)
def test_bad_audio_is_refused_and_the_call_goes_on(house: House, name: str) -> None:
    first_sample, payload, code = ASKED_AUDIO[name]
    with house.raw() as client:
        client.open(called="count")
        fields = msgspec.msgpack.encode({"first_sample": first_sample, "taken": 0})
        client.parts(b"kefu/1", b"AUDIO", client.call, fields, payload)
        assert client.expect(b"ERROR").header.code == code
        client.audio()
        until(lambda: house.at_worker(client.call).samples == 160)
        client.say(b"CLOSE", Close())
        client.expect(b"CLOSED")


def test_taken_beyond_what_was_sent_is_harmless(house: House) -> None:
    with house.raw() as client:
        client.open(called="chatter")
        client.audio(taken=2**53)
        client.talk(0.3)
        assert client.taken > 0
        client.say(b"CLOSE", Close())
        client.expect(b"CLOSED")


def test_flushed_without_a_flush_is_harmless(house: House) -> None:
    with house.raw() as client:
        client.open(called="chatter")
        client.say(b"FLUSHED", Flushed(first_dropped=0))
        client.talk(0.2)
        client.say(b"CLOSE", Close())
        client.expect(b"CLOSED")


def test_an_unknown_call_is_answered_once(house: House) -> None:
    with house.raw() as client:
        for _ in range(5):
            client.audio()
        client.say(b"PING", Ping(nonce=3))
        answers = [client.receive() for _ in range(2)]
    assert [answer and answer.type for answer in answers] == [b"ERROR", b"PONG"]


def test_somebody_elses_call(house: House) -> None:
    with house.raw() as owner, house.raw() as thief:
        owner.open(called="count")
        thief.call = owner.call
        thief.say(b"CLOSE", Close())
        assert thief.expect(b"ERROR").header.code == "not_your_call"
        thief.audio()
        assert thief.expect(b"ERROR").header.code == "not_your_call"
        assert thief.open().header.code == "call_exists"
        owner.talk(0.1)
        owner.say(b"CLOSE", Close())
        assert owner.expect(b"CLOSED").header.cause == "normal"


def test_a_call_id_is_used_once(house: House) -> None:
    with house.raw() as client:
        client.open()
        assert client.open().header.code == "call_exists"
        client.say(b"CLOSE", Close())
        client.expect(b"CLOSED")
        assert client.open().header.code == "call_exists"


def test_three_malformed_messages_end_the_peers_calls_and_it_is_ignored(house: House) -> None:
    with house.raw() as client, house.raw() as other:
        client.open()
        other.open()
        for _ in range(3):
            client.parts(b"junk")
        assert client.expect(b"CLOSED").header.cause == "protocol_error"
        client.say(b"PING", Ping(nonce=1))
        assert client.receive(0.3) is None or client.receive(0.3) is None
        other.say(b"CLOSE", Close())
        assert other.expect(b"CLOSED").header.cause == "normal"


def test_an_over_long_part_ends_the_connection_and_nothing_else(house: House) -> None:
    with house.raw() as client, house.raw() as other:
        other.open(called="count")
        client.parts(*GOOD[:4], bytes(70_000))
        assert client.receive(0.3) is None
        client.call = uuid.uuid4().bytes
        assert client.open().type == b"OPENED"  # the library connects again by itself
        client.say(b"CLOSE", Close())
        client.expect(b"CLOSED")
        other.say(b"CLOSE", Close())
        other.expect(b"CLOSED")


def test_bytes_that_are_not_zeromq(house: House) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(house.folder / "kefu.sock"))
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n" * 1_000)
    with house.raw() as client:
        client.say(b"PING", Ping(nonce=2))
        assert client.expect(b"PONG").header.nonce == 2


def test_a_peer_that_reads_no_answers_delays_nobody(house: House) -> None:
    with house.raw() as flood, house.raw() as client:
        client.open(called="count")
        for _ in range(3_000):
            flood.parts(*GOOD[:3], b"\xc1", b"")
        before = client.taken
        messages = client.talk(0.6)
        assert client.taken - before >= 160 * 20
        assert any(message.type == b"AUDIO" for message in messages)

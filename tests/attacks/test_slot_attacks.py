"""Hostile and mistaken bytes at the worker's socket: counted, dropped, and calls go on."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
import zmq

from daemon import slot
from kefu.protocol import Close
from kefu.records import Turn
from tests.daemon.gateway.house import House, until

CALL = bytes(16)


def body(message: msgspec.Struct) -> bytes:
    return msgspec.msgpack.encode(message)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as house:
        yield house
        assert house.gateway.counters["faults"] == 0


MALFORMED = {
    "one part": [b"SAY"],
    "three parts": [b"SAY", b"", b""],
    "20,000 parts": [b"x"] * 20_000,
    "unknown type": [b"SHOUT", b"\x80"],
    "garbage": [b"SAY", b"\xc1\xff"],
    "empty": [b"EVENT", b""],
    "truncated": [b"SAY", body(slot.Say(call=CALL, utterance=0, offset=0, pcm=bytes(320)))[:-9]],
    "nested": [b"EVENT", b"\x91" * 100_000],
    "wrong types": [b"SAY", msgspec.msgpack.encode({"call": CALL, "utterance": "0"})],
    "not UTF-8": [b"EVENT", b"\x82\xa4call\xc4\x01a\xa4kind\xa2\xff\xfe"],
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_messages_are_counted(house: House, name: str) -> None:
    counter = "slot_bad_messages"
    before = house.gateway.counters[counter]
    house.toy.send_raw(MALFORMED[name])
    until(lambda: house.gateway.counters[counter] == before + 1)
    with house.raw() as client:
        assert client.open().type == b"OPENED"
        client.say(b"CLOSE", Close())
        client.expect(b"CLOSED")


def odd(call: bytes) -> dict[str, slot.Message]:
    """Messages that are well-formed and senseless."""
    return {
        "odd length": slot.Say(call=call, utterance=0, offset=0, pcm=b"abc"),
        "hole": slot.Say(call=call, utterance=1, offset=160, pcm=bytes(320)),
        "negative offset": slot.Say(call=call, utterance=2, offset=-5, pcm=bytes(320)),
        "negative utterance": slot.Say(call=call, utterance=-1, offset=0, pcm=bytes(320)),
        "giant utterance": slot.Say(call=call, utterance=2**63 - 1, offset=0, pcm=bytes(320)),
        "cut of nothing": slot.Cut(call=call, utterance=77),
        "say of no call": slot.Say(call=CALL, utterance=0, offset=0, pcm=bytes(320)),
        "close of no call": slot.Close(call=CALL),
        "turn of another call": slot.Event(
            call=call, kind="turn", turn=Turn(call="00" * 16, number=0)
        ),
        "negative turn": slot.Event(
            call=call, kind="record.turn", turn=Turn(call=call.hex(), number=-(2**62))
        ),
    }


@pytest.mark.parametrize("name", odd(CALL))
def test_senseless_messages_harm_no_call(house: House, name: str) -> None:
    with house.raw() as client:
        client.open(called="count")
        house.at_worker(client.call)
        house.toy.send(odd(client.call)[name])
        client.talk(0.1)
        assert client.taken > 0
        client.say(b"CLOSE", Close())
        assert client.expect(b"CLOSED").header.cause == "normal"


def test_a_second_worker_is_ignored_while_the_first_serves(house: House) -> None:
    context = zmq.Context()
    second = context.socket(zmq.DEALER)
    second.connect(f"ipc://{house.slot_path}")
    hello = slot.Hello(slot="x", software="x", release="other", capacity=99)
    second.send_multipart([b"HELLO", body(hello)])
    until(lambda: house.gateway.counters["slot_second_hellos"] == 1)
    with house.raw() as client:
        assert client.open().header.release == "toy-1"
        second.send_multipart([b"CLOSE", body(slot.Close(call=client.call))])
        until(lambda: house.gateway.counters["slot_strangers"] == 1)
        client.say(b"CLOSE", Close())
        assert client.expect(b"CLOSED").header.cause == "normal"
    second.close(0)
    context.term()


def test_an_over_long_part_drops_the_connection_and_the_worker_returns(house: House) -> None:
    house.toy.send_raw([b"SAY", bytes(2 << 20)])
    until(lambda: house.gateway.counters["worker_dead"] == 1)
    house.toy.end()
    house.add_worker()
    with house.raw() as client:
        assert client.open().type == b"OPENED"
        client.say(b"CLOSE", Close())
        client.expect(b"CLOSED")

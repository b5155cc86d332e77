"""Clients that flood, vanish or lie about time, and what the calls beside them notice: nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import zmq

from daemon.gateway.hearing import MOST_AT_ONCE_MS, Hearing
from daemon.gateway.router import MOST_QUEUES, Router
from engines._core import Line
from kefu.protocol import NO_CALL, Ping, pack
from tests.daemon.gateway.house import House

VANISHING = 400
RATE = 24_000


@pytest.fixture
def house() -> Iterator[House]:
    with House() as house:
        yield house


def door(house: House) -> Router:
    return house.gateway._door


def test_connections_that_ask_and_vanish_leave_nothing_behind(house: House) -> None:
    with house.raw() as steady:
        steady.open(called="chatter")
        first = steady.expect(b"AUDIO").header.first_sample
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        for _ in range(VANISHING):
            socket = context.socket(zmq.DEALER)
            socket.set(zmq.LINGER, 20)
            socket.connect(house.address)
            for nonce in range(3):
                socket.send_multipart(pack(b"PING", NO_CALL, Ping(nonce=nonce)))
            socket.close()
        steady.talk(2.0)
        context.term()
        steady.talk(0.5)
        assert steady.taken - first >= 160 * 60
        assert len(door(house)._queues) <= MOST_QUEUES
        assert len(door(house)._queues) < 10
        assert len(door(house)._gone_since) < 10


def test_a_message_of_200_000_parts_is_refused_and_delays_no_frame(house: House) -> None:
    with house.raw() as steady, house.raw() as hostile:
        steady.open(called="chatter")
        first = steady.expect(b"AUDIO").header.first_sample
        hostile.parts(*([b"kefu/1"] + [b""] * 200_000))
        steady.talk(1.5)
        assert steady.taken - first >= 160 * 60
        assert hostile.expect(b"ERROR", timeout_s=10).header.code == "bad_message"


def test_audio_faster_than_real_time_reaches_the_worker_tick_by_tick() -> None:
    line = Line("slin", RATE, 60)
    hearing = Hearing(line, RATE)
    frame = bytes(2 * RATE * 60 // 1000)
    for number in range(30):
        line.receive(number * RATE * 60 // 1000, frame)
    taken = []
    while (stretch := hearing.take()).pcm:
        taken.append(stretch)
    most = RATE * MOST_AT_ONCE_MS // 1000
    assert all(len(one.pcm) <= 2 * most for one in taken)
    assert sum(len(one.pcm) for one in taken) == 30 * len(frame)
    numbers = [one.first_sample for one in taken]
    assert numbers == [index * most for index in range(len(taken))]
    assert all(one.lost == 0 for one in taken)

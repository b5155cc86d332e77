"""A socket that drops at each of fifty places in a call: compared sample by sample."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import kefu
from engines._core import g711_decode, g711_encode
from kefu.agent_voice import AgentFrame
from tests.daemon.gateway.house import House, until
from tests.daemon.gateway.toy_worker import tone
from tests.kefu.cut_proxy import CutProxy

PLACES = 50
FRAMES = 60
"""Of a call: 1.2 s of the caller."""
TOGETHER = 5
SAID = g711_encode(tone(1_000, 8_000), "ulaw").replace(b"\xff", b"")


def caller_audio(frame: int) -> bytes:
    """20 ms of µ-law that tell which frame they are, without a code that stands for silence."""
    return bytes([frame % 100 + 1, frame // 100 + 1] * 80)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as house:
        yield house


def test_nothing_is_lost_or_comes_twice_wherever_the_socket_drops(
    house: House, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(TOGETHER) as pool:
        places = range(PLACES)
        outcomes = list(pool.map(lambda place: _call(house, tmp_path, place), places))
    wrong = [f"place {place}: {what}" for place, what in enumerate(outcomes) if what]
    assert not wrong, "\n".join(wrong)
    assert house.gateway.counters["calls_resumed"] >= PLACES


def _call(house: House, folder: Path, place: int) -> str:
    """One call whose connection is cut once; what was wrong with it, or nothing."""
    heard: list[AgentFrame] = []
    lock = threading.Lock()

    def hear(frame: AgentFrame) -> None:
        with lock:
            heard.append(frame)

    proxy_path = folder / f"{place}.sock"
    with (
        CutProxy(proxy_path, house.folder / "kefu.sock") as proxy,
        kefu.Client(f"ipc://{proxy_path}") as client,
        client.call(called="tone", on_audio=hear) as call,
    ):
        due = time.monotonic()
        for number in range(FRAMES):
            if number == 1 + place * (FRAMES - 2) // PLACES:
                time.sleep(0.02 * (place % 5) / 5)  # anywhere inside the 20 ms
                proxy.sever()
            call.send(caller_audio(number))
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))
        at_worker = house.at_worker(call.id)
        until(lambda: at_worker.samples >= FRAMES * 160)
        until(lambda: len(_voiced(heard)) >= len(SAID))
        lost = at_worker.lost
        pcm = bytes(at_worker.pcm)
    return _judge(heard, pcm, lost)


def _voiced(heard: list[AgentFrame]) -> bytes:
    """The agent's codes, silence apart: on a starved machine the toy runs dry now and then."""
    return b"".join(frame.payload for frame in list(heard)).replace(b"\xff", b"")


def _judge(heard: list[AgentFrame], pcm: bytes, lost: int) -> str:
    numbers = [frame.first_sample for frame in heard]
    if numbers != list(range(numbers[0], numbers[0] + 160 * len(numbers), 160)):
        return f"agent numbering {numbers}"
    if _voiced(heard) != SAID:
        return "the reply was not heard as it was said"
    sent = b"".join(g711_decode(caller_audio(number), "ulaw") for number in range(FRAMES))
    if lost or pcm != sent:
        return f"caller: {len(pcm) // 2} of {len(sent) // 2} samples, {lost} lost"
    return ""

"""The clients against a gateway with a toy worker."""

from __future__ import annotations

import asyncio
import time

import pytest

import kefu
from kefu.errors import (
    BadFrame,
    BadHeader,
    BadRate,
    Busy,
    CallEnded,
    GatewayUnreachable,
    MessageTooLarge,
    NoAudio,
    NoWorker,
)
from tests.daemon.gateway.house import House, until


@pytest.fixture(scope="module")
def house():
    with House() as house:
        yield house


def test_ten_lines_place_a_call(house, tmp_path):
    (tmp_path / "caller.ulaw").write_bytes(b"\xff" * 160 * 10)
    heard = []
    with (
        kefu.Client(house.address) as client,
        client.call(codec="ulaw", called="hang_up", on_audio=heard.append) as call,
    ):
        assert call.send_file(tmp_path / "caller.ulaw") == 0
        kinds = [event.kind for event in call.events()]
    assert kinds == []
    assert call.closed.cause == "completed"
    assert heard[0].first_sample == 0
    assert heard[0].arrived <= time.monotonic()


def test_own_samples_are_numbered_and_the_last_frame_is_padded(house, tmp_path):
    (tmp_path / "short.ulaw").write_bytes(b"\xff" * 250)
    with house.client() as client, client.call(called="count", on_audio=lambda _: None) as call:
        assert call.send(bytes(160)) == 0
        assert call.send_file(tmp_path / "short.ulaw") == 160
        assert call.next_sample == 480
        until(lambda: house.at_worker(call.id).samples == 480)


def test_agent_frames_are_read_in_order_and_count_as_taken(house):
    with house.client() as client, client.call(called="tone") as call:
        frames = []
        for frame in call.frames():
            frames.append(frame)
            call.send(bytes(160))
            if len(frames) == 120:
                break
        assert [frame.first_sample for frame in frames] == [160 * n for n in range(120)]
        until(lambda: (place := house.at_worker(call.id).heard[-1].heard) and place[1] == 8000)


def test_a_cut_drops_what_was_not_read(house):
    with house.client() as client, client.call(called="cut") as call:
        read = 0
        for _ in range(10):
            read = call.read().first_sample + 160
            call.send(bytes(160))
        event = call.next_event(2.0)
        while event.kind != "toy.cut_done":
            event = call.next_event(2.0)
        assert 0 < event.data["heard"] <= read
        assert call.read().first_sample > read  # what was queued is gone


def test_refusals_are_typed(house):
    with house.client() as client:
        with pytest.raises(BadRate, match="16000"):
            client.call(codec="ulaw", rate_hz=16000)
        with pytest.raises(BadHeader, match="codec"):
            client.call(codec="opus")
        with client.call(called="count") as call:
            with pytest.raises(BadFrame, match="160 bytes"):
                call.send(bytes(320))
            call.send(bytes(160))


def test_busy_says_when_to_come_again(house):
    with house.client() as client:
        calls = [client.call() for _ in range(8)]
        with pytest.raises(Busy) as refused:
            client.call()
        assert refused.value.retry_after_ms > 0
        assert client.ping().free == 0
        for call in calls:
            call.close()
        assert client.ping().free == 8


def test_a_closed_call_takes_nothing_more(house):
    with house.client() as client:
        call = client.call()
        assert call.close().cause == "normal"
        with pytest.raises(CallEnded):
            call.send(bytes(160))
        assert call.close().cause == "normal"


def test_an_over_long_payload_is_not_sent(house):
    with house.client() as client, pytest.raises(MessageTooLarge, match="65536"):
        client.call(metadata={str(number): "x" * 4000 for number in range(20)})


def test_an_empty_file_is_no_audio(house, tmp_path):
    (tmp_path / "empty").touch()
    with house.client() as client, client.call() as call, pytest.raises(NoAudio):
        call.send_file(tmp_path / "empty")


def test_without_a_worker_the_caller_is_told():
    with House(worker=False) as house, house.client() as client:
        assert client.ping().state == "no_worker"
        with pytest.raises(NoWorker):
            client.call()


def test_no_gateway_is_a_typed_error_and_no_hang(tmp_path):
    with pytest.raises(GatewayUnreachable, match="no socket"):
        kefu.Client(f"ipc://{tmp_path}/none.sock")
    with pytest.raises(GatewayUnreachable):
        kefu.Client("nonsense")
    started = time.monotonic()
    with kefu.Client("tcp://127.0.0.1:9", timeout_s=0.5) as client:
        with pytest.raises(GatewayUnreachable, match="kefud"):
            client.call()
        with pytest.raises(GatewayUnreachable):
            client.ping()
    assert time.monotonic() - started < 5


def test_a_gateway_that_ends_closes_the_calls():
    with House() as house, house.client() as client:
        call = client.call(called="count")
        house.stop()
        assert call.wait_closed(2.0).cause == "shutdown"
        assert list(call.events()) == [] or True


def test_a_closed_client_ends_its_calls(house):
    client = house.client()
    call = client.call(called="count")
    client.close()
    with pytest.raises(GatewayUnreachable):
        call.send(bytes(160))
    client.close()


def test_asyncio_calls_side_by_side(house):
    async def one(client: kefu.AsyncClient) -> list[int]:
        async with await client.call(called="tone") as call:
            numbers = []
            async for frame in call.frames():
                numbers.append(frame.first_sample)
                call.send(bytes(160))
                if len(numbers) == 30:
                    return numbers

    async def all_of_them() -> list[list[int]]:
        async with kefu.AsyncClient(house.address) as client:
            return await asyncio.gather(*(one(client) for _ in range(3)))

    assert asyncio.run(all_of_them()) == [[160 * n for n in range(30)]] * 3


def test_asyncio_events_and_end(house):
    async def run() -> tuple[list[str], str]:
        async with kefu.AsyncClient(house.address) as client:
            call = await client.call(called="turns", on_audio=lambda _: None)
            kinds = [(await call.next_event(2.0)).kind for _ in range(4)]
            closed = await call.close()
            assert await call.next_event(0.1) is None or call.closed
            return kinds, closed.cause

    assert asyncio.run(run()) == (["turn", "reply.ended"] * 2, "normal")


def test_asyncio_refusals_are_typed(house):
    async def run() -> None:
        async with kefu.AsyncClient(house.address) as client:
            with pytest.raises(BadRate):
                await client.call(codec="alaw", rate_hz=24000)

    asyncio.run(run())

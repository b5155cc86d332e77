"""The clients against a gateway with a toy worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import kefu
from kefu.errors import (
    BadFrame,
    BadHeader,
    BadRate,
    Busy,
    CallEnded,
    GatewayUnreachable,
    HookFailed,
    MessageTooLarge,
    NoAudio,
    NoWorker,
)
from kefu.protocol import Closed
from tests.daemon.gateway.house import House, until
from tests.kefu.cut_proxy import CutProxy


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as house:
        yield house


def cause(closed: Closed | None) -> str:
    return "" if closed is None else closed.cause


def test_ten_lines_place_a_call(house: House, tmp_path: Path) -> None:
    (tmp_path / "caller.ulaw").write_bytes(b"\xff" * 160 * 3)
    heard: list[kefu.AgentFrame] = []
    with (
        kefu.Client(house.address) as client,
        client.call(codec="ulaw", called="hang_up", on_audio=heard.append) as call,
    ):
        assert call.send_file(tmp_path / "caller.ulaw") == 0
        kinds = [event.kind for event in call.events()]
    assert kinds == []
    assert cause(call.closed) == "completed"
    assert heard[0].first_sample == 0
    assert heard[0].arrived <= time.monotonic()


def test_own_samples_are_numbered_and_the_last_frame_is_padded(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "short.ulaw").write_bytes(b"\xff" * 250)
    with house.client() as client, client.call(called="count", on_audio=lambda _: None) as call:
        assert call.send(bytes(160)) == 0
        assert call.send_file(tmp_path / "short.ulaw") == 160
        assert call.next_sample == 480
        until(lambda: house.at_worker(call.id).samples == 480)


def test_agent_frames_are_read_in_order_and_count_as_taken(house: House) -> None:
    with house.client() as client, client.call(called="tone") as call:
        frames = []
        for frame in call.frames():
            frames.append(frame)
            call.send(bytes(160))
            if len(frames) == 120:
                break
        assert [frame.first_sample for frame in frames] == [160 * n for n in range(120)]
        until(lambda: (place := house.at_worker(call.id).heard[-1].heard) and place[1] == 8000)


def test_a_cut_drops_what_was_not_read(house: House) -> None:
    with house.client() as client, client.call(called="cut") as call:
        for _, frame in zip(range(10), call.frames(), strict=False):
            read = frame.first_sample + 160
            call.send(bytes(160))
        done = next(event for event in call.events() if event.kind == "toy.cut_done")
        assert 0 < done.data["heard"] <= read
        assert next(call.frames()).first_sample > read  # what was queued is gone


def test_refusals_are_typed(house: House) -> None:
    with house.client() as client:
        with pytest.raises(BadRate, match="16000"):
            client.call(codec="ulaw", rate_hz=16000)
        with pytest.raises(BadHeader, match="codec"):
            client.call(codec="opus")  # type: ignore[arg-type]
        with client.call(called="count") as call:
            with pytest.raises(BadFrame, match="160 bytes"):
                call.send(bytes(320))
            call.send(bytes(160))


def test_busy_says_when_to_come_again(house: House) -> None:
    with house.client() as client:
        calls = [client.call() for _ in range(8)]
        with pytest.raises(Busy) as refused:
            client.call()
        assert refused.value.retry_after_ms > 0
        assert client.ping().free == 0
        for call in calls:
            call.close()
        assert client.ping().free == 8


def test_a_closed_call_takes_nothing_more(house: House) -> None:
    with house.client() as client:
        call = client.call()
        assert cause(call.close()) == "normal"
        with pytest.raises(CallEnded):
            call.send(bytes(160))
        assert cause(call.close()) == "normal"


def test_an_over_long_payload_is_not_sent(house: House) -> None:
    with house.client() as client, pytest.raises(MessageTooLarge, match="65536"):
        client.call(metadata={str(number): "\U00020000" * 1024 for number in range(16)})


def test_an_empty_file_is_no_audio(house: House, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with house.client() as client, client.call() as call, pytest.raises(NoAudio):
        call.send_file(tmp_path / "empty")


def test_without_a_worker_the_caller_is_told() -> None:
    with House(worker=False) as house, house.client() as client:
        assert client.ping().state == "no_worker"
        with pytest.raises(NoWorker):
            client.call()


def test_no_gateway_is_a_typed_error_and_no_hang(tmp_path: Path) -> None:
    with pytest.raises(GatewayUnreachable, match="no socket"):
        kefu.Client(f"ipc://{tmp_path}/none.sock")
    with pytest.raises(GatewayUnreachable):
        kefu.Client("nonsense")
    started = time.monotonic()
    with kefu.Client("tcp://127.0.0.1:9", timeout_s=0.5) as client:
        with pytest.raises(GatewayUnreachable, match="systemctl start"):
            client.call()
        with pytest.raises(GatewayUnreachable):
            client.ping()
    assert time.monotonic() - started < 5


def test_a_gateway_that_ends_closes_the_calls() -> None:
    with House() as house, house.client() as client:
        call = client.call(called="count")
        house.stop()
        assert cause(call.wait_closed(2.0)) == "shutdown"
        assert all(event.kind == "toy.count" for event in call.events())


def test_a_hook_that_fails_ends_its_own_call_only(house: House) -> None:
    def fail(_: kefu.AgentFrame) -> None:
        raise ZeroDivisionError("of the application")

    with house.client() as client, client.call(called="count", on_audio=lambda _: None) as other:
        call = client.call(called="count", on_audio=fail)
        with pytest.raises(HookFailed, match="of the application") as failed:
            list(call.events())
        assert isinstance(failed.value.__cause__, ZeroDivisionError)
        assert other.next_event(2.0) is not None
        until(lambda: house.toy.closed.get(call.id) == "normal")


def test_a_closed_client_ends_its_calls(house: House) -> None:
    client = house.client()
    call = client.call(called="count")
    client.close()
    with pytest.raises(GatewayUnreachable):
        call.send(bytes(160))
    client.close()


def test_controls_are_answered_by_events_in_order(house: House) -> None:
    with house.client() as client, client.call(on_audio=lambda _: None) as call:
        call.dtmf("4#")
        call.hold()
        assert call.send(bytes(160)) == 0
        call.resume()
        assert call.send(bytes(160)) == 0
        events = [call.next_event(2.0) for _ in range(4)]
    assert [(event.number, event.kind) for event in events if event is not None] == [
        (0, "dtmf"),
        (1, "dtmf"),
        (2, "held"),
        (3, "resumed"),
    ]
    assert [event.data["digit"] for event in events[:2] if event is not None] == ["4", "#"]


def test_a_call_whose_connection_is_cut_loses_nothing(house: House, tmp_path: Path) -> None:
    heard: list[kefu.AgentFrame] = []
    with (
        CutProxy(tmp_path / "proxy.sock", house.folder / "kefu.sock") as proxy,
        kefu.Client(f"ipc://{tmp_path}/proxy.sock") as client,
        client.call(called="tone", on_audio=heard.append) as call,
    ):
        for number in range(60):
            if number % 20 == 10:
                proxy.sever()
                call.dtmf(str(number // 10))
            call.send(bytes(160))
            time.sleep(0.02)
        until(lambda: house.at_worker(call.id).samples == 60 * 160)
        assert house.at_worker(call.id).lost == 0
        keys = [event for _, event in zip(range(3), call.events(), strict=False)]
        assert [event.data["digit"] for event in keys] == ["1", "3", "5"]
    numbers = [frame.first_sample for frame in heard]
    assert numbers == list(range(0, 160 * len(numbers), 160))


def test_asyncio_calls_side_by_side(house: House) -> None:
    async def one(client: kefu.AsyncClient) -> list[int]:
        async with await client.call(called="tone") as call:
            numbers = []
            async for frame in call.frames():
                numbers.append(frame.first_sample)
                call.send(bytes(160))
                if len(numbers) == 30:
                    break
            return numbers

    async def all_of_them() -> list[list[int]]:
        async with kefu.AsyncClient(house.address) as client:
            return await asyncio.gather(*(one(client) for _ in range(3)))

    assert asyncio.run(all_of_them()) == [[160 * n for n in range(30)]] * 3


def test_asyncio_events_and_end(house: House) -> None:
    async def run() -> tuple[list[str], str]:
        async with kefu.AsyncClient(house.address) as client:
            call = await client.call(called="turns", on_audio=lambda _: None)
            kinds = []
            async for event in call.events():
                kinds.append(event.kind)
                if len(kinds) == 4:
                    break
            return kinds, cause(await call.close())

    assert asyncio.run(run()) == (["turn", "reply.ended"] * 2, "normal")


def test_asyncio_refusals_are_typed(house: House) -> None:
    async def run() -> None:
        async with kefu.AsyncClient(house.address) as client:
            with pytest.raises(BadRate):
                await client.call(codec="alaw", rate_hz=24000)

    asyncio.run(run())

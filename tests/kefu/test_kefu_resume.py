"""Calls over real sockets whose connections are cut: both clients go on as if nothing had been."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kefu
from kefu.errors import BadHeader, CallExists, GatewayUnreachable, ProtocolError, UnknownCall
from kefu.protocol import (
    Closed,
    Dtmf,
    Error,
    Event,
    Hold,
    Mark,
    Move,
    Open,
    Opened,
    Play,
    Resume,
    Transferred,
    pack,
)
from tests.kefu.cut_proxy import CutProxy
from tests.kefu.gateway_model import FRAME, Parts
from tests.kefu.scripted_gateway import ScriptedGateway, until


@pytest.fixture
def gateway() -> Iterator[ScriptedGateway]:
    with ScriptedGateway() as gateway:
        yield gateway


@pytest.fixture
def proxy(gateway: ScriptedGateway) -> Iterator[CutProxy]:
    with CutProxy(gateway.folder / "proxy.sock", gateway.path) as proxy:
        yield proxy


def through(gateway: ScriptedGateway) -> str:
    return f"ipc://{gateway.folder / 'proxy.sock'}"


def frame(number: int) -> bytes:
    """A frame that tells which it is."""
    return number.to_bytes(4, "big") * (FRAME // 4)


def frames(count: int) -> bytes:
    return b"".join(frame(number) for number in range(count))


def cause(closed: Closed | None) -> str:
    return "" if closed is None else closed.cause


def opens(gateway: ScriptedGateway, call: kefu.Call | kefu.AsyncCall) -> list[Open]:
    return gateway.call(call.id).asked


def test_every_control_reaches_the_gateway_as_it_was_said(gateway: ScriptedGateway) -> None:
    with kefu.Client(gateway.address) as client, client.call() as call:
        call.send(frame(0))
        call.dtmf("1#")
        call.mark("here")
        call.play(text="请稍等。")
        call.play(prompt="closing")
        call.hold()
        assert call.send(frame(9)) == FRAME  # dropped
        call.resume()
        call.transferred("no_answer")
        call.send(frame(1))
        with pytest.raises(BadHeader, match="DTMF"):
            call.dtmf("12x")
        with pytest.raises(BadHeader, match="either"):
            call.play(text="a", prompt="b")
        with pytest.raises(BadHeader, match="either"):
            call.play()
        there = gateway.call(call.id)
        until(lambda: len(there.heard) == 2 * FRAME)
        assert there.heard == frames(2)
        assert [control for _, control in there.controls] == [
            Dtmf(digit="1"),
            Dtmf(digit="#"),
            Mark(name="here"),
            Play(text="请稍等。"),
            Play(prompt="closing"),
            Hold(),
            Resume(),
            Transferred(result="no_answer"),
        ]


def test_a_cut_connection_is_made_again_under_a_new_name(
    gateway: ScriptedGateway, proxy: CutProxy
) -> None:
    with kefu.Client(through(gateway)) as client, client.call() as call:
        for number in range(5):
            call.send(frame(number))
            gateway.say(call.id, frame(number))
            gateway.event(call.id, f"kind {number}")
        until(lambda: len(gateway.call(call.id).heard) == 5 * FRAME)
        assert call.read(2.0) is not None
        until(lambda: call._state.agent.received == 5 * FRAME)
        proxy.sever()
        for number in range(5, 9):
            call.send(frame(number))
        call.mark("while away")
        until(lambda: len(gateway.call(call.id).heard) == 9 * FRAME)
        assert gateway.call(call.id).heard == frames(9)
        until(lambda: bool(gateway.call(call.id).controls))
        assert [control for _, control in gateway.call(call.id).controls] == [
            Mark(name="while away")
        ]
        old, new = gateway.peers[call.id]
        assert old != new
        again = opens(gateway, call)[1]
        assert (again.taken, again.next_event) == (5 * FRAME, 5)
        gateway.say(call.id, frame(5))
        got = [call.read(2.0) for _ in range(5)]
        assert [one.payload for one in got if one is not None] == [frame(n) for n in range(1, 6)]
        events = [call.next_event(2.0) for _ in range(5)]
        assert [one.kind for one in events if one is not None] == [f"kind {n}" for n in range(5)]
        assert cause(call.close()) == "normal"


PLACES = st.lists(st.integers(1, 3_000), min_size=1, max_size=3)


@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(places=PLACES, pace_us=st.sampled_from([0, 200, 1_000]))
def test_all_arrives_once_and_in_order_wherever_the_connection_is_cut(
    places: list[int], pace_us: int
) -> None:
    with (
        ScriptedGateway() as gateway,
        CutProxy(gateway.folder / "proxy.sock", gateway.path) as proxy,
        kefu.Client(through(gateway)) as client,
        client.call() as call,
    ):
        heard: list[bytes] = []
        reader = threading.Thread(target=lambda: heard.extend(f.payload for f in call.frames()))
        reader.start()
        count = 0
        for place in places:
            links = proxy.accepted
            proxy.sever_after(place)
            while proxy.accepted == links or count % 5:
                if count < 140:  # within the 3 s of the ring, so that nothing may be lost
                    call.send(frame(count))
                    gateway.say(call.id, frame(count))
                    if count % 5 == 0:
                        call.mark(str(count))
                        gateway.event(call.id, str(count))
                    count += 1
                else:
                    proxy.sever()
                time.sleep(pace_us / 1e6)
        there = gateway.call(call.id)
        sent = call.next_sample
        until(lambda: there.caller_next == sent)
        assert there.lost == 0
        assert there.heard == frames(sent // FRAME)
        until(lambda: len(heard) == sent // FRAME)
        assert b"".join(heard) == frames(sent // FRAME)
        names = [str(n) for n in range(0, sent // FRAME, 5)]
        until(lambda: len(there.controls) == len(names))
        assert there.controls == [(int(n) * FRAME + FRAME, Mark(name=n)) for n in names]
        gateway.settle()
        assert cause(call.close()) == "normal"
        assert [event.kind for event in call.events()] == names
        assert len(there.asked) >= 2
        reader.join(2.0)


def test_asyncio_calls_go_on_after_a_cut(gateway: ScriptedGateway, proxy: CutProxy) -> None:
    async def run() -> None:
        async with kefu.AsyncClient(through(gateway)) as client, await client.call() as call:
            there = gateway.call(call.id)
            for number in range(40):
                call.send(frame(number))
                gateway.say(call.id, frame(number))
                gateway.event(call.id, str(number))
                if number % 10 == 5:
                    proxy.sever()
                    call.dtmf(str(number // 10))
                await asyncio.sleep(0.002)
            heard, kinds = [], []
            for _ in range(40):
                heard.append(await call.read(2.0))
                kinds.append(await call.next_event(2.0))
            assert [one.first_sample for one in heard if one] == [n * FRAME for n in range(40)]
            assert [one.kind for one in kinds if one] == [str(n) for n in range(40)]
            await asyncio.to_thread(until, lambda: len(there.heard) == 40 * FRAME)
            assert there.heard == frames(40)
            keys = [header.digit for _, header in there.controls if isinstance(header, Dtmf)]
            assert keys == ["0", "1", "2", "3"]
            assert (await client.ping()).state == "serving"
            assert cause(await call.close()) == "normal"

    asyncio.run(run())


def test_asyncio_holds_and_plays(gateway: ScriptedGateway) -> None:
    async def run() -> None:
        async with kefu.AsyncClient(gateway.address) as client, await client.call() as call:
            call.hold()
            assert call.send(frame(0)) == 0
            assert call.next_sample == 0
            call.resume()
            call.play(text="hello")
            call.transferred("ok")
            with pytest.raises(BadHeader):
                call.mark("x" * 300)
            there = gateway.call(call.id)
            await asyncio.to_thread(until, lambda: len(there.controls) == 4)

    asyncio.run(run())


def test_a_flood_while_the_connection_breaks_does_not_end_the_process() -> None:
    client = subprocess.run(
        [sys.executable, "-m", "tests.kefu.flooded_client", "4"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert client.returncode == 0, client.stdout + client.stderr


def test_many_calls_of_one_connection_all_go_on(gateway: ScriptedGateway, proxy: CutProxy) -> None:
    with kefu.Client(through(gateway)) as client:
        calls = [client.call() for _ in range(8)]
        for number in range(10):
            for call in calls:
                call.send(frame(number))
            if number == 4:
                proxy.sever()
        for call in calls:
            there = gateway.call(call.id)
            until(lambda there=there: len(there.heard) == 10 * FRAME)  # type: ignore[misc]
            assert there.heard == frames(10)
        assert [cause(call.close()) for call in calls] == ["normal"] * 8


def test_a_close_while_away_is_said_after_the_resume(
    gateway: ScriptedGateway, proxy: CutProxy
) -> None:
    with kefu.Client(through(gateway)) as client:
        call = client.call()
        call.send(frame(0))
        until(lambda: len(gateway.call(call.id).heard) == FRAME)
        proxy.sever()
        assert cause(call.close()) == "normal"
        assert len(opens(gateway, call)) == 2


def test_closed_that_was_lost_with_the_connection_comes_with_the_resume(
    gateway: ScriptedGateway, proxy: CutProxy
) -> None:
    with kefu.Client(through(gateway)) as client, client.call() as call:
        proxy.sever()
        gateway.send(call.id, gateway.call(call.id).closing())
        assert cause(call.wait_closed(3.0)) == "normal"
        assert list(call.events()) == []


def test_a_gateway_that_stays_away_ends_the_call_typed(
    gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kefu.connection.RECONNECT_FOR_S", 0.5)
    proxy = CutProxy(gateway.folder / "proxy.sock", gateway.path)
    with kefu.Client(through(gateway), timeout_s=0.5) as client:
        call, closing = client.call(), client.call()
        proxy.close()
        started = time.monotonic()
        assert closing.close() is None
        with pytest.raises(GatewayUnreachable, match=r"within 0\.5 s"):
            list(call.events())
        assert time.monotonic() - started < 2.0
        with pytest.raises(GatewayUnreachable):
            call.send(frame(0))
        with CutProxy(gateway.folder / "proxy.sock", gateway.path):
            until(lambda: client.ping().state == "serving")
            assert cause(client.call().close()) == "normal"


def test_a_gateway_that_does_not_answer_the_resume_ends_the_call_typed(
    gateway: ScriptedGateway, proxy: CutProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kefu.connection.RECONNECT_FOR_S", 0.5)
    with kefu.Client(through(gateway)) as client:
        call = client.call()
        gateway.answer = lambda parts, answers: [] if parts[1] == b"OPEN" else answers
        proxy.sever()
        time.sleep(0.3)
        proxy.sever()  # another link that comes and goes gives no more time
        started = time.monotonic()
        with pytest.raises(GatewayUnreachable, match="again"):
            list(call.events())
        assert time.monotonic() - started < 0.45


def test_a_silent_gateway_is_left_for_a_new_connection(
    gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kefu.connection.ASK_AFTER_S", 0.1)
    monkeypatch.setattr("kefu.connection.LOST_AFTER_S", 0.5)
    mute = True

    def answer(parts: Parts, answers: list[Parts]) -> list[Parts]:
        return [] if mute and parts[1] == b"PING" else answers

    with kefu.Client(gateway.address) as client, client.call() as call:
        gateway.answer = answer
        until(lambda: len(gateway.peers[call.id]) == 2)
        mute = False
        call.send(frame(0))
        until(lambda: gateway.call(call.id).heard == frames(1))
        time.sleep(0.7)
        assert len(gateway.peers[call.id]) <= 3  # an answered PING is heard


REFUSALS = {"unknown_call": UnknownCall, "call_exists": CallExists}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refused_token_ends_the_call_typed(
    gateway: ScriptedGateway, proxy: CutProxy, code: str
) -> None:
    def refuse(parts: Parts, answers: list[Parts]) -> list[Parts]:
        if parts[1] != b"OPEN":
            return answers
        return [pack(b"ERROR", parts[2], Error(code=code, message="No."))]

    with kefu.Client(through(gateway)) as client:
        call = client.call()
        gateway.answer = refuse
        proxy.sever()
        with pytest.raises(REFUSALS[code]):
            list(call.events())
        gateway.answer = None
        assert cause(client.call().close()) == "normal"  # the connection lives


HOSTILE = {
    "caller_next": {"caller_next": 10**9},
    "negative caller_next": {"caller_next": -160},
    "agent_next": {"agent_next": -1},
    "controls": {"controls": 7},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_to_the_resume_ends_that_call_alone(
    gateway: ScriptedGateway, proxy: CutProxy, name: str
) -> None:
    fields: dict[str, Any] = {"caller_next": 0, "agent_next": 0, **HOSTILE[name]}

    with kefu.Client(through(gateway)) as client, client.call() as other:
        call = client.call()

        def lie(parts: Parts, answers: list[Parts]) -> list[Parts]:
            if parts[1] != b"OPEN" or parts[2] != call.id:
                return answers
            return [pack(b"OPENED", call.id, Opened(token="", slot="", release="", **fields))]

        gateway.answer = lie
        proxy.sever()
        with pytest.raises(ProtocolError, match=name.rpartition(" ")[2]):
            list(call.events())
        other.send(frame(0))
        until(lambda: gateway.call(other.id).heard == frames(1))
        until(lambda: gateway.call(call.id).closed)  # it was told


def test_a_hostile_answer_to_open_is_typed(gateway: ScriptedGateway) -> None:
    opened = Opened(token="", slot="", release="", caller_next=-1, agent_next=0)
    gateway.answer = lambda parts, answers: (
        [pack(b"OPENED", parts[2], opened)] if parts[1] == b"OPEN" else answers
    )
    with kefu.Client(gateway.address) as client, pytest.raises(ProtocolError, match="caller_next"):
        client.call()


def test_a_hostile_event_ends_its_call_alone(gateway: ScriptedGateway) -> None:
    with kefu.Client(gateway.address) as client, client.call() as other:
        call = client.call()
        gateway.send(call.id, pack(b"EVENT", call.id, Event(kind="x", number=-3)))
        with pytest.raises(ProtocolError, match="number"):
            list(call.events())
        gateway.event(other.id, "y")
        event = other.next_event(2.0)
        assert event is not None
        assert event.kind == "y"


def test_after_move_new_calls_go_on_a_new_connection(
    gateway: ScriptedGateway, proxy: CutProxy
) -> None:
    with kefu.Client(through(gateway)) as client, client.call() as old:
        gateway.send(old.id, pack(b"MOVE", bytes(16), Move()))
        until(lambda: client._connections._newest is None)
        assert proxy.accepted == 1
        with client.call() as new:
            assert proxy.accepted == 2
            assert gateway.peers[new.id] != gateway.peers[old.id]
            old.send(frame(0))
            new.send(frame(0))
            until(lambda: gateway.call(old.id).heard == gateway.call(new.id).heard == frames(1))
            older = old._connection
            assert not older.ended
            assert cause(old.close()) == "normal"
            until(lambda: older.ended)  # the old connection lives as long as its calls
            gateway.event(new.id, "still here")
            assert new.next_event(2.0) is not None


def test_move_may_name_another_address(gateway: ScriptedGateway) -> None:
    with ScriptedGateway() as green, kefu.Client(gateway.address) as client:
        old = client.call()
        gateway.send(old.id, pack(b"MOVE", old.id, Move(address=green.address)))
        until(lambda: client._connections._newest is None)
        with client.call() as new:
            assert new.id in green.model.calls
        gateway.event(old.id, "here")
        assert old.next_event(2.0) is not None
        assert cause(old.close()) == "normal"


@pytest.mark.parametrize("address", ["nonsense", "ipc:///nowhere/kefu.sock"])
def test_move_to_nowhere_is_typed(gateway: ScriptedGateway, address: str) -> None:
    with kefu.Client(gateway.address) as client, client.call() as old:
        gateway.send(old.id, pack(b"MOVE", old.id, Move(address=address)))
        until(lambda: client._connections._newest is None)
        with pytest.raises(GatewayUnreachable):
            client.call()
        old.send(frame(0))
        until(lambda: gateway.call(old.id).heard == frames(1))


def test_a_connection_that_breaks_while_opening_is_typed(
    gateway: ScriptedGateway, proxy: CutProxy
) -> None:
    gateway.answer = lambda parts, answers: [] if parts[1] == b"OPEN" else answers
    with kefu.Client(through(gateway)) as client:
        threading.Timer(0.3, proxy.sever).start()
        started = time.monotonic()
        with pytest.raises(GatewayUnreachable, match="before the call was opened"):
            client.call()
        assert time.monotonic() - started < 2.0
        gateway.answer = None
        assert cause(client.call().close()) == "normal"


def test_an_open_that_nobody_waits_for_is_not_sent_later(gateway: ScriptedGateway) -> None:
    late = gateway.folder / "proxy.sock"
    late.touch()
    with kefu.Client(f"ipc://{late}", timeout_s=0.1) as client:
        with pytest.raises(GatewayUnreachable, match="did not answer"):
            client.call()
        late.unlink()
        with CutProxy(late, gateway.path):
            until(lambda: client.ping().state == "serving")
            assert gateway.model.calls == {}


def test_a_closed_client_leaves_no_thread_and_no_socket(
    gateway: ScriptedGateway, proxy: CutProxy
) -> None:
    before = threading.active_count()
    client = kefu.Client(through(gateway))
    client.call()
    proxy.sever()
    until(lambda: client._connections.newest()._link.number == 1)
    client.close()
    client.close()
    assert threading.active_count() <= before + 2  # those of the proxy's newest connection
    with pytest.raises(GatewayUnreachable, match="closed"):
        client.call()

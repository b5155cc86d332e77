"""The worker's half of the slot protocol, rule by rule, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from daemon import slot
from daemon.worker import gateway_link
from engines.dialog.moves import Handover
from tests.daemon.call.tiny import TinyStages, said
from tests.daemon.call.tiny_dialogue import TinyDialogue, step
from tests.daemon.call.tiny_line import RATE
from tests.daemon.worker.house import CLIENT, TinyGateway


def dialogue() -> TinyDialogue:
    to_sales = Handover(target="sales", reason="asked", summary="")
    return TinyDialogue(
        step("open", "您好，查询请按一。", keys="menu"),
        step("told", "好的。"),
        step("human", "好的，为您转接。", end="transferred", handover=to_sales),
        step("bye", "再见。", end="completed"),
        ways={("open", "1"): "told", ("open", "0"): "human", ("open", "9"): "bye"},
    )


@pytest_asyncio.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[TinyGateway]:
    house = TinyGateway(tmp_path / "slot.sock", TinyStages(said("查询")), dialogue())
    yield house
    await house.close()


async def played(gateway: TinyGateway, call: bytes, utterance: int) -> None:
    """The line plays an utterance to its end, and the client takes it."""
    rest: dict[str, Any] = {"playing": (utterance, 0)}
    await gateway.frame(call, **rest)
    for _ in range(200):
        offset = sum(
            len(say.pcm) // 2 for say in gateway.seen(slot.Say) if say.utterance == utterance
        )
        done = any(say.last for say in gateway.seen(slot.Say) if say.utterance == utterance)
        rest = {"heard": (utterance, offset)}
        if not done:
            rest["playing"] = (utterance, offset)
        await gateway.frame(call, **rest)
        await asyncio.sleep(0.002)
        if done:
            return
    raise AssertionError(f"utterance {utterance} never ended")


async def test_hello_is_said_again_while_no_frame_comes(gateway: TinyGateway) -> None:
    first = await gateway.next(slot.Hello)
    again = await gateway.next(slot.Hello)
    assert first == again
    assert first.release == "tiny"


async def test_each_frame_is_answered_by_a_tick(gateway: TinyGateway) -> None:
    for taken in range(3):
        tick = await gateway.frame()
        assert tick.free == 8 - taken
        assert tick.behind_ms >= 0
        await gateway.open(taken + 1)
        await gateway.frame()


async def test_open_begins_a_call(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    say = await gateway.next(slot.Say)
    assert say.call == call
    assert (say.utterance, say.offset) == (0, 0)
    turn = await gateway.next(slot.Event, kind="turn")
    assert turn.turn is not None
    assert turn.turn.call == call.hex()


async def test_no_more_is_said_than_credit_allows(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    for _ in range(5):
        await gateway.frame(call)
    most = slot.CREDIT_MS * RATE // 1000
    assert sum(len(say.pcm) // 2 for say in gateway.seen(slot.Say)) == most
    await gateway.frame(call, playing=(0, 160))
    await gateway.frame(call, playing=(0, 160))
    assert sum(len(say.pcm) // 2 for say in gateway.seen(slot.Say)) == most + 160


async def test_open_after_a_loss_goes_on_from_the_snapshot(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    greeting = (await gateway.next(slot.Event, kind="turn")).turn
    snapshot = gateway.seen(slot.Snapshot)[-1]
    assert snapshot.call == call
    assert len(snapshot.data) <= slot.MAX_SNAPSHOT_BYTES
    assert snapshot.handover["reason"] == "worker_lost"
    await gateway.send(slot.Close(call=call))
    await gateway.open(1, snapshot=snapshot.data, resumed=True, next_utterance=4, caller_next=8000)
    say = await gateway.next(slot.Say, utterance=4)
    assert say.offset == 0
    turns = [greeting, (await gateway.next(slot.Event, kind="turn")).turn]
    assert [turn.action for turn in turns if turn] == ["greet", "resume"]
    assert [turn.number for turn in turns if turn] == [0, 1]


async def test_dtmf_reaches_the_dialogue(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    await gateway.next(slot.Say)
    await gateway.frame(call, playing=(0, 160))
    await gateway.send(slot.Dtmf(call=call, digit="1"))
    await gateway.next(slot.Cut, utterance=0)
    say = await gateway.next(slot.Say, utterance=1)
    assert say.call == call


async def test_cut_done_settles_the_record(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    await gateway.next(slot.Say)
    await gateway.frame(call, playing=(0, 160))
    await gateway.send(slot.Dtmf(call=call, digit="1"))
    await gateway.next(slot.Cut)
    await gateway.send(slot.CutDone(call=call, utterance=0, heard=1600))
    ended = await gateway.next(slot.Event, kind="reply.ended")
    told = {"turn": 0, "taken": 1600, "cut": True, "voice": "stock"}
    assert ended.data == told
    assert ended.turn is not None
    assert ended.turn.reply_cut


async def test_hold_stops_everything_and_resume_asks_again(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    await gateway.next(slot.Say)
    await gateway.frame(call, playing=(0, 160))
    await gateway.send(slot.Hold(call=call))
    await gateway.send(slot.CutDone(call=call, utterance=0, heard=160))
    await gateway.next(slot.Event, kind="reply.ended")
    before = len(gateway.seen(slot.Say))
    for _ in range(5):
        await gateway.frame()
    assert len(gateway.seen(slot.Say)) == before
    await gateway.send(slot.Resume(call=call))
    await gateway.next(slot.Say, utterance=1)


async def test_play_is_said_in_place_of_ours(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    await gateway.next(slot.Say)
    await gateway.send(slot.Play(call=call, text="请您稍后再拨。"))
    await gateway.next(slot.Cut, utterance=0)
    await gateway.next(slot.Say, utterance=1)
    replies = [(await gateway.next(slot.Event, kind="turn")).turn for _ in range(2)]
    assert [turn.reply for turn in replies if turn] == ["您好，查询请按一。", "请您稍后再拨。"]


async def test_mark_is_answered_with_the_instant(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    await gateway.frame(call)
    await gateway.send(slot.Mark(call=call, name="here"))
    event = await gateway.next(slot.Event, kind="mark")
    assert event.data["name"] == "here"
    assert event.data["at_ms"] >= 20


async def test_transferred_lets_the_dialogue_go_on(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    await gateway.next(slot.Say)
    await gateway.send(slot.Dtmf(call=call, digit="0"))
    await gateway.next(slot.Say, utterance=1)
    await played(gateway, call, 1)
    await gateway.next(slot.Event, kind="transfer")
    await gateway.send(slot.Transferred(call=call, result="busy"))
    await gateway.next(slot.Say, utterance=2)


async def test_calls_are_listed(gateway: TinyGateway) -> None:
    calls = {await gateway.open(number) for number in (1, 2, 3)}
    await gateway.send(slot.Calls())
    holding = await gateway.next(slot.Holding)
    assert set(holding.calls) == calls


async def test_close_ends_a_call(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    await gateway.next(slot.Say)
    await gateway.send(slot.Close(call=call, cause="normal"))
    assert (await gateway.frame()).free == 8
    ended = gateway.seen(slot.Event)[-1]
    assert ended.kind == "reply.ended", "the reply that the hang-up cut is settled"


async def test_a_call_that_hangs_up_by_itself_is_no_longer_held(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    await gateway.next(slot.Say)
    await gateway.send(slot.Dtmf(call=call, digit="9"))
    await gateway.next(slot.Say, utterance=1)
    await played(gateway, call, 1)
    assert (await gateway.next(slot.Close)).cause == "completed"
    await gateway.send(slot.Calls())
    assert (await gateway.next(slot.Holding)).calls == ()


async def test_drain_takes_no_new_call_and_ends_with_the_last_one(gateway: TinyGateway) -> None:
    call = await gateway.open(1)
    await gateway.next(slot.Say)
    await gateway.send(slot.Drain())
    assert (await gateway.frame(call)).free == 0
    refused = await gateway.open(2)
    close = await gateway.next(slot.Close)
    assert (close.call, close.cause) == (refused, "draining")
    await gateway.frame(call)
    assert not gateway.serving.done()
    await gateway.send(slot.Close(call=call))
    await asyncio.wait_for(gateway.serving, 2)


async def test_a_worker_without_calls_drains_at_once(gateway: TinyGateway) -> None:
    await gateway.send(slot.Drain())
    await asyncio.wait_for(gateway.serving, 2)


async def test_a_draining_worker_says_hello_to_nobody(gateway: TinyGateway) -> None:
    await gateway.open(1)
    await gateway.send(slot.Drain())
    await gateway.frame()
    before = len(gateway.seen(slot.Hello))
    await asyncio.sleep(2.2)
    await gateway.frame()
    assert len(gateway.seen(slot.Hello)) == before


async def test_of_frames_that_waited_the_audio_counts_and_the_newest_state_decides(
    gateway: TinyGateway,
) -> None:
    call = await gateway.open(1)
    await gateway.next(slot.Snapshot)
    await gateway.send(slot.Dtmf(call=call, digit="1"))
    await gateway.next(slot.Event, kind="turn")
    for number in range(50):
        await gateway.post_frame(call, loud=number >= 10)
    await gateway.next(slot.Tick, seq=gateway._seq)
    started = await gateway.next(slot.Event, kind="voice.started")
    assert abs(started.data["sample"] - 10 * 160) <= 512
    assert sum(gateway.vad.batches) == 50 * 160 // 256


async def test_the_voice_of_all_calls_is_detected_in_one_run(gateway: TinyGateway) -> None:
    calls = [await gateway.open(number) for number in (1, 2, 3)]
    for _ in range(4):
        await gateway.frame(*calls)
    assert set(gateway.vad.batches) == {3}


@pytest.mark.parametrize(
    "message",
    [
        slot.Dtmf(call=bytes(16), digit="1"),
        slot.Hold(call=bytes(16)),
        slot.Resume(call=bytes(16)),
        slot.Play(call=bytes(16), text="你好"),
        slot.Mark(call=bytes(16), name="here"),
        slot.Transferred(call=bytes(16), result="busy"),
        slot.CutDone(call=bytes(16), utterance=0, heard=0),
        slot.Close(call=bytes(16)),
    ],
    ids=lambda message: type(message).__name__,
)
async def test_of_a_call_that_is_not_held_nothing_means_anything(
    gateway: TinyGateway, message: slot.Message
) -> None:
    await gateway.send(message)
    await gateway.frame()
    assert {type(one) for one in gateway.received} <= {slot.Hello, slot.Tick}


@pytest.mark.parametrize(
    "parts",
    [
        [b"OPEN"],
        [b"OPEN", b"\xc1"],
        [b"OPEN", b"\x80", b""],
        [b"NONSENSE", b"\x80"],
        [b"DTMF", b"\x82\xa4call\xc4\x01\x00\xa5digit\xa1x"],
        [b"TRANSFERRED", b"\x81\xa6result\xa2xx"],
        [b"HELLO", b"\x80"],
        [b"", b""],
    ],
)
async def test_what_is_malformed_is_dropped(gateway: TinyGateway, parts: list[bytes]) -> None:
    call = await gateway.open(1)
    await gateway.send_raw(parts)
    await gateway.frame(call)
    await gateway.send(slot.Calls())
    assert (await gateway.next(slot.Holding)).calls == (call,)


async def test_a_scenario_that_does_not_exist_closes_the_call(gateway: TinyGateway) -> None:
    unknown = replace(CLIENT, scenario="no such")
    await gateway.send(slot.Open(call=bytes(16), client=unknown))
    close = await gateway.next(slot.Close)
    assert close.cause == "protocol_error"
    assert (await gateway.frame()).free == 8


async def test_a_fault_in_one_call_ends_that_call_alone(gateway: TinyGateway) -> None:
    good, bad = await gateway.open(1), await gateway.open(2)
    await gateway.frame(good, bad)
    conversation = gateway.calls._calls[bad]
    conversation.on_frame = None  # type: ignore[assignment, method-assign]
    await gateway.frame(good, bad)
    close = await gateway.next(slot.Close)
    assert (close.call, close.cause) == (bad, "worker_lost")
    await gateway.send(slot.Calls())
    assert (await gateway.next(slot.Holding)).calls == (good,)


async def test_a_call_that_is_opened_again_begins_anew(gateway: TinyGateway) -> None:
    await gateway.open(1)
    await gateway.next(slot.Say)
    await gateway.open(1, resumed=True, next_utterance=3)
    await gateway.next(slot.Say, utterance=3)
    assert (await gateway.frame()).free == 7
    assert not gateway.seen(slot.Close)


async def test_calls_of_a_gateway_that_is_gone_are_dropped(
    gateway: TinyGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_link, "GATEWAY_GONE_S", 1.5)
    await gateway.open(1)
    await gateway.frame()
    for _ in range(40):
        await asyncio.sleep(0.1)
        if not len(gateway.calls):
            break
    await gateway.next(slot.Hello)
    assert len(gateway.calls) == 0

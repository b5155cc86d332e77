"""Whole calls over the real socket with the real weights: what a caller and a PBX would miss."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

import kefu
from daemon.ctl.caller import Answer, RecordedCaller
from daemon.ctl.recordings import read_script
from daemon.records import reader
from kefu.protocol import Event, Language
from kefu.records import CallSummary, Turn
from tests.calls.conftest import MAX_CALLS, House

DEMO = Path("examples/demo")


def place(
    house: House, script: str, language: Language, *, lines: int = 99, seed: int = 0
) -> tuple[RecordedCaller, list[Answer], list[Event]]:
    events: list[Event] = []
    caller = RecordedCaller(
        house.client, called="800", language=language, seed=seed, on_event=events.append
    )
    answers = caller.say(read_script(DEMO, script)[:lines])
    caller.listen(0.5)
    caller.hang_up()
    return caller, answers, events


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_recorded_caller_gets_his_refund(house: House, language: Language) -> None:
    caller, answers, events = place(house, language, language)
    assert all(answer.wait_s is not None for answer in answers), [a.line.text for a in answers]
    # How soon an interrupted reply falls silent is measured by benchmarks: a busy machine is late.
    assert [a.line.text for a in answers if a.premature and not a.line.interrupts] == []
    cut = [answer for answer in answers if answer.line.interrupts]
    assert cut, "the script has an interruption"
    assert any(event.kind == "reply.ended" and event.data["cut"] for event in events)
    summary, turns = settled(house, caller)
    spoken = [turn for turn in turns if turn.heard]
    intents = {turn.intent for turn in spoken}
    assert {"order_status", "refund_request"} <= intents, [(t.heard, t.intent) for t in spoken]
    interrupted = [turn for turn in turns if turn.reply_cut]
    assert interrupted
    assert len(interrupted[0].reply_heard) < len(interrupted[0].reply)
    with closing(sqlite3.connect(house.state / "shop.sqlite")) as shop:
        refunds = shop.execute("SELECT order_id FROM refunds").fetchall()
    assert ("A1024",) in refunds
    assert summary.turns == len(turns)
    assert all(turn.release.startswith("lite") for turn in turns)


def test_every_event_of_a_turn_was_committed_before_it_was_sent(house: House) -> None:
    _, _, events = place(house, "zh", "zh", lines=1, seed=5)
    turns = [event for event in events if event.kind == "turn"]
    assert turns
    assert all(event.stored for event in turns)


def test_the_service_has_no_network(house: House) -> None:
    if not house.networkless:
        pytest.skip("needs root to give the service an empty network namespace")
    assert house.client.ping().state == "serving"


def test_three_calls_at_once_stay_whole_and_the_fourth_is_refused(house: House) -> None:
    scripts: list[tuple[str, Language]] = [("zh", "zh"), ("en", "en"), ("zh", "zh")]
    with ThreadPoolExecutor(MAX_CALLS) as pool:
        running = [
            pool.submit(place, house, script, language, lines=2, seed=seed)
            for seed, (script, language) in enumerate(scripts)
        ]
        wait_for_calls(house.client, MAX_CALLS)
        with pytest.raises(kefu.Busy) as refused:
            house.client.call(called="800")
        assert refused.value.retry_after_ms > 0
        finished = [one.result() for one in running]
    for (caller, answers, _), (_, language) in zip(finished, scripts, strict=True):
        assert all(answer.wait_s is not None for answer in answers)
        numbers = caller.agent_samples()
        assert numbers == list(range(0, 160 * len(numbers), 160)), "a frame every 20 ms, none twice"
        _, turns = reader.show(house.state / "records.sqlite", caller.call.id.hex())
        assert {turn.language for turn in turns} == {language}
    assert house.client.ping().calls == 0


def settled(house: House, caller: RecordedCaller) -> tuple[CallSummary, list[Turn]]:
    """The call's record once its end stands in it: it is committed just after CLOSED went out."""
    for _ in range(100):
        summary, turns = reader.show(house.state / "records.sqlite", caller.call.id.hex())
        if summary.cause:
            return summary, turns
        time.sleep(0.02)
    raise AssertionError("the call's end was never recorded")


def wait_for_calls(client: kefu.Client, count: int) -> None:
    for _ in range(200):
        if client.ping().calls >= count:
            return
    raise AssertionError("the calls were not opened")

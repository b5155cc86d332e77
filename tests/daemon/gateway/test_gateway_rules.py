"""The gateway's pure parts: clock, timers, admission, the order of events, utterance numbers."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.gateway.admission import House, admit
from daemon.gateway.clock import TICK_S, TickClock
from daemon.gateway.event_order import EventOrder
from daemon.gateway.media import Media, judge
from daemon.gateway.peers import Peers
from daemon.gateway.speech import Speech
from daemon.settings import GatewaySettings
from engines._core import Line
from kefu.errors import BadRate, Busy, KefuError, NoWorker, UnknownScenario
from kefu.protocol import Event, Open


def test_an_hour_has_its_frames_however_late_the_ticks_are() -> None:
    instant = 0.0
    clock = TickClock(lambda: instant)
    lateness = random.Random(7)
    line = Line("ulaw", 8000, 20)
    frames = 0
    while instant < 3_600:
        instant += clock.remaining_s() + lateness.choice([0.0, 0.0003, 0.004, 0.019, 0.3])
        for _ in range(clock.due()):
            assert line.frame() is not None
            frames += 1
            line.set_taken(line.agent_next)
    assert frames == int(instant / TICK_S + 1e-6)
    assert line.agent_next == 160 * frames


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=60))
def test_no_tick_is_skipped_or_counted_twice(steps: list[float]) -> None:
    instant = 5.0
    clock = TickClock(lambda: instant)
    counted = 0
    for step in steps:
        instant += step
        counted += clock.due()
        assert counted == int((instant - 5.0) / TICK_S)
        assert 0 <= clock.remaining_s() <= TICK_S + 1e-9


CALM = Media(
    age_ms=60_000,
    idle_ms=20,
    begun=True,
    suspended=False,
    stalled=False,
    gone_ms=0,
    unmoved_messages=0,
)


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, ""),
        ({"idle_ms": 1_999}, ""),
        ({"idle_ms": 2_000}, "stalled"),
        ({"idle_ms": 2_000, "stalled": True}, ""),
        ({"idle_ms": 2_000, "begun": False}, ""),
        ({"idle_ms": 30_000, "begun": False}, "media_timeout"),
        ({"idle_ms": 30_000}, "media_timeout"),
        ({"unmoved_messages": 99}, ""),
        ({"unmoved_messages": 100}, "client_stalled"),
        ({"gone_ms": 9_999}, ""),
        ({"gone_ms": 10_000}, "client_gone"),
        ({"age_ms": 3_600_000, "idle_ms": 30_000, "unmoved_messages": 100}, "too_long"),
    ],
)
def test_timers(changed: dict[str, float], verdict: str) -> None:
    fields = {name: getattr(CALM, name) for name in CALM.__struct_fields__}
    assert judge(Media(**{**fields, **changed}), GatewaySettings()) == verdict


@pytest.mark.parametrize(
    ("fields", "calls", "most", "error"),
    [
        ({}, 1, 2, None),
        ({}, 2, 2, Busy),
        ({}, 0, 0, NoWorker),
        ({"rate_hz": 16_000}, 0, 2, BadRate),
        ({"rate_hz": 48_000, "codec": "slin"}, 0, 2, BadRate),
        ({"scenario": "refund"}, 0, 2, None),
        ({"scenario": "nosuch"}, 0, 2, UnknownScenario),
    ],
)
def test_admission(
    fields: dict[str, object], calls: int, most: int, error: type[KefuError] | None
) -> None:
    house = House(
        calls=calls,
        most_calls=most,
        busy_retry_ms=1,
        no_worker_retry_ms=2,
        scenarios=("order_status", "refund"),
    )
    rate_hz = fields.get("rate_hz", 8_000)
    asked = Open(
        codec="slin" if "codec" in fields else "ulaw",
        rate_hz=rate_hz if isinstance(rate_hz, int) else 0,
        frame_ms=20,
        token="t" * ("resume" in fields),
        scenario=str(fields.get("scenario", "")),
    )
    if error is None:
        admit(asked, house)
    else:
        with pytest.raises(error):
            admit(asked, house)


def test_events_wait_for_the_record_before_them() -> None:
    order = EventOrder()
    order.add(Event(kind="first"), None, 1.0)
    order.add(Event(kind="turn"), 7, 1.0)
    order.add(Event(kind="behind"), None, 1.0)
    assert [event.kind for event in order.ready(0.0)] == ["first"]
    assert order.ready(0.9) == []
    order.settle(7, True)
    assert [(event.kind, event.stored) for event in order.ready(0.9)] == [
        ("turn", True),
        ("behind", None),
    ]
    assert not order


def test_an_event_whose_record_is_late_goes_out_as_not_stored() -> None:
    order = EventOrder()
    order.add(Event(kind="turn"), 7, 1.0)
    assert [event.stored for event in order.ready(1.0)] == [False]
    order.settle(7, True)  # comes too late, and harms nothing
    assert order.ready(2.0) == []


def test_a_peer_is_ignored_for_a_while() -> None:
    peers = Peers(3, 60.0)
    assert [peers.strike(b"a", 0.0) for _ in range(3)] == [False, False, True]
    assert not peers.strike(b"b", 0.0)
    assert peers.ignored(b"a", 59.0)
    assert not peers.ignored(b"b", 59.0)
    assert not peers.ignored(b"a", 60.0)


def test_the_table_of_peers_is_bounded() -> None:
    peers = Peers(1, 60.0)
    for number in range(5_000):
        peers.strike(number.to_bytes(4, "big"), 0.0)
    assert peers.ignored((4_999).to_bytes(4, "big"), 1.0)
    assert not peers.ignored((0).to_bytes(4, "big"), 1.0)


@pytest.fixture
def line() -> Line:
    return Line("slin", 8000, 20)


def play(line: Line, frames: int) -> bytes:
    played = b""
    for _ in range(frames):
        played += line.frame() or b""
        line.set_taken(line.agent_next)
    return played


def test_the_worker_sees_its_own_numbers_around_a_hold_prompt(line: Line) -> None:
    speech = Speech(line, 8000)
    assert speech.say(0, 0, b"\x01\x01" * 800, True) == ""
    play(line, 2)
    assert speech.playing == (0, 320)
    assert speech.start_hold(b"\x05\x05" * 400) == 0
    assert speech.holding
    for _ in range(300):
        speech.feed_hold()
        play(line, 1)
        assert speech.playing is None
    speech.stop_hold()
    assert speech.say(0, 800, b"\x01\x01" * 160, True) == "cut_or_old"
    assert speech.say(1, 0, b"\x02\x02" * 160, True) == ""
    assert speech.playing == (1, 0)
    assert b"\x02\x02" * 100 in play(line, 3)
    assert speech.heard == (1, 160)


def test_the_hold_prompt_comes_again_and_again(line: Line) -> None:
    speech = Speech(line, 8000)
    speech.start_hold(b"\x05\x05" * 400)
    played = b""
    for _ in range(50):
        speech.feed_hold()
        played += play(line, 1)
    assert played == b"\x05\x05" * 8_000


@pytest.mark.parametrize(
    ("utterance", "offset", "said"),
    [
        (0, 3_201, "over_credit"),
        (0, 160, ""),
        (0, 80, "misplaced"),
        (0, 400, "misplaced"),
        (1, 0, ""),
    ],
)
def test_credit_and_place(line: Line, utterance: int, offset: int, said: str) -> None:
    speech = Speech(line, 8000)
    assert speech.say(0, 0, bytes(320), False) == ""
    assert speech.say(utterance, offset, bytes(320), False) == said


def test_credit_moves_with_what_is_played(line: Line) -> None:
    speech = Speech(line, 8000)
    for offset in range(0, 3_361, 160):
        said = speech.say(0, offset, bytes(320), False)
        assert said == ("" if offset <= 3_200 else "over_credit")
    play(line, 1)
    assert speech.say(0, 3_360, bytes(320), False) == ""


def test_a_cut_utterance_stays_cut(line: Line) -> None:
    speech = Speech(line, 8000)
    speech.say(3, 0, bytes(1_600), False)
    play(line, 2)
    assert speech.cut(3)
    assert speech.settle(3, line.agent_next) == 320
    assert speech.say(3, 800, bytes(320), True) == "cut_or_old"
    assert not speech.cut(99)
    assert speech.say(99, 0, bytes(320), True) == "cut_or_old"
    assert speech.settle(99, line.agent_next) == 0

"""A snapshot: whole where it fits, cut where it does not, and refused where it is none of ours."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from daemon import slot
from daemon.call.errors import BadSnapshot
from daemon.call.snapshot import Snapshot, handover_data, pack, unpack
from engines.dialog.moves import Clause, Expectation, Handover, Move, State
from engines.emotion.prosody import Baseline

SNAPSHOT = Snapshot(
    release="lite-1",
    move=Move(
        state=State(
            scenario="order_status",
            step="ask order_id",
            language="zh",
            slots={"order_id": "A1024"},
            asked={"ask order_id": 1},
            memory={"beliefs": {"order_id": {"A1024": 0.9}}, "served": 1},
        ),
        action="ask_slot",
        reply=(Clause(text="请问您的订单号是多少？", language="zh"),),
        expects=Expectation(kind="digits", keys="digits"),
        reasons=("order_id is not known.",),
    ),
    turns=7,
    delivered=True,
    recording=True,
    baseline=Baseline(count=3, mean=(1.0, 2.0, 3.0, 4.0, 5.0)),
)

plain: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=20), inner),
    max_leaves=30,
)


def test_what_another_worker_needs_comes_back() -> None:
    back = unpack(pack(SNAPSHOT), "lite-1")
    assert back == replace(SNAPSHOT, move=replace(SNAPSHOT.move, reply=(), reasons=()))


@pytest.mark.parametrize(
    "memory",
    [
        {"said": ["很长的话" * 5_000] * 20},
        {f"key {number}": "x" * 900 for number in range(5_000)},
        {"deep": [[["y" * 2_000] * 60] * 60] * 60},
    ],
    ids=["long", "many", "deep"],
)
def test_what_is_too_long_is_cut_and_the_place_in_the_scenario_stays(memory: Any) -> None:
    state = replace(SNAPSHOT.move.state, memory=memory, slots={"note": "z" * 90_000})
    data = pack(replace(SNAPSHOT, move=replace(SNAPSHOT.move, state=state)))
    assert len(data) <= slot.MAX_SNAPSHOT_BYTES
    back = unpack(data, "lite-1")
    assert back.move.state.step == "ask order_id"
    assert back.move.expects == SNAPSHOT.move.expects
    assert back.turns == 7


def test_even_absurd_names_fit() -> None:
    state = State(scenario="s" * 80_000, step="t" * 80_000, language="en")
    handover = Handover(target="q" * 90_000, reason="r" * 90_000, summary="u" * 90_000)
    move = replace(SNAPSHOT.move, state=state, handover=handover, action="a" * 90_000)
    assert len(pack(replace(SNAPSHOT, move=move))) <= slot.MAX_SNAPSHOT_BYTES


@settings(max_examples=60)
@given(
    memory=st.dictionaries(st.text(max_size=20), plain), slots=st.dictionaries(st.text(), st.text())
)
def test_no_state_makes_it_longer_than_the_gateway_takes(
    memory: dict[str, Any], slots: dict[str, str]
) -> None:
    state = replace(SNAPSHOT.move.state, memory=memory, slots=slots)
    data = pack(replace(SNAPSHOT, move=replace(SNAPSHOT.move, state=state)))
    assert len(data) <= slot.MAX_SNAPSHOT_BYTES
    unpack(data, "lite-1")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\xff" * 1000,
        msgspec.msgpack.encode({"release": "lite-1"}),
        msgspec.msgpack.encode([1, 2, 3]),
        b"\x91" * 5000 + b"\xc0",
        pack(replace(SNAPSHOT, version=2)),
        pack(replace(SNAPSHOT, release="lite-2")),
        pack(replace(SNAPSHOT, turns=-1)),
        pack(replace(SNAPSHOT, turns=2**40)),
        pack(SNAPSHOT)[:-1],
        bytes(slot.MAX_SNAPSHOT_BYTES + 1),
    ],
)
def test_what_no_worker_of_this_release_wrote_is_refused(data: bytes) -> None:
    with pytest.raises(BadSnapshot):
        unpack(data, "lite-1")


@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_damaged_snapshot_is_refused_or_read_but_nothing_else(place: int, byte: int) -> None:
    data = bytearray(pack(SNAPSHOT))
    data[place % len(data)] = byte
    with suppress(BadSnapshot):
        unpack(bytes(data), "lite-1")


def test_a_handover_is_as_long_as_a_human_can_read() -> None:
    long = Handover(
        target="sales",
        reason="asked",
        summary="他" * 9_000,
        slots={f"slot {number}": "v" * 5_000 for number in range(500)},
    )
    data = handover_data(long)
    assert len(data["summary"]) == 2_000
    assert len(data["slots"]) == 64
    assert max(len(value) for value in data["slots"].values()) == 2_000

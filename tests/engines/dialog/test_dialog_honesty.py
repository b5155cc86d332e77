"""No reply claims what the business system did not answer, whatever is said and answered."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.dialog.acts import ACTS
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import BusinessResult, Heard, Move, State
from engines.dialog.playbook import load_playbook
from engines.dialog.questions import ENDED
from engines.dialog.scenario import Call
from engines.emotion.feeling import LABELS, Feeling
from engines.nlu.labels import INTENTS
from engines.nlu.understanding import Entity, IntentScore, Understanding

PLAYBOOK = load_playbook(Path(__file__).parents[3] / "examples/scenarios")
DIALOGUE = Dialogue(PLAYBOOK)
CONSTANT = {(clause.language, clause.text) for clause in DIALOGUE.cacheable_clauses()}
CLAIMS = (
    "退款申请已经提交了",
    "refund has been requested",
    "投诉已经登记了",
    "complaint has been registered",
    "已经为您预约好了",
    "call-back is booked",
)
NUMBERS = ("refund_id", "earlier_refund", "complaint_id", "callback_id")
CALLS = [
    pytest.param(scenario.name, step, id=f"{scenario.name}-{step.name}")
    for scenario in PLAYBOOK.scenarios.values()
    for step in scenario.steps
    if isinstance(step, Call) and scenario.starts_on
]
GOOD = {
    "found": "A1024",
    "refunded": "A1024",
    "complaint_id": "K5002",
    "complaint_state": "filed",
    "callback_id": "C3002",
    "booked_phone": "13800138000",
    "booked_at": "2026-11-26T15:00",
    "booking": "booked",
    "state": "shipped",
    "expected_on": "2026-11-26",
    "delivered_on": "2026-11-20",
    "carrier": "sf",
    "refundable": "yes",
    "amount": "299.00 CNY",
    "earlier_refund": "R1",
    "refund_id": "R4711",
    "refund_state": "requested",
    "refund_amount": "298.00 CNY",
}
ARGUMENTS = {
    step.name: step.arguments
    for scenario in PLAYBOOK.scenarios.values()
    for step in scenario.steps
    if isinstance(step, Call) and step.changes
}
OPEN_HOUR = datetime.datetime(2026, 11, 25, 10, 0)
CLOSED_HOUR = datetime.datetime(2026, 11, 25, 22, 0)
ERRORS = ("not_found", "refused", "unavailable", "timeout", "something_new", "")


def hear(state: State, text: str, intent: str, **more: object) -> Move:
    found = [("ORDER_ID", match, match[0]) for match in re.finditer(r"[A-Z]\d{4}(?!\d)", text)]
    found += [("PHONE", match, match[0]) for match in re.finditer(r"1[3-9]\d{9}", text)]
    found += [("TIME", match, "2026-11-26T15:00") for match in re.finditer("明天下午三点", text)]
    found += [("TIME", match, "T16:00") for match in re.finditer("四点", text)]
    entities = tuple(
        Entity(type=kind, text=match[0], value=value, start=match.start(), end=match.end())
        for kind, match, value in found
    )
    return DIALOGUE.hear(
        state,
        Heard(
            text=text,
            language=more.get("language", "zh"),  # type: ignore[arg-type]
            confidence=more.get("confidence", 0.9),  # type: ignore[arg-type]
            understanding=Understanding(
                intents=(IntentScore(intent=intent, probability=0.9),), entities=entities
            ),
            feeling=more.get("feeling", Feeling(label="", confidence=0.0)),  # type: ignore[arg-type]
        ),
    )


ANSWERS = {
    "ask other_info": "送来的杯子是坏的",
    "ask order_id": "A1024",
    "ask phone_number": "13800138000",
    "ask callback_time": "明天下午三点",
}


def reach(scenario: str, name: str, language: str) -> Move:
    """The move that asks for the call of that name."""
    move = DIALOGUE.open(scenario, language=language)
    intent = PLAYBOOK.scenarios[scenario].starts_on[0]
    for _ in range(9):
        if move.call is not None and move.call.name == name:
            return move
        if move.call is not None:
            move = DIALOGUE.answer(
                move.state, BusinessResult(name=move.call.name, ok=True, values=GOOD)
            )
        elif move.state.step == "open":
            move = hear(move.state, "A1024", intent)
        elif move.state.step in ANSWERS:
            move = hear(move.state, ANSWERS[move.state.step], "inform")
        else:
            move = hear(move.state, "确定", "affirm")
    raise AssertionError(f"{name} is not reached")


def spoken(move: Move) -> str:
    return " ".join(clause.text for clause in move.reply)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("scenario", "call"), CALLS)
def test_a_failed_call_is_never_reported_as_done(scenario: str, call: Call, language: str) -> None:
    asking = reach(scenario, call.name, language)
    for error in ERRORS:
        # Values beside a failure are not an answer.
        result = BusinessResult(name=call.name, ok=False, error=error, values=GOOD)
        move = DIALOGUE.answer(asking.state, result)
        assert move.action not in ("report_change", "provide_information")
        assert not any(claim in spoken(move) for claim in CLAIMS)
        assert not any(GOOD[name] in spoken(move) for name in NUMBERS)
        assert move.call is None
        assert move.reply
        assert any(call.name in reason for reason in move.reasons)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("scenario", "call"), CALLS)
def test_an_answer_with_holes_is_not_filled_in(scenario: str, call: Call, language: str) -> None:
    asking = reach(scenario, call.name, language)
    for missing in call.returns:
        lies = ({missing: "x" * 500}, {missing: "xxx<b>"}, {missing: 7}, {missing: "xxx\n"})
        for broken in ({}, {missing: ""}, *lies):
            values = {name: value for name, value in GOOD.items() if name != missing} | broken
            move = DIALOGUE.answer(
                asking.state,
                BusinessResult(name=call.name, ok=True, values=values),  # type: ignore[arg-type]
            )
            if broken in lies:
                assert any("cannot be believed" in reason for reason in move.reasons)
                assert move.end == "transferred"
            if move.call is None:
                said = spoken(move)
                assert "{" not in said
                assert "xxx" not in said
                if call.changes:
                    assert move.end == "transferred"
                    assert not any(claim in said for claim in CLAIMS)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_change_is_reported_with_its_own_number(language: str) -> None:
    asking = reach("refund", "request_refund", language)
    assert asking.call is not None
    assert asking.call.changes
    move = DIALOGUE.answer(
        asking.state, BusinessResult(name="request_refund", ok=True, values=GOOD)
    )
    assert move.action == "report_change"
    assert "R4711" in spoken(move)
    assert "298" in spoken(move)  # the answer's amount, not the one asked about
    assert "299" not in spoken(move)


def test_an_answer_that_nobody_waits_for_is_refused() -> None:
    opening = DIALOGUE.open("refund")
    with pytest.raises(ValueError, match="does not wait"):
        DIALOGUE.answer(opening.state, BusinessResult(name="request_refund", ok=True, values=GOOD))


TEXTS = st.sampled_from(
    [
        "A1024",
        "B2048",
        "不对，是A1025",
        "1025",
        "not A1024",
        "好的",
        "确定",
        "不要",
        "yes",
        "no",
        "我要退款",
        "我要退款A1024",
        "where is my order",
        "谢谢",
        "",
        "…",
        "🙂" * 50,
        "'; DROP TABLE orders;--",
        "13800138000",
        "明天下午三点",
        "改成四点",
        "不对，是八不是四",
        "不是1024是1025",
        "the last digit is 5",
        "送来的杯子是坏的，我要投诉",
        "给我回个电话",
        "没有",
        "停",
        "慢一点",
        "louder",
        "重新开始",
        "转人工",
        "what can you do",
    ]
)
TURN = st.one_of(
    st.tuples(
        st.just("hear"),
        TEXTS,
        st.sampled_from(INTENTS),
        st.sampled_from(["zh", "en"]),
        st.sampled_from([0.0, 0.3, 0.6, 1.0]),
        st.sampled_from(LABELS),
    ),
    st.tuples(st.sampled_from(["silence", "unclear", "resumed", "recovered", "held"])),
    st.tuples(
        st.just("press"), st.sampled_from(["1", "2", "0", "9", "*", "11", "1024", "13800138000"])
    ),
    st.tuples(st.just("press"), st.text(max_size=40)),
    st.tuples(st.just("transferred"), st.sampled_from(["busy", "no_answer", "refused", "💥"])),
)
RESULT = st.tuples(
    st.booleans(), st.sampled_from(ERRORS), st.sets(st.sampled_from(sorted(GOOD)), min_size=7)
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(PLAYBOOK.scenarios)),
    st.sampled_from(["zh", "en", "auto"]),
    st.lists(TURN, max_size=12),
    st.lists(RESULT, min_size=1, max_size=5),
    st.sampled_from([None, OPEN_HOUR, CLOSED_HOUR]),
)
def test_any_call(
    scenario: str,
    language: str,
    turns: list[tuple[str, ...]],
    results: list[tuple[bool, str, set[str]]],
    now: datetime.datetime | None,
) -> None:
    move = DIALOGUE.open(scenario, language=language, now=now)
    last_yes = ""
    for number, turn in enumerate(turns):
        saved = msgspec.msgpack.encode(move.state)
        state = msgspec.msgpack.decode(saved, type=State)
        assert state == move.state
        before = move

        def step(state: State = state, turn: tuple[str, ...] = turn) -> Move:
            if turn[0] == "silence":
                return DIALOGUE.silence(state)
            if turn[0] == "unclear":
                return DIALOGUE.unclear(state)
            if turn[0] == "press":
                return DIALOGUE.press(state, turn[1])
            if turn[0] == "transferred":
                return DIALOGUE.transferred(state, turn[1])
            if turn[0] in ("resumed", "recovered", "held"):
                return DIALOGUE.resumed(
                    state, delivered=turn[0] != "recovered", held=turn[0] == "held"
                )
            _, text, intent, spoken_language, confidence, label = turn
            feeling = Feeling(label=label, confidence=0.9)
            return hear(
                state,
                text,
                intent,
                language=spoken_language,
                confidence=confidence,
                feeling=feeling,
            )

        move = step()
        assert move == step()
        assert msgspec.msgpack.encode(state) == saved
        answered: set[str] = set()
        for round_number in range(6):
            if move.call is None:
                break
            assert round_number < 5
            assert not move.reply
            if move.call.changes:
                # Only right after the question about it, and only on a hearing that allows it.
                assert before.state.step.startswith("confirm ")
                assert turn[0] in ("hear", "press")
                if turn[0] == "hear":
                    assert float(turn[4]) >= DIALOGUE.settings.agree_from
                else:
                    assert turn[1] == "1"
                for name in ("order_id", "phone_number", "callback_time"):
                    wanted = before.state.slots.get(name, "")
                    assert move.state.slots.get(name, "") == wanted
                    for argument, source in ARGUMENTS[move.call.name].items():
                        if source == name:
                            assert move.call.arguments[argument] == wanted
            ok, error, present = results[(number + round_number) % len(results)]
            values = {name: GOOD[name] for name in present} if ok else {}
            if ok:
                answered |= {move.call.name}
            last_yes = move.call.name
            move = DIALOGUE.answer(
                move.state,
                BusinessResult(
                    name=move.call.name, ok=ok, error="" if ok else error, values=values
                ),
            )
        assert move.action in ACTS
        assert move.reply or move.action == "hold_the_line"
        assert move.reasons
        assert len(msgspec.msgpack.encode(move.state)) < 16_384
        if move.end:
            assert move.state.step == ENDED
            assert (move.handover is not None) == (move.end == "transferred")
        if move.handover is not None:
            assert 0 < len(move.handover.summary) < 1_000
            assert now is not CLOSED_HOUR
        for clause in move.reply:
            assert clause.text
            assert "{" not in clause.text
            assert clause.cacheable == ((clause.language, clause.text) in CONSTANT)
        if move.action == "report_change":
            assert last_yes in ARGUMENTS
            assert last_yes in answered
            assert any(GOOD[name] in spoken(move) for name in NUMBERS)
        elif move.action not in ("repeat_reply", "repeat_slower", "resume"):
            assert not any(claim in spoken(move) for claim in CLAIMS)


@pytest.mark.parametrize(
    ("text", "probability"), [("你好。", 0.83), ("喂喂", 0.9), ("你是非。", 0.46), ("hello", 0.9)]
)
def test_what_only_resembles_a_yes_changes_nothing(text: str, probability: float) -> None:
    state = DIALOGUE.open("refund", called="", language="zh", caller="", now=OPEN_HOUR).state
    move = hear(state, "我要退A1024", "refund_request")
    assert move.call is not None
    move = DIALOGUE.answer(
        move.state,
        BusinessResult(name=move.call.name, ok=True, values=GOOD | {"earlier_refund": ""}),
    )
    assert move.state.step == "confirm refund"
    heard = Heard(
        text=text,
        language="zh",
        confidence=0.9,
        understanding=Understanding(
            intents=(IntentScore(intent="affirm", probability=probability),)
        ),
        feeling=Feeling(label="", confidence=0.0),
    )
    move = DIALOGUE.hear(move.state, heard)
    assert move.call is None

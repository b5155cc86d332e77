"""No reply claims what the business system did not answer, whatever is said and answered."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.dialog.acts import ACTS
from engines.dialog.dialogue import Dialogue
from engines.dialog.draft import ENDED
from engines.dialog.moves import BusinessResult, Heard, Move, State
from engines.dialog.playbook import load_playbook
from engines.dialog.scenario import Call
from engines.emotion.feeling import LABELS, Feeling
from engines.nlu.labels import INTENTS
from engines.nlu.understanding import Entity, IntentScore, Understanding

PLAYBOOK = load_playbook(Path(__file__).parents[3] / "examples/scenarios")
DIALOGUE = Dialogue(PLAYBOOK)
CONSTANT = {(clause.language, clause.text) for clause in DIALOGUE.cacheable_clauses()}
CLAIMS = ("退款申请已经提交了", "refund has been requested")
CALLS = [
    pytest.param(scenario.name, step, id=f"{scenario.name}-{step.name}")
    for scenario in PLAYBOOK.scenarios.values()
    for step in scenario.steps
    if isinstance(step, Call)
]
GOOD = {
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
ERRORS = ("not_found", "refused", "unavailable", "timeout", "something_new", "")


def hear(state: State, text: str, intent: str, **more: object) -> Move:
    match = re.search(r"[A-Z]\d{4}", text)
    entities: tuple[Entity, ...] = ()
    if match:
        entities = (
            Entity(
                type="ORDER_ID",
                text=match[0],
                value=match[0],
                start=match.start(),
                end=match.end(),
            ),
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


def reach(scenario: str, name: str, language: str) -> Move:
    """The move that asks for the call of that name."""
    move = DIALOGUE.open(scenario, language=language)
    intent = PLAYBOOK.scenarios[scenario].starts_on[0]
    move = hear(move.state, "A1024", intent)
    for _ in range(5):
        if move.call is not None and move.call.name == name:
            return move
        if move.call is not None:
            move = DIALOGUE.answer(
                move.state, BusinessResult(name=move.call.name, ok=True, values=GOOD)
            )
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
        assert not any(GOOD[name] in spoken(move) for name in ("refund_id", "earlier_refund"))
        assert move.call is None
        assert move.reply
        assert any(call.name in reason for reason in move.reasons)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("scenario", "call"), CALLS)
def test_an_answer_with_holes_is_not_filled_in(scenario: str, call: Call, language: str) -> None:
    asking = reach(scenario, call.name, language)
    for missing in call.returns:
        for broken in ({}, {missing: ""}, {missing: "x" * 500}):
            values = {name: value for name, value in GOOD.items() if name != missing} | broken
            move = DIALOGUE.answer(
                asking.state, BusinessResult(name=call.name, ok=True, values=values)
            )
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
    st.tuples(st.sampled_from(["silence", "unclear"])),
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
)
def test_any_call(
    scenario: str,
    language: str,
    turns: list[tuple[str, ...]],
    results: list[tuple[bool, str, set[str]]],
) -> None:
    move = DIALOGUE.open(scenario, language=language)
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
                assert before.state.step == "confirm refund"
                assert turn[0] == "hear"
                assert float(turn[4]) >= DIALOGUE.settings.agree_from
                assert move.call.arguments["order_id"] == before.state.slots["order_id"]
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
        assert move.reply
        assert move.reasons
        assert len(msgspec.msgpack.encode(move.state)) < 16_384
        assert (move.state.step == ENDED) == bool(move.end) or move.action == "repeat_reply"
        for clause in move.reply:
            assert clause.text
            assert "{" not in clause.text
            assert clause.cacheable == ((clause.language, clause.text) in CONSTANT)
        if move.action == "report_change":
            assert last_yes == "request_refund"
            assert "request_refund" in answered
            assert GOOD["refund_id"] in spoken(move)
        elif move.action != "repeat_reply":
            assert not any(claim in spoken(move) for claim in CLAIMS)

"""Each figure by its definition in docs/records.md."""

from __future__ import annotations

import time

import pytest

from daemon.records.statistics import ending, is_no_input, is_no_match, is_utterance, statistics
from kefu.records import CallSummary, Ledger, Turn

CALL = "0" * 32


def call(cause: str = "completed", outcome: str = "", **more: str | int) -> CallSummary:
    return CallSummary(call=CALL, cause=cause, outcome=outcome, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        (call(cause=""), "open"),
        (call(cause="", outcome="completed"), "open"),
        (call("completed", "completed"), "completed"),
        (call("completed", "abandoned"), "abandoned"),
        (call("normal", "abandoned"), "abandoned"),
        (call("transferred", "transferred"), "transferred"),
        (call("normal", "abandoned", transfer_result="ok"), "transferred"),
        (call("completed", "completed", transfer_result="busy"), "completed"),
        (call("worker_lost"), "failed"),
        (call("client_gone", "abandoned"), "failed"),
        (call("normal"), "other"),
    ],
)
def test_every_call_has_one_ending(summary: CallSummary, expected: str) -> None:
    assert ending(summary) == expected


SPOKEN = Ledger(voice_start_ms=10.0)


@pytest.mark.parametrize(
    ("turn", "utterance", "no_match", "no_input"),
    [
        (Turn(call=CALL, number=0, action="greet"), False, False, False),
        (Turn(call=CALL, number=1, heard="你好", action="greet"), True, False, False),
        (Turn(call=CALL, number=1, heard="嗯嗯", action="ask_clarification"), True, True, False),
        (Turn(call=CALL, number=1, dropped="silence", action="ask_keypad"), True, True, False),
        (Turn(call=CALL, number=1, dropped="noise", action="ignore"), False, False, False),
        (Turn(call=CALL, number=1, heard="x", action="offer_human"), True, True, False),
        (
            Turn(call=CALL, number=1, heard="人工", intent="speak_to_human", action="offer_human"),
            True,
            False,
            False,
        ),
        (Turn(call=CALL, number=1, action="check_presence"), False, False, True),
        (Turn(call=CALL, number=3, action="ask_keypad"), False, False, True),
        (Turn(call=CALL, number=1, keys="1", action="transfer_human"), False, False, False),
        (
            Turn(call=CALL, number=1, action="transfer_human", ledger=SPOKEN),
            False,
            False,
            False,
        ),
        (Turn(call=CALL, number=1, action="resume"), False, False, False),
    ],
)
def test_what_a_turn_counts_as(turn: Turn, utterance: bool, no_match: bool, no_input: bool) -> None:
    assert (is_utterance(turn), is_no_match(turn), is_no_input(turn)) == (
        utterance,
        no_match,
        no_input,
    )


def turns(*waits_ms: float) -> list[Turn]:
    return [
        Turn(
            call=CALL,
            number=number,
            heard="x",
            ledger=Ledger(true_end_ms=100.0, first_frame_ms=100.0 + wait),
        )
        for number, wait in enumerate(waits_ms, 1)
    ]


def test_the_figures_of_a_day() -> None:
    calls = [
        (call("completed", "completed", duration_ms=10_000), turns(300, 500)),
        (call("completed", "abandoned", duration_ms=20_000), turns(700)),
        (
            call("transferred", "transferred", duration_ms=60_000, transfer_reason="angry"),
            [*turns(900), Turn(call=CALL, number=2, action="check_presence")],
        ),
        (call("completed", "completed", duration_ms=30_000, transfer_reason="asked"), []),
        (call("worker_lost"), []),
        (call(cause=""), turns(99_999)),
    ]
    (figures,) = statistics(calls)
    assert (figures.group, figures.calls, figures.open) == ("all", 5, 1)
    assert figures.containment_rate == 0.8
    assert (figures.transfer_rate, figures.abandonment_rate) == (0.2, 0.2)
    assert (figures.completion_rate, figures.failure_rate) == (0.4, 0.2)
    assert figures.transfer_reasons == {"angry": 1, "asked": 1}
    assert (figures.transfers_failed, figures.failures) == (1, {"worker_lost": 1})
    assert (figures.handling_p50_s, figures.handling_p95_s) == (20.0, 60.0)
    assert (figures.wait_p50_ms, figures.wait_p95_ms) == (500.0, 900.0)
    assert (figures.no_match_rate, figures.utterances) == (0.0, 4)
    assert (figures.no_input_rate, figures.prompts) == (0.2, 5)


def test_nothing_gives_no_rate_and_no_division_by_zero() -> None:
    (figures,) = statistics([])
    assert (figures.calls, figures.containment_rate, figures.wait_p50_ms) == (0, None, None)
    assert statistics([], "scenario") == []
    (open_only,) = statistics([(call(cause=""), [])])
    assert (open_only.open, open_only.containment_rate) == (1, None)


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("language", ["en", "zh"]),
        ("scenario", ["refund"]),
        ("release", ["", "r1"]),
        ("day", ["2026-01-01", "2026-01-02"]),
    ],
)
def test_groups(by: str, groups: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    calls: list[tuple[CallSummary, list[Turn]]] = [
        (call(language="zh", scenario="refund", release="r1", opened_at=opened), [])
        for opened in ("2026-01-01T15:59:59.999+00:00", "2026-01-01T16:00:00.000+00:00")
    ]
    calls.append(
        (call(language="en", scenario="refund", opened_at="2026-01-01T03:00:00.000+00:00"), [])
    )
    try:
        assert [one.group for one in statistics(calls, by)] == groups  # type: ignore[arg-type]
    finally:
        monkeypatch.undo()
        time.tzset()

"""Turn taking by tables: silences in, decisions out."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.call.turn_taking import (
    Decision,
    Evidence,
    State,
    TurnTakingSettings,
    decide,
    end_silence_ms,
)
from engines.dialog.moves import Expectation

SETTINGS = TurnTakingSettings()
TICK_MS = 20


def evidence(**changes: Any) -> Evidence:
    spoken = Evidence(
        now_ms=10_000,
        in_utterance=True,
        voiced=False,
        voiced_ms=1200,
        silence_ms=100,
        utterance_ms=1500,
        playing=False,
        thinking=False,
        quiet_ms=0,
    )
    return msgspec.structs.replace(spoken, **changes)


def play(
    script: list[tuple[str, int]],
    settings: TurnTakingSettings = SETTINGS,
    *,
    state: State | None = None,
    **always: Any,
) -> list[tuple[int, Decision]]:
    """Run (voice | silence, milliseconds) stretches tick by tick; stops at an end."""
    state, decisions = state or State(), []
    now = voiced = silence = 0
    for kind, length in script:
        for _ in range(0, length, TICK_MS):
            now += TICK_MS
            voiced += TICK_MS if kind == "voice" else 0
            silence = 0 if kind == "voice" else silence + TICK_MS
            state, decision = decide(
                state,
                evidence(
                    now_ms=now,
                    voiced=kind == "voice",
                    voiced_ms=voiced,
                    silence_ms=silence,
                    utterance_ms=now,
                    **always,
                ),
                settings,
            )
            if decision.kind != "wait":
                decisions.append((now, decision))
            if decision.kind == "end":
                return decisions
    return decisions


def kinds(decisions: list[tuple[int, Decision]]) -> list[str]:
    return [decision.kind for _, decision in decisions]


def test_a_turn_is_decoded_early_and_ended_after_silence() -> None:
    decisions = play([("voice", 1000), ("silence", 2000)])
    assert kinds(decisions) == ["decode", "end"]
    assert decisions[0][0] == 1000 + SETTINGS.decode_ms
    assert decisions[1][0] == pytest.approx(1000 + SETTINGS.end_open_ms, abs=TICK_MS)
    assert decisions[1][1].reason


def test_a_pause_inside_is_waited_for() -> None:
    assert "end" not in kinds(play([("voice", 600), ("silence", 600), ("voice", 600)]))


def test_decodes_are_at_most_one_a_second() -> None:
    decisions = play([("voice", 300), ("silence", 260)] * 10)
    times = [now for now, decision in decisions if decision.kind == "decode"]
    assert len(times) > 2
    assert min(np.diff(times)) >= SETTINGS.decode_every_ms


def test_one_silence_is_decoded_once() -> None:
    quick = TurnTakingSettings(decode_every_ms=0)
    assert kinds(play([("voice", 600), ("silence", int(SETTINGS.end_open_ms) - 40)], quick)) == [
        "decode"
    ]


def test_a_slow_speaker_gets_more_time() -> None:
    patient = TurnTakingSettings(end_open_ms=500, pause_margin_ms=200)
    brisk = play([("voice", 600), ("silence", 3000)], patient)
    slow = play([("voice", 600), ("silence", 480), ("voice", 600), ("silence", 3000)], patient)
    assert brisk[-1][0] - 600 == 500
    assert slow[-1][0] - 1680 == 680


@pytest.mark.parametrize(
    ("expects", "voiced_ms", "heard", "waited"),
    [
        (Expectation(), 1500, "", SETTINGS.end_open_ms),
        (Expectation(kind="yes_no"), 400, "", SETTINGS.end_short_ms),
        (Expectation(kind="choice"), 400, "", SETTINGS.end_short_ms),
        (Expectation(kind="yes_no"), 2400, "", SETTINGS.end_open_ms),
        (Expectation(kind="digits", digits=11), 900, "", SETTINGS.end_digits_ms),
        (Expectation(kind="digits", digits=11), 900, "138 1234", SETTINGS.end_incomplete_ms),
        (Expectation(kind="digits", digits=11), 900, "13812345678", SETTINGS.end_complete_ms),
        (Expectation(kind="digits", digits=4), 900, "一三八零", SETTINGS.end_complete_ms),
        (Expectation(kind="digits", digits=4), 900, "one two oh nine", SETTINGS.end_complete_ms),
        (Expectation(kind="digits"), 900, "13812345678", SETTINGS.end_digits_ms),
        (Expectation(kind="address"), 900, "", SETTINGS.end_digits_ms),
        (Expectation(), 900, "I want to return my", SETTINGS.end_unfinished_ms),
        (Expectation(), 900, "我想退货，因为。", SETTINGS.end_unfinished_ms),
        (Expectation(), 900, "我想退货。", SETTINGS.end_open_ms),
        (Expectation(), 900, "Where is my order?", SETTINGS.end_open_ms),
    ],
)
def test_what_is_expected_and_heard_decides_how_long_to_wait(
    expects: Expectation, voiced_ms: int, heard: str, waited: float
) -> None:
    asked = evidence(expects=expects, voiced_ms=voiced_ms, heard=heard)
    assert end_silence_ms(asked, 0.0, SETTINGS) == waited


def test_a_turn_does_not_end_on_what_may_be_the_next_word() -> None:
    late = evidence(silence_ms=SETTINGS.end_open_ms + 40, stirring=True)
    decoded = State(decoded=True, decoded_ms=9_600)
    assert decide(decoded, late, SETTINGS)[1].kind == "wait"
    still = msgspec.structs.replace(late, stirring=False)
    assert decide(decoded, still, SETTINGS)[1].kind == "end"


def test_a_click_is_dismissed_and_never_recognised() -> None:
    assert set(kinds(play([("voice", 60), ("silence", 600)]))) == {"dismiss"}


def test_what_was_said_over_ours_is_answered_once_we_are_silent() -> None:
    over = evidence(playing=True, barge_in="eager", voiced=True, voiced_ms=80, silence_ms=0)
    state, decision = decide(State(), over, SETTINGS)
    assert decision.kind == "cut"
    state, decision = decide(state, evidence(silence_ms=SETTINGS.end_open_ms), SETTINGS)
    assert decision.kind == "end"


def test_going_on_withdraws_the_answer_and_teaches_the_pause() -> None:
    state, decision = decide(State(), evidence(silence_ms=SETTINGS.end_open_ms), SETTINGS)
    assert decision.kind == "end"
    state, decision = decide(state, evidence(thinking=True, silence_ms=780), SETTINGS)
    assert decision.kind == "wait"
    state, decision = decide(state, evidence(thinking=True, voiced=True, silence_ms=0), SETTINGS)
    assert decision.kind == "resume"
    assert state.longest_pause_ms == 780
    assert end_silence_ms(evidence(), state.longest_pause_ms, SETTINGS) > 780


def test_quiet_on_both_sides_prompts() -> None:
    quiet = evidence(in_utterance=False, voiced_ms=0, quiet_ms=SETTINGS.prompt_ms)
    assert decide(State(), quiet, SETTINGS)[1].kind == "prompt"
    early = msgspec.structs.replace(quiet, quiet_ms=SETTINGS.prompt_ms - 1)
    assert decide(State(), early, SETTINGS)[1].kind == "wait"
    playing = msgspec.structs.replace(quiet, playing=True)
    assert decide(State(), playing, SETTINGS)[1].kind == "wait"


def test_a_step_may_wait_shorter_or_longer_for_an_answer() -> None:
    expects = Expectation(no_input_ms=9000)
    quiet = evidence(in_utterance=False, voiced_ms=0, quiet_ms=8999, expects=expects)
    assert decide(State(), quiet, SETTINGS)[1].kind == "wait"
    late = msgspec.structs.replace(quiet, quiet_ms=9000)
    assert decide(State(), late, SETTINGS)[1].kind == "prompt"


def test_an_endless_utterance_is_answered() -> None:
    longest = evidence(voiced=True, silence_ms=0, utterance_ms=SETTINGS.longest_ms)
    assert decide(State(), longest, SETTINGS)[1].kind == "end"


def test_settings_refuse_what_they_do_not_know() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"end_open": 3}, TurnTakingSettings)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"end_open_ms": -1}, TurnTakingSettings)


@given(
    st.lists(
        st.tuples(st.sampled_from(["voice", "silence"]), st.integers(1, 60)),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(["open", "yes_no", "digits", "choice", "address"]),
)
def test_every_turn_ends_within_the_longest_silence(
    script: list[tuple[str, int]], kind: Any
) -> None:
    whole = [("voice", 200), *((what, length * TICK_MS) for what, length in script)]
    whole += [("voice", 100), ("silence", 2000)]
    decisions = play(whole, expects=Expectation(kind=kind))
    assert decisions[-1][1].kind == "end"


@given(
    st.builds(
        Evidence,
        now_ms=st.floats(0, 1e7),
        in_utterance=st.booleans(),
        voiced=st.booleans(),
        voiced_ms=st.floats(0, 1e5),
        silence_ms=st.floats(0, 1e5),
        utterance_ms=st.floats(0, 1e5),
        playing=st.booleans(),
        thinking=st.booleans(),
        quiet_ms=st.floats(0, 1e5),
        heard=st.text(max_size=20),
    )
)
def test_it_is_pure_and_total(seen: Evidence) -> None:
    before = State(silent_ms=300.0, longest_pause_ms=200.0)
    assert decide(before, seen, SETTINGS) == decide(before, seen, SETTINGS)
    assert before == State(silent_ms=300.0, longest_pause_ms=200.0)


ASKED = "请稍等，我帮您查一下。"


@pytest.mark.parametrize(
    ("heard", "needed"),
    [
        ("", SETTINGS.end_reading_ms),
        ("请稍等", SETTINGS.end_reading_ms),
        ("请稍等我帮您查一下", SETTINGS.end_read_ms),
        ("请稍等，我帮你查一下！", SETTINGS.end_read_ms),
        ("我帮您查一下因为", SETTINGS.end_reading_ms),
        ("嗯", SETTINGS.end_reading_ms),
    ],
)
def test_a_reader_may_take_breath(heard: str, needed: float) -> None:
    reading = evidence(expects=Expectation(kind="reading", reads=ASKED), heard=heard)
    assert end_silence_ms(reading, 0.0, SETTINGS) == needed
    assert end_silence_ms(reading, 1_000.0, SETTINGS) == needed


def test_a_reader_is_heard_to_the_end_of_his_sentence() -> None:
    expects = Expectation(kind="reading", reads=ASKED)
    script = [("voice", 900), ("silence", 1_500), ("voice", 900), ("silence", 2_000)]
    decisions = play(script, expects=expects)
    ends = [at for at, decision in decisions if decision.kind == "end"]
    assert len(ends) == 1
    assert ends[0] >= 900 + 1_500 + 900 + SETTINGS.end_reading_ms - TICK_MS

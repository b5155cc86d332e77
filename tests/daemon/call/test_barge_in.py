"""The caller's voice over ours, by tables: softer, silent, or as loud as before."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.call.turn_taking import Decision, Evidence, State, TurnTakingSettings, decide
from engines.dialog.moves import Expectation

SETTINGS = TurnTakingSettings()
TICK_MS = 20
Script = list[tuple[str, int]]


def over(
    script: Script, *, words: str = "", words_after_ms: int = 700, **always: Any
) -> list[tuple[int, Decision]]:
    """Run (voice | silence | end, milliseconds) stretches over our speech, tick by tick.

    ``end``: we have ended, in silence. ``words`` stand in ``heard`` some time after a decode began.
    Stops at an end of the turn; dismissing begins a new utterance.
    """
    state, done = State(), []
    now = voiced = silence = begun = 0
    decoded_at = 10**9
    for kind, length in script:
        for _ in range(0, length, TICK_MS):
            now += TICK_MS
            voice = kind == "voice"
            voiced += TICK_MS if voice else 0
            silence = 0 if voice else silence + TICK_MS
            decoded_at = 10**9 if voice else decoded_at
            begun = begun or (now - TICK_MS if voice else 0)
            state, decision = decide(
                state,
                Evidence(
                    now_ms=now,
                    in_utterance=voiced > 0,
                    voiced=voice and voiced >= 60,
                    voiced_ms=voiced,
                    silence_ms=silence,
                    utterance_ms=now - begun,
                    playing=kind != "end",
                    thinking=False,
                    quiet_ms=0,
                    heard=words if now >= decoded_at + words_after_ms else "",
                    **always,
                ),
                SETTINGS,
            )
            if decision.kind == "wait":
                continue
            done.append((now, decision))
            if decision.kind == "decode":
                decoded_at = now
            elif decision.kind == "dismiss":
                voiced = begun = 0
            elif decision.kind == "end":
                return done
    return done


def kinds(done: list[tuple[int, Decision]]) -> list[str]:
    return [decision.kind for _, decision in done]


def at(done: list[tuple[int, Decision]], kind: str) -> int:
    return next(now for now, decision in done if decision.kind == kind)


WORD = [("voice", 300), ("silence", 3000)]
SENTENCE = [("voice", 1500), ("silence", 100)]


@pytest.mark.parametrize(
    ("mode", "script", "expected"),
    [
        ("normal", SENTENCE, ["duck", "cut"]),
        ("normal", WORD, ["duck", "rise", "decode", "dismiss"]),
        ("normal", [("voice", 40), ("silence", 1000)], ["dismiss"]),
        ("normal", [("voice", 80), ("silence", 1000)], ["duck", "rise", "dismiss"]),
        ("firm", [("voice", 900), ("silence", 3000)], ["duck", "rise", "decode", "dismiss"]),
        ("firm", SENTENCE, ["duck", "cut"]),
        ("firm", WORD, ["duck", "rise", "decode", "dismiss"]),
        ("eager", SENTENCE, ["cut"]),
        ("eager", WORD, ["cut"]),
        ("eager", [("voice", 40), ("silence", 1000)], ["dismiss"]),
        ("off", [*SENTENCE, ("silence", 400)], ["dismiss"]),
        ("off", WORD, ["dismiss"]),
    ],
)
def test_what_a_voice_does_to_ours_by_mode(mode: str, script: Script, expected: list[str]) -> None:
    assert kinds(over(script, barge_in=mode)) == expected


@pytest.mark.parametrize(
    ("mode", "words", "expected"),
    [
        ("normal", "嗯。", ["duck", "rise", "decode", "dismiss"]),
        ("normal", "Uh-huh.", ["duck", "rise", "decode", "dismiss"]),
        ("normal", "停！", ["duck", "rise", "decode", "cut"]),
        ("normal", "Stop.", ["duck", "rise", "decode", "cut"]),
        ("firm", "转人工", ["duck", "rise", "decode", "cut"]),
        ("firm", "好的", ["duck", "rise", "decode", "dismiss"]),
        ("off", "停！", ["dismiss"]),
    ],
)
def test_words_decide_where_they_are_recognised(mode: str, words: str, expected: list[str]) -> None:
    assert kinds(over(WORD, words=words, barge_in=mode)) == expected


@pytest.mark.parametrize(
    ("expects", "begun", "expected"),
    [
        ("yes_no", True, ["duck", "cut"]),
        ("choice", True, ["duck", "cut"]),
        ("yes_no", False, ["duck", "rise", "decode", "dismiss"]),
        ("open", True, ["duck", "rise", "decode", "dismiss"]),
        ("digits", True, ["duck", "rise", "decode", "dismiss"]),
    ],
)
def test_a_yes_answers_a_question_that_has_been_asked(
    expects: Any, begun: bool, expected: list[str]
) -> None:
    done = over(WORD, words="对", expects=Expectation(kind=expects), question_begun=begun)
    assert kinds(done) == expected


def test_softer_at_once_silent_in_time_loud_again_soon() -> None:
    sentence, word = over(SENTENCE), over(WORD)
    assert at(sentence, "duck") <= SETTINGS.barge_in_ms + TICK_MS
    assert at(sentence, "cut") <= SETTINGS.cut_ms + TICK_MS
    assert at(word, "rise") - 300 <= SETTINGS.rise_ms + TICK_MS <= 200 + TICK_MS
    assert at(over(SENTENCE, barge_in="firm"), "cut") >= SETTINGS.firm_ms
    assert at(over(SENTENCE, barge_in="eager"), "cut") <= SETTINGS.barge_in_ms + TICK_MS


def test_words_with_gaps_between_them_are_one_interruption() -> None:
    done = over([("voice", 240), ("silence", 200), ("voice", 240), ("silence", 100)])
    assert kinds(done) == ["duck", "rise", "decode", "cut"]
    assert at(done, "cut") <= 600


def test_backchannels_far_apart_are_let_pass_each() -> None:
    done = over([("voice", 300), ("silence", 900)] * 4, words="嗯")
    assert "cut" not in kinds(done)
    assert kinds(done).count("duck") == kinds(done).count("rise") == 4


def test_our_own_echo_neither_ducks_nor_cuts() -> None:
    assert kinds(over([*SENTENCE, ("silence", 400)], echo=1.0)) == ["dismiss"]


def test_a_duck_that_proves_to_be_echo_rises_at_once() -> None:
    state = State(ducked_ms=0.0)
    seen = Evidence(
        now_ms=300,
        in_utterance=True,
        voiced=True,
        voiced_ms=200,
        silence_ms=0,
        utterance_ms=300,
        playing=True,
        thinking=False,
        quiet_ms=0,
        echo=1.0,
    )
    state, decision = decide(state, seen, SETTINGS)
    assert decision.kind == "rise"
    assert decide(state, seen, SETTINGS)[1].kind == "wait"


def test_a_prompt_that_becomes_protected_rises() -> None:
    state = decide(State(), _voice(), SETTINGS)[0]
    assert state.ducked_ms is not None
    protected = msgspec.structs.replace(_voice(), barge_in="off")
    assert decide(state, protected, SETTINGS)[1].kind == "rise"


def test_one_cut_is_enough_until_the_line_is_silent() -> None:
    seen = msgspec.structs.replace(_voice(), barge_in="eager")
    state, decision = decide(State(), seen, SETTINGS)
    assert decision.kind == "cut"
    state, decision = decide(state, seen, SETTINGS)
    assert decision.kind == "wait"
    state, _ = decide(state, msgspec.structs.replace(seen, playing=False), SETTINGS)
    assert decide(state, seen, SETTINGS)[1].kind == "cut"


def test_what_was_let_pass_is_no_turn_once_we_have_ended() -> None:
    passed = [("voice", 300), ("silence", 400), ("end", 2500)]
    assert kinds(over(passed))[-1] == "dismiss"
    assert kinds(over(passed, words="嗯"))[-1] == "dismiss"


def test_what_is_said_after_a_backchannel_is_a_turn() -> None:
    state = State(passed_ms=300.0)
    seen = msgspec.structs.replace(
        _voice(), playing=False, voiced=False, voiced_ms=900, silence_ms=SETTINGS.end_open_ms
    )
    assert decide(state, seen, SETTINGS)[1].kind == "end"


def test_words_over_ours_are_answered_even_where_we_have_ended() -> None:
    passed = [("voice", 300), ("silence", 400), ("end", 1500)]
    done = over(passed, words="转人工", words_after_ms=600)
    assert kinds(done)[-1] == "end"


def _voice() -> Evidence:
    return Evidence(
        now_ms=1000,
        in_utterance=True,
        voiced=True,
        voiced_ms=100,
        silence_ms=0,
        utterance_ms=100,
        playing=True,
        thinking=False,
        quiet_ms=0,
    )


modes = st.sampled_from(["off", "firm", "normal", "eager"])
evidences = st.builds(
    Evidence,
    now_ms=st.floats(0, 1e6),
    in_utterance=st.booleans(),
    voiced=st.booleans(),
    voiced_ms=st.floats(0, 3e4),
    silence_ms=st.floats(0, 1e4),
    utterance_ms=st.floats(0, 3e4),
    playing=st.booleans(),
    thinking=st.booleans(),
    quiet_ms=st.floats(0, 1e5),
    heard=st.sampled_from(["", "嗯", "停", "okay", "I want"]),
    barge_in=modes,
    question_begun=st.booleans(),
    echo=st.floats(0, 1),
)


@given(st.lists(evidences, max_size=30))
def test_what_is_protected_is_neither_ducked_nor_cut(seen: list[Evidence]) -> None:
    state = State()
    for one in seen:
        protected = msgspec.structs.replace(one, barge_in="off", playing=True)
        state, decision = decide(state, protected, SETTINGS)
        assert decision.kind not in ("duck", "cut")
        assert state.ducked_ms is None


@given(st.lists(evidences, max_size=40))
def test_ducks_and_rises_take_turns_and_nothing_grows(seen: list[Evidence]) -> None:
    state, soft = State(), False
    for one in seen:
        state, decision = decide(state, one, SETTINGS)
        if not one.playing:
            soft = False
        if decision.kind == "duck":
            assert not soft
            soft = True
        elif decision.kind == "rise":
            assert soft
            soft = False
        elif decision.kind == "cut":
            soft = False
        assert decision.kind != "dismiss" or not soft
        assert soft == (state.ducked_ms is not None)
        assert all(
            isinstance(value, (float, bool, type(None))) and (not value or abs(value) <= 1e9)
            for value in msgspec.structs.astuple(state)
        )


@given(
    st.lists(st.tuples(st.sampled_from(["voice", "silence"]), st.integers(1, 60)), max_size=12),
    modes,
    st.sampled_from(["", "嗯", "停"]),
    st.booleans(),
)
def test_every_duck_ends(
    stretches: list[tuple[str, int]], mode: str, words: str, begun: bool
) -> None:
    script = [(kind, TICK_MS * ticks) for kind, ticks in stretches] + [("silence", 400)]
    expects = Expectation(kind="yes_no")
    done = kinds(over(script, words=words, barge_in=mode, question_begun=begun, expects=expects))
    closing = [kind for kind in done if kind in ("duck", "rise", "cut")]
    assert not closing or closing[-1] != "duck"

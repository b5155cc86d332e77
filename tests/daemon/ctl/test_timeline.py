"""The picture of a turn's ledger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.ctl.timeline import draw, lanes
from daemon.records.wait import wait_ms
from kefu.records import Ledger, Stage, Turn

LEDGER = Ledger(
    voice_start_ms=10_000,
    speech_end_ms=12_000,
    true_end_ms=11_950,
    turn_end_ms=12_450,
    asr=Stage(started_ms=12_200, took_ms=300),
    nlu=Stage(started_ms=12_500, took_ms=2, fallback="keywords: timeout"),
    tts_first=Stage(started_ms=12_510, took_ms=0),
    first_frame_ms=12_520,
    last_frame_ms=16_000,
)
TURN = Turn(call="0" * 32, number=1, ledger=LEDGER, reply_cached=True)


def test_rows_come_in_the_order_of_the_path_and_only_where_something_happened() -> None:
    names = [lane.name for lane in lanes(TURN)]
    assert names == ["caller", "last syllable", "turn end", "asr", "nlu", "tts", "agent"]


def test_the_wait_counts_from_the_last_syllable_where_it_is_known() -> None:
    assert wait_ms(LEDGER) == pytest.approx(570)
    assert wait_ms(Ledger(speech_end_ms=100, first_frame_ms=400)) == pytest.approx(300)
    assert wait_ms(Ledger(first_frame_ms=400)) is None


def test_bars_stand_where_their_times_are() -> None:
    lines = {line.split()[0]: line for line in draw(TURN)}
    assert lines["asr"].index("▒") < lines["agent"].index("█")
    assert lines["asr"].count("▒") == pytest.approx(60 * 300 / 1720, abs=2)
    assert "300 ms" in lines["asr"]


def test_long_voices_are_cut_at_the_window_and_marked() -> None:
    lines = {line.split()[0]: line for line in draw(TURN)}
    assert "‹" in lines["caller"]
    assert "›" in lines["agent"]


def test_fall_backs_and_the_cache_are_named() -> None:
    text = "\n".join(draw(TURN))
    assert "keywords: timeout" in text
    assert "from the phrase cache" in text


def test_a_turn_without_times_has_no_picture() -> None:
    assert draw(Turn(call="0" * 32, number=0)) == []


times = st.none() | st.floats(0, 1e7)
stages = st.none() | st.builds(Stage, started_ms=st.floats(0, 1e7), took_ms=st.floats(0, 1e6))


@given(
    st.builds(
        Ledger,
        voice_start_ms=times,
        speech_end_ms=times,
        true_end_ms=times,
        turn_end_ms=times,
        asr=stages,
        nlu=stages,
        emotion=stages,
        dialog=stages,
        business=stages,
        tts_first=stages,
        first_frame_ms=times,
        last_frame_ms=times,
        cut_ms=times,
    )
)
def test_any_ledger_can_be_drawn(ledger: Ledger) -> None:
    for line in draw(Turn(call="0" * 32, number=1, ledger=ledger))[:-1]:
        assert len(line) < 140

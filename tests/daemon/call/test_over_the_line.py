"""Interruptions, backchannels, noise and echo with the real VAD on the simulated line."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.interruption_mixes import Sounds, echoes, interruptions, noises, short_words
from benchmarks.simulated_line import RATE_HZ, Heard, Mix, play
from daemon.release.release import Release
from engines.vad.silero import SileroVad


@pytest.fixture(scope="module")
def vad(weights: Release) -> SileroVad:
    return SileroVad(weights.path("vad_silero/silero_vad.onnx"))


@pytest.fixture(scope="module")
def sounds() -> Sounds:
    return Sounds(tuning=True)


def after_ms(mixes: list[Mix], times: list[tuple[float, ...]]) -> list[float]:
    return [
        of[0] - mix.voice_start * 1000 / RATE_HZ for mix, of in zip(mixes, times, strict=True) if of
    ]


def shares(heard: list[Heard]) -> tuple[float, float]:
    return (
        float(np.mean([bool(one.ducks_ms) for one in heard])),
        float(np.mean([bool(one.cuts_ms) for one in heard])),
    )


def test_an_interruption_is_ducked_at_once_and_cut_in_time(vad: SileroVad, sounds: Sounds) -> None:
    mixes = interruptions(sounds, 0.0)[::4]
    heard = play(vad, mixes)
    ducked = after_ms(mixes, [one.ducks_ms for one in heard])
    cut = after_ms(mixes, [one.cuts_ms for one in heard])
    assert len(ducked) == len(cut) == len(mixes)
    assert np.median(ducked) <= 200
    assert np.median(cut) <= 600


def test_a_short_word_is_let_pass_and_ours_rises(vad: SileroVad, sounds: Sounds) -> None:
    mixes = short_words(sounds, "backchannel", 0.0, recognised=False, longest_ms=350)[::2]
    heard = play(vad, mixes)
    assert shares(heard)[1] <= 0.1
    ducked = [one for one in heard if one.ducks_ms and not one.cuts_ms]
    assert len(ducked) > len(heard) / 2
    assert all(one.rises_ms[-1] > one.ducks_ms[-1] for one in ducked)


def test_music_and_storm_over_a_line_with_echo_do_not_cut_us(
    vad: SileroVad, sounds: Sounds
) -> None:
    heard = play(vad, noises(sounds, -10.0)[::3])
    assert shares(heard)[1] <= 0.2


@pytest.mark.parametrize("room", [False, True])
def test_an_echo_10_db_below_us_does_not_cut_us(vad: SileroVad, sounds: Sounds, room: bool) -> None:
    heard = play(vad, echoes(sounds, -10.0, 0.7, room=room), go_on=True)
    assert shares(heard)[1] == 0.0


@pytest.mark.parametrize("mode", ["off", "firm"])
def test_what_is_protected_is_not_ducked_and_firm_is_cut_late(
    vad: SileroVad, sounds: Sounds, mode: str
) -> None:
    mixes = [
        Mix(
            ours=mix.ours,
            caller=mix.caller,
            voice_start=mix.voice_start,
            voice_end=mix.voice_end,
            barge_in="off" if mode == "off" else "firm",
        )
        for mix in interruptions(sounds, 0.0)[::8]
    ]
    heard = play(vad, mixes)
    if mode == "off":
        assert shares(heard) == (0.0, 0.0)
    else:
        assert min(after_ms(mixes, [one.cuts_ms for one in heard])) >= 900

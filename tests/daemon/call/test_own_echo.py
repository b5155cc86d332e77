"""Our own echo does not interrupt us; a caller does, over the same echo. Real speech, real VAD."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from benchmarks.endpointing_lines import RATE_HZ, read_lines
from daemon import slot
from daemon.call.caller_audio import CallerAudio
from daemon.call.own_echo import EchoSettings, OwnEcho, level_dbfs
from daemon.call.settings import VoiceSettings
from daemon.call.turn_taking import Evidence, State, TurnTakingSettings, decide
from daemon.release.release import Release
from engines._core import g711_decode, g711_encode
from engines.vad.silero import SileroVad

TICK = RATE_HZ // 50


@pytest.fixture(scope="module")
def vad(weights: Release) -> SileroVad:
    return SileroVad(weights.path("vad_silero/silero_vad.onnx"))


@lru_cache(maxsize=1)
def agent_voice() -> NDArray[np.float32]:
    """A professional speaker for 12 s, as loud as our synthesiser."""
    prompts = [audio for line, audio in read_lines() if line.source == "prompts-en-8k"]
    return np.concatenate(prompts)[: 12 * RATE_HZ]


@lru_cache(maxsize=1)
def caller_voice() -> NDArray[np.float32]:
    line, audio = next(one for one in read_lines() if one[0].source == "speech-zh-aishell")
    return audio[line.speech_start : line.speech_end]


def over_the_line(
    vad: SileroVad, own: NDArray[np.float32], caller: NDArray[np.float32], *, gate: bool = True
) -> float | None:
    """When turn taking cuts us, in milliseconds; None where it never does."""
    random = np.random.default_rng(5)
    noisy = caller + random.normal(0, 10 ** (-58 / 20), len(caller))
    pcm = (np.clip(noisy, -1, 1) * 32767).astype("<i2").tobytes()
    line = np.frombuffer(g711_decode(g711_encode(pcm, "ulaw"), "ulaw"), np.int16)
    echo, audio = OwnEcho(20), CallerAudio(RATE_HZ, VoiceSettings())
    voice, state = vad.new_state(), State()
    for start in range(0, len(line) - TICK, TICK):
        echo.played((own[start : start + TICK] * 32767).astype(np.int16))
        chunk = line[start : start + TICK].tobytes()
        audio.push(slot.CallFrame(call=b"", now_ms=0, first_sample=start, pcm=chunk))
        while (window := audio.next_window()) is not None:
            probability = float(vad.run([voice], window[None])[0])
            audio.voice_probability(0.0 if gate and echo.explains(window) else probability)
        seen = Evidence(
            now_ms=start * 1000 / RATE_HZ,
            in_utterance=audio.in_utterance,
            voiced=audio.voiced,
            voiced_ms=audio.voiced_ms,
            silence_ms=audio.silence_ms,
            utterance_ms=audio.utterance_ms,
            playing=True,
            thinking=False,
            quiet_ms=0,
        )
        state, decision = decide(state, seen, TurnTakingSettings())
        if decision.kind == "cut":
            return (start + TICK) * 1000 / RATE_HZ
        if decision.kind == "dismiss":
            audio.finish_utterance()
    return None


def echo_of(own: NDArray[np.float32], delay_ms: int, down_db: float) -> NDArray[np.float32]:
    delayed = np.zeros_like(own)
    delay = delay_ms * RATE_HZ // 1000
    delayed[delay:] = own[: len(own) - delay]
    return delayed * np.float32(10 ** (-down_db / 20))


@pytest.mark.parametrize("delay_ms", [50, 120, 200, 300])
@pytest.mark.parametrize("down_db", [10, 20, 26])
def test_our_echo_does_not_cut_us(vad: SileroVad, delay_ms: int, down_db: float) -> None:
    own = agent_voice()
    assert over_the_line(vad, own, echo_of(own, delay_ms, down_db)) is None


def test_without_the_gate_the_echo_would_cut_us(vad: SileroVad) -> None:
    own = agent_voice()
    assert over_the_line(vad, own, echo_of(own, 120, 20), gate=False) is not None


@pytest.mark.parametrize("softer_db", [0, 6, 10])
def test_a_caller_over_the_echo_cuts_us_in_time(vad: SileroVad, softer_db: float) -> None:
    own = agent_voice()
    caller = echo_of(own, 120, 20)
    begin = 4 * RATE_HZ
    voice = caller_voice() * np.float32(10 ** (-softer_db / 20))
    caller[begin : begin + len(voice)] += voice
    cut_ms = over_the_line(vad, own, caller)
    assert cut_ms is not None
    assert 4000 <= cut_ms <= 4000 + 600


def test_clicks_do_not_cut_us(vad: SileroVad) -> None:
    own = agent_voice()
    caller = np.zeros_like(own)
    caller[RATE_HZ::RATE_HZ] = 0.9
    caller[RATE_HZ + 1 :: RATE_HZ] = -0.9
    assert over_the_line(vad, own, caller) is None


def test_a_caller_is_heard_while_we_are_silent(vad: SileroVad) -> None:
    own = np.zeros(3 * RATE_HZ, np.float32)
    assert over_the_line(vad, own, caller_voice() * np.float32(0.05)) is not None


def test_an_echo_counts_only_as_long_as_it_can_be_on_its_way() -> None:
    echo = OwnEcho(20, EchoSettings(longest_delay_ms=100))
    echo.played(np.full(160, 8000, np.int16))
    quiet = np.full(256, 0.01, np.float32)
    assert echo.explains(quiet)
    for _ in range(6):
        echo.played(np.zeros(0, np.int16))
    assert not echo.explains(quiet)


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_our_shape_explains_a_loud_echo_and_a_stranger_does_not(rate_hz: int) -> None:
    random = np.random.default_rng(3)
    noise = random.normal(0, 0.02, (2, 4 * RATE_HZ))
    ours, stranger = np.apply_along_axis(np.convolve, 1, noise, np.hanning(30), "same")
    echo, other = OwnEcho(20, rate_hz=rate_hz), OwnEcho(20, rate_hz=rate_hz)
    line = soxr.resample(ours, RATE_HZ, rate_hz)
    explained = []
    for tick in range(10, len(ours) // TICK):
        played = (line[tick * rate_hz // 50 : (tick + 1) * rate_hz // 50] * 32767).astype(np.int16)
        echo.played(played)
        other.played(played)
        back = ours[(tick - 10) * TICK : (tick - 9) * TICK] * 0.3
        explained.append(echo.explains(back.astype(np.float32)))
        assert not other.explains(stranger[tick * TICK : (tick + 1) * TICK].astype(np.float32))
    assert np.mean(explained[20:]) > 0.95


def test_a_ducked_voice_has_a_softer_echo() -> None:
    echo = OwnEcho(20, EchoSettings(longest_delay_ms=100))
    for _ in range(10):
        echo.played(np.full(160, 8000, np.int16), gain_db=-15)
    window = np.random.default_rng(1).normal(0, 0.01, 256).astype(np.float32)
    assert not echo.explains(window)


def test_levels() -> None:
    assert level_dbfs(np.ones(10, np.float32)) == pytest.approx(0.0)
    assert level_dbfs(np.zeros(10, np.float32)) == -96.0
    assert level_dbfs(np.zeros(0, np.float32)) == -96.0
    assert level_dbfs(np.full(10, 0.1, np.float32)) == pytest.approx(-20.0, abs=0.01)

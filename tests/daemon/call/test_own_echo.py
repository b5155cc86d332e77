"""Our own echo does not interrupt us; a caller does, over the same echo. Real speech, real VAD."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.endpointing_lines import RATE_HZ, read_lines
from daemon import slot
from daemon.call.caller_audio import CallerAudio
from daemon.call.settings import VoiceSettings
from daemon.call.turn_taking import Evidence, State, TurnTakingSettings, decide
from daemon.call.voice_detection import VoiceDetection
from daemon.release.release import Release
from engines._core import EchoMeter, g711_decode, g711_encode
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
    meter, audio, detection = (
        EchoMeter(RATE_HZ),
        CallerAudio(RATE_HZ, VoiceSettings()),
        VoiceDetection(vad),
    )
    state = State()
    for start in range(0, len(line) - TICK, TICK):
        meter.played((own[start : start + TICK] * 32767).astype(np.int16))
        chunk = line[start : start + TICK].tobytes()
        echo = round(meter.heard(chunk), 2) if gate else 0.0
        frame = slot.CallFrame(call=b"", now_ms=0, first_sample=start, pcm=chunk, echo=echo)
        detection.hear([(audio, frame)])
        for _ in detection.detect():
            pass
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
    # The detector has heard noise in place of our echo: it takes 100 ms longer than in silence.
    assert 4000 <= cut_ms <= 4000 + 660


def test_clicks_do_not_cut_us(vad: SileroVad) -> None:
    own = agent_voice()
    caller = np.zeros_like(own)
    caller[RATE_HZ::RATE_HZ] = 0.9
    caller[RATE_HZ + 1 :: RATE_HZ] = -0.9
    assert over_the_line(vad, own, caller) is None


def test_a_caller_is_heard_while_we_are_silent(vad: SileroVad) -> None:
    own = np.zeros(3 * RATE_HZ, np.float32)
    assert over_the_line(vad, own, caller_voice() * np.float32(0.05)) is not None

"""The telephone line: its clock, its codings, its gain, and arguments that make no sense."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engines._core import Line, g711_decode, g711_encode

HOUR_FRAMES = 180_000


def tone(samples: int, amplitude: int = 8000) -> bytes:
    return struct.pack(
        f"<{samples}h", *(round(amplitude * math.sin(0.6 * n)) for n in range(samples))
    )


@pytest.mark.parametrize(("codec", "silence"), [("ulaw", 0xFF), ("alaw", 0xD5), ("slin", 0)])
def test_twenty_ms_in_are_twenty_ms_out_for_an_hour(codec: str, silence: int) -> None:
    line = Line(codec, 8000, 20)
    payload = bytes([silence]) * (320 if codec == "slin" else 160)
    clause = tone(160)
    spoken = 0
    for n in range(HOUR_FRAMES):
        line.receive(n * 160, payload)
        taken = line.take()
        assert (taken.first_sample, len(taken.pcm), taken.lost) == (n * 160, 320, 0)
        if n % 100 < 50:
            spoken += line.say(0, spoken, clause, False)
        frame = line.frame()
        assert frame is not None
        assert len(frame) == len(payload)
        line.set_taken(line.agent_next)
    assert line.caller_next == line.agent_next == HOUR_FRAMES * 160
    assert line.playing == line.heard == (0, spoken)
    assert spoken == HOUR_FRAMES * 80


@pytest.mark.parametrize("frame_ms", [10, 20, 30, 60])
def test_the_callers_frames_may_be_of_another_length_than_ours(frame_ms: int) -> None:
    line = Line("slin", 16000, frame_ms)
    pcm = tone(16 * frame_ms)
    line.receive(0, pcm)
    line.receive(16 * frame_ms, pcm)
    assert line.take().pcm == pcm * 2
    frame = line.frame()
    assert frame == bytes(640)


def test_both_ways_are_coded_by_the_law() -> None:
    line = Line("alaw", 8000, 20)
    payload = g711_encode(tone(160), "alaw")
    line.receive(0, payload)
    assert line.take().pcm == g711_decode(payload, "alaw")
    line.say(0, 0, tone(160), True)
    assert line.frame() == payload
    assert line.frame() == bytes([0xD5]) * 160


def test_a_gap_is_concealed_by_a_fading_voice_not_by_silence() -> None:
    line = Line("slin", 8000, 20)
    line.receive(0, tone(160))
    line.receive(480, tone(160))
    pcm = np.frombuffer(line.take().pcm, np.int16).astype(float)
    gap = pcm[160:480]
    assert np.sqrt(np.mean(gap[:80] ** 2)) > 0.8 * np.sqrt(np.mean(pcm[:160] ** 2))
    assert np.sqrt(np.mean(gap[-80:] ** 2)) < 0.6 * np.sqrt(np.mean(pcm[:160] ** 2))
    steepest = np.abs(np.diff(pcm[:160])).max()
    assert np.abs(np.diff(pcm[150:480])).max() <= steepest * 1.01


def test_level_is_that_of_the_last_frame() -> None:
    line = Line("slin", 8000, 20)
    assert line.level_dbfs == -96.0
    line.receive(0, tone(160, 16384))
    assert line.level_dbfs == pytest.approx(-9.03, abs=0.2)
    line.receive(160, bytes(320))
    assert line.level_dbfs == -96.0


def test_a_ducked_voice_is_fifteen_db_lower_after_the_ramp_and_rises_again() -> None:
    line = Line("slin", 8000, 20)
    line.say(0, 0, struct.pack("<1600h", *[10_000] * 1600), False)
    line.set_gain(-15, 40)
    frames = [line.frame() for _ in range(3)]
    pcm = np.frombuffer(b"".join(frame for frame in frames if frame), np.int16)
    assert (np.diff(pcm[:320].astype(int)) <= 0).all()
    assert (pcm[320:] == round(10_000 * 10 ** (-15 / 20))).all()
    line.set_gain(0, 20)
    line.frame()
    assert line.frame() == struct.pack("<160h", *[10_000] * 160)


def test_a_cut_leaves_no_step_in_the_wave() -> None:
    line = Line("slin", 8000, 20)
    line.say(0, 0, struct.pack("<1600h", *[10_000] * 1600), False)
    line.frame()
    assert line.cut(0)
    pcm = np.frombuffer(line.frame() or b"", np.int16).astype(int)
    assert np.abs(np.diff(np.concatenate([[10_000], pcm]))).max() <= 10_000 / 80 + 1
    assert not pcm[80:].any()


BAD_LINES: list[tuple[tuple[Any, ...], type[Exception], str]] = [
    (("opus", 8000, 20), ValueError, "codec: got 'opus'"),
    (("", 8000, 20), ValueError, "codec: got ''"),
    (("ulaw", 16000, 20), ValueError, "rate_hz: got 16000, expected 8000 for G.711"),
    (("slin", 44100, 20), ValueError, "rate_hz: got 44100"),
    (("slin", -8000, 20), ValueError, "rate_hz: got -8000"),
    (("slin", 2**80, 20), ValueError, "rate_hz: got an integer beyond 64 bits"),
    (("slin", 8000, 5), ValueError, "frame_ms: got 5, expected 10 to 60"),
    (("slin", 8000, 61), ValueError, "frame_ms: got 61"),
    (("slin", 8000.0, 20), TypeError, "rate_hz: got 8000.0, expected an integer"),
    (("slin", "8000", 20), TypeError, "rate_hz: got '8000'"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD_LINES)
def test_no_such_line(arguments: tuple[Any, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as refusal:
        Line(*arguments)
    assert str(refusal.value).startswith(message)


Call = Callable[[Line], object]
BAD_CALLS: list[tuple[Call, type[Exception], str]] = [
    (
        lambda line: line.receive(0, b""),
        ValueError,
        "frame_size: payload has 0 bytes, expected 160",
    ),
    (lambda line: line.receive(0, bytes(161)), ValueError, "frame_size: payload has 161 bytes"),
    (lambda line: line.receive(-1, bytes(160)), ValueError, "first_sample: got -1"),
    (lambda line: line.receive(2**60, bytes(160)), ValueError, "first_sample: got 1152921504606"),
    (
        lambda line: line.receive(2**70, bytes(160)),
        ValueError,
        "first_sample: got an integer beyond",
    ),
    (
        lambda line: line.receive(24_001, bytes(160)),
        IndexError,
        "bad_sequence: first_sample is 24001",
    ),
    (lambda line: line.receive(0, np.zeros(160, np.int8)), ValueError, "payload: got dtype 'b'"),
    (lambda line: line.receive(0, np.zeros((2, 80), np.uint8)), ValueError, "payload: got 2 axes"),
    (lambda line: line.say(0, 0, bytes(3), False), ValueError, "pcm: got 3 bytes"),
    (lambda line: line.say(0, 0, bytes(32_002), False), ValueError, "pcm: got 16001 samples"),
    (lambda line: line.say(-1, 0, b"", False), ValueError, "utterance: got -1"),
    (lambda line: line.say(0, 1, b"", False), ValueError, "offset: got 1, expected 0"),
    (lambda line: line.say(0, 2**53 + 1, b"", False), ValueError, "offset: got 9007199254740993"),
    (lambda line: line.cut(-1), ValueError, "utterance: got -1"),
    (lambda line: line.set_taken(-1), ValueError, "agent_sample: got -1"),
    (lambda line: line.settle(-1), ValueError, "first_dropped: got -1"),
    (lambda line: line.set_gain(math.nan, 10), ValueError, "gain_db: got nan"),
    (lambda line: line.set_gain(13, 10), ValueError, "gain_db: got 13"),
    (lambda line: line.set_gain(0, -1), ValueError, "ramp_ms: got -1"),
    (lambda line: line.set_gain(0, math.inf), ValueError, "ramp_ms: got inf"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD_CALLS)
def test_a_refused_call_says_why_and_leaves_the_line_as_it_was(
    call: Call, error: type[Exception], message: str
) -> None:
    line = Line("ulaw", 8000, 20)
    with pytest.raises(error) as refusal:
        call(line)
    assert str(refusal.value).startswith(message)
    assert (line.caller_next, line.agent_next, line.playing, line.heard) == (0, 0, None, None)
    assert line.finished == -1
    assert line.receive(0, bytes(160)).accepted == 160
    assert line.say(0, 0, bytes(320), True) == 160
    assert line.frame() == b"\xff" * 160
    assert line.finished == 0


def test_wrong_types_are_type_errors() -> None:
    line: Any = Line("ulaw", 8000, 20)
    kind: Any = type(line)
    calls: list[Callable[[], object]] = [
        lambda: line.receive("0", bytes(160)),
        lambda: line.receive(0, "x" * 160),
        lambda: line.receive(0, None),
        lambda: line.say(0.5, 0, b"", False),
        lambda: line.say(0, 0, b"", "no"),
        lambda: line.say(0, 0, b"", None),
        lambda: line.say(0, 0, b"", 1),
        lambda: line.set_gain("loud", 0),
        lambda: line.cut(None),
        lambda: kind(),
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call()

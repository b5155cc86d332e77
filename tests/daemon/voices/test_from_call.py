"""A call's recording cut into what was read: by its records, whole, and only what was taken."""

from __future__ import annotations

import wave
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from daemon.errors import NoSuchCall
from daemon.records.writer import RecordWriter
from daemon.voices.errors import BadVoiceName, NothingRead, VoiceError
from daemon.voices.from_call import MARGIN_S, read_call
from daemon.voices.invitation import invite
from daemon.voices.ledger import Ledger
from engines.samples.sentences import consent_sentence, sentences
from kefu.records import CallSummary, Turn
from kefu.records import Ledger as TurnLedger

CALL = "3f2a" * 8
OPENED_AT = datetime(2026, 11, 28, 9, 0, tzinfo=timezone.utc)
RATE = 8_000
FROM_MS = 1_500.0
SCRIPT = sentences("zh")
CONSENT = consent_sentence("zh", "王丽", "接听客户来电")
OPENED = "voice_invitation(…) -> voice=wang-li, language=zh, who=王丽, purpose=接听客户来电"


def turn(number: int, step: str, action: str = "ask_slot", **more: Any) -> Turn:
    at = more.pop("at_ms", None)
    ledger = TurnLedger(voice_start_ms=at, speech_end_ms=at + 1_000.0) if at else TurnLedger()
    return Turn(call=CALL, number=number, step=step, action=action, ledger=ledger, **more)


TURNS = (
    turn(0, "ask invitation_code", "greet"),
    turn(1, "read consent", business=OPENED, reply=f"请照样说。{CONSENT}"),
    turn(2, "read sentences 1", heard=CONSENT, at_ms=4_000.0),
    turn(3, "read sentences 2", heard=SCRIPT[0], at_ms=8_000.0),
    turn(4, "read sentences 2", "ask_slot_again", heard=SCRIPT[1], at_ms=12_000.0),
    turn(5, "read sentences 3", heard=SCRIPT[1], at_ms=16_000.0),
    turn(6, "read sentences 4", "abandon_change", heard="跳过", at_ms=20_000.0),
    turn(7, "ended", "end_conversation", heard="停", at_ms=24_000.0),
)


def sound(seconds: float = 26.0, shift_ms: float = 0.0) -> NDArray[np.int16]:
    """(T, 2): the caller's voice where the turns say, each louder than the one before."""
    frames = np.zeros((int(seconds * RATE), 2), np.int16)
    frames[:, 0] = np.random.default_rng(0).normal(0, 8, len(frames)).astype(np.int16)
    frames[:, 1] = 9_000
    for number, one in enumerate(TURNS):
        if one.ledger.voice_start_ms is not None:
            begin = int((one.ledger.voice_start_ms - FROM_MS + shift_ms) * RATE / 1000)
            voice = np.sin(np.arange(RATE) * 0.3) * 1_000 * number
            frames[begin : begin + RATE, 0] = voice.astype(np.int16)
    return frames


def wav(path: Path, frames: NDArray[np.int16], channels: int = 2) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.ascontiguousarray(frames).tobytes())


def box(tmp_path: Path, turns: tuple[Turn, ...] = TURNS, shift_ms: float = 0.0) -> Path:
    """A state folder with the call in it; returns the recording."""
    invite(
        tmp_path,
        "wang-li",
        who="王丽",
        purpose="接听客户来电",
        company="",
        language="zh",
        days=7,
        now=datetime.now(timezone.utc),
    )
    writer = RecordWriter(tmp_path / "records.sqlite")
    for one in turns:
        writer.submit(one)
    summary = CallSummary(
        call=CALL,
        opened_at="2026-11-28T09:00:00.000+00:00",
        scenario="voice_enrolment",
        cause="normal",
        recorded_from_ms=FROM_MS,
    )
    writer.submit(summary)
    assert writer.close()
    path = tmp_path / "recordings" / "2026-11-28" / f"{CALL}.wav"
    wav(path, sound(shift_ms=shift_ms))
    return path


@pytest.mark.parametrize("shift_ms", [0.0, 180.0, -180.0, 600.0, -600.0])
def test_what_was_taken_is_cut_out_whole(tmp_path: Path, shift_ms: float) -> None:
    box(tmp_path, shift_ms=shift_ms)
    read = read_call(tmp_path, "wang-li", CALL[:6])
    assert (read.call, read.language) == (CALL, "zh")
    assert read.consent is not None
    assert (read.consent.asked, read.consent.heard) == (CONSENT, CONSENT)
    assert read.invitation is not None
    assert read.invitation.purpose == "接听客户来电"
    assert [one.asked for one in read.sentences] == [SCRIPT[0], SCRIPT[1]]
    loudest = [2, 3, 5]
    for clip, number in zip((read.consent, *read.sentences), loudest, strict=True):
        assert clip.rate_hz == RATE
        assert abs(len(clip.pcm) - (1.0 + 2 * MARGIN_S) * RATE) <= 160
        assert np.max(np.abs(clip.pcm)) == pytest.approx(1_000 * number, abs=50)
        assert np.count_nonzero(np.abs(clip.pcm) > 100) > 0.9 * RATE, "all of it"
        assert not np.any(np.abs(clip.pcm[:400]) > 100), "and nothing else"


def test_what_was_taken_back_is_left_out_until_it_is_read_again(tmp_path: Path) -> None:
    undone = turn(6, "read sentences 2", "undo_change", heard="重来", at_ms=20_000.0)
    box(tmp_path, (*TURNS[:6], undone))
    read = read_call(tmp_path, "wang-li", CALL)
    assert [one.asked for one in read.sentences] == [SCRIPT[0]]
    box(
        tmp_path, (*TURNS[:6], undone, turn(7, "ended", "return_thanks", heard="x", at_ms=24_000.0))
    )
    read = read_call(tmp_path, "wang-li", CALL)
    assert [one.heard for one in read.sentences] == [SCRIPT[0], "x"]


def test_a_turn_that_is_missing_makes_nothing_of_the_next(tmp_path: Path) -> None:
    box(tmp_path, tuple(one for one in TURNS if one.number != 2))
    read = read_call(tmp_path, "wang-li", CALL)
    assert [one.asked for one in read.sentences] == [SCRIPT[1]]
    assert read.consent is None


@pytest.mark.parametrize(
    "turns",
    [
        (),
        TURNS[:2],
        (TURNS[0], replace(TURNS[1], business=""), *TURNS[2:]),
        (TURNS[0], replace(TURNS[1], business=OPENED.replace("wang-li", "chen-hua")), *TURNS[2:]),
        (TURNS[0], replace(TURNS[1], business=OPENED.replace("…", "482913")), *TURNS[2:]),
        tuple(replace(one, step="read sentences 1e9") for one in TURNS),
        tuple(replace(one, ledger=TurnLedger()) for one in TURNS),
        tuple(
            replace(one, ledger=TurnLedger(voice_start_ms=9e12, speech_end_ms=9.1e12))
            for one in TURNS
        ),
    ],
)
def test_a_call_that_is_not_for_this_voice_is_refused(
    tmp_path: Path, turns: tuple[Turn, ...]
) -> None:
    box(tmp_path, turns)
    with pytest.raises(NothingRead):
        read_call(tmp_path, "wang-li", CALL)


def test_a_consent_to_other_words_is_none(tmp_path: Path) -> None:
    other = consent_sentence("zh", "陈华", "接听客户来电")
    box(tmp_path, (TURNS[0], replace(TURNS[1], reply=other), *TURNS[2:]))
    read = read_call(tmp_path, "wang-li", CALL)
    assert read.consent is None
    assert read.invitation is None
    assert len(read.sentences) == 2


def test_recordings_that_cannot_be_used(tmp_path: Path) -> None:
    path = box(tmp_path)
    whole = path.read_bytes()

    def refused() -> None:
        with pytest.raises(NothingRead):
            read_call(tmp_path, "wang-li", CALL)

    for content in (b"", b"RIFF", whole[:44], whole[:20] + b"\xff" * 24, bytes(999)):
        path.write_bytes(content)
        refused()
    wav(path, sound()[:, 0], channels=1)
    refused()
    wav(path, np.zeros((26 * RATE, 2), np.int16))
    refused()
    path.rename(path.with_name(f"{CALL}.wav.part"))
    refused()
    path.with_name(f"{CALL}.wav.part").unlink()
    refused()
    path.symlink_to("/etc/passwd")
    refused()
    path.unlink()
    path.write_bytes(whole[: len(whole) // 2])
    assert len(read_call(tmp_path, "wang-li", CALL).sentences) == 1, "what is there is there"


@pytest.mark.parametrize("name", ["", "../wang-li", "王丽", "wang-li/..", "w" * 99])
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    box(tmp_path)
    with pytest.raises(BadVoiceName):
        read_call(tmp_path, name, CALL)


@pytest.mark.parametrize("call", ["", "zzzz", "%", "../x", "3f2b", "\x00", "🙂"])
def test_calls_that_are_none(tmp_path: Path, call: str) -> None:
    box(tmp_path)
    with pytest.raises((NoSuchCall, VoiceError)):
        read_call(tmp_path, "wang-li", call)


@pytest.mark.parametrize("at", [OPENED_AT, OPENED_AT + timedelta(days=3)])
def test_a_call_from_before_a_revocation_counts_no_more(tmp_path: Path, at: datetime) -> None:
    box(tmp_path)
    Ledger(tmp_path).append("revoked", "wang-li", now=OPENED_AT - timedelta(days=1))
    Ledger(tmp_path).append("revoked", "chen-hua", now=at)
    assert read_call(tmp_path, "wang-li", CALL).sentences
    Ledger(tmp_path).append("revoked", "wang-li", now=at)
    Ledger(tmp_path).append("deleted", "wang-li", now=at)
    with pytest.raises(NothingRead, match="before wang-li was revoked"):
        read_call(tmp_path, "wang-li", CALL)

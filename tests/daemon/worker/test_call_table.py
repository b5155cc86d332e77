"""All calls of a slot are heard at once; a fault in one call ends that call and no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from daemon import slot
from daemon.call.caller_audio import CallerAudio
from daemon.call.conversation import Conversation
from daemon.call.settings import VoiceSettings
from daemon.call.voice_detection import BATCH
from daemon.worker.call_table import CallTable
from kefu.protocol import Open as ClientOpen
from tests.daemon.call.tiny import TinyVad

RATE = 8000
LOUD = np.tile([8000, -8000], 80).astype("<i2").tobytes()
QUIET = bytes(320)


def call_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


class TinyConversation:
    """What the table asks of a conversation; notes what it was told."""

    def __init__(self, opened: slot.Open) -> None:
        self.call = opened.call
        self.ended = False
        self.listening = SimpleNamespace(audio=CallerAudio(RATE, VoiceSettings()))
        self.parts = SimpleNamespace(rate_hz=RATE)
        self.frames = 0
        self.told: list[tuple[str, int]] = []
        self.decided = 0
        self.fails = ""

    def open(self) -> None:
        """Nothing is said."""

    def close(self) -> None:
        """Nothing is under way."""

    def on_frame(self, frame: slot.CallFrame) -> None:
        self.frames += 1
        if self.fails == "frame":
            raise RuntimeError("drawn at random")

    def on_voice(self, edge: str, sample: int) -> None:
        self.told.append((edge, sample))
        if self.fails == "voice":
            raise RuntimeError("drawn at random")

    def decide(self) -> None:
        self.decided += 1


class House:
    """A table of tiny conversations."""

    def __init__(self, calls: int) -> None:
        self.sent: list[slot.Message] = []
        self.runs: list[int] = []
        self.conversations: list[TinyConversation] = []
        self.table = CallTable(self, self._converse, self.sent.append)
        for number in range(calls):
            self.table.open(
                slot.Open(
                    call=call_id(number),
                    client=ClientOpen(codec="ulaw", rate_hz=RATE, frame_ms=20),
                )
            )

    def _converse(self, opened: slot.Open) -> Conversation:
        self.conversations.append(TinyConversation(opened))
        return cast("Conversation", self.conversations[-1])

    def run(self, inputs: Any, state: Any) -> Any:
        """The detector."""
        self.runs.append(len(inputs))
        return TinyVad().run(inputs, state)

    def frame(self, pcm: dict[int, bytes], *, decide: bool = True, **fields: Any) -> None:
        """One tick."""
        calls = tuple(
            slot.CallFrame(call=call_id(number), now_ms=0, first_sample=0, pcm=audio, **fields)
            for number, audio in pcm.items()
        )
        self.table.frame(slot.Frame(seq=0, calls=calls))
        if decide:
            self.table.decide()


def test_all_calls_are_heard_in_one_run_and_each_is_told_of_its_own_voice() -> None:
    house = House(5)
    for tick in range(40):
        loud = 10 <= tick < 25
        house.frame({number: LOUD if loud and number == 3 else QUIET for number in range(5)})
    assert set(house.runs) == {5}
    assert [len(one.told) for one in house.conversations] == [0, 0, 0, 2, 0]
    (started, start), (stopped, end) = house.conversations[3].told
    assert (started, stopped) == ("started", "stopped")
    assert start == pytest.approx(1600, abs=256)
    assert end == pytest.approx(4000, abs=256)
    assert all(one.decided == one.frames == 40 for one in house.conversations)


def test_more_calls_than_a_batch_are_heard_in_several_runs() -> None:
    house = House(BATCH + 3)
    house.frame({number: LOUD + QUIET for number in range(BATCH + 3)})
    assert house.runs == [BATCH, 3]


def test_frames_that_wait_are_all_heard_before_something_is_decided() -> None:
    house = House(2)
    for _ in range(8):
        house.frame({0: LOUD, 1: QUIET}, decide=False)
    assert not house.runs
    house.table.decide()
    assert house.runs == [2] * 5
    assert [edge for edge, _ in house.conversations[0].told] == ["started"]
    assert house.conversations[0].decided == 1


def test_a_call_that_closes_between_frame_and_decision_is_told_nothing() -> None:
    house = House(2)
    house.frame({0: LOUD * 4, 1: LOUD * 4}, decide=False)
    house.table.close(slot.Close(call=call_id(0), cause="hangup"))
    house.table.decide()
    assert house.conversations[0].told == []
    assert [edge for edge, _ in house.conversations[1].told] == ["started"]


@pytest.mark.parametrize(
    ("pcm", "lost"), [(LOUD[:-1], 0), (LOUD, 24_001), (LOUD, -1)], ids=["odd", "lost", "negative"]
)
def test_what_is_no_audio_ends_its_call_and_the_others_are_heard(pcm: bytes, lost: int) -> None:
    house = House(3)
    calls = (
        slot.CallFrame(call=call_id(0), now_ms=0, first_sample=0, pcm=LOUD * 4),
        slot.CallFrame(call=call_id(1), now_ms=0, first_sample=0, pcm=pcm, lost=lost),
        slot.CallFrame(call=call_id(2), now_ms=0, first_sample=0, pcm=LOUD * 4),
    )
    house.table.frame(slot.Frame(seq=0, calls=calls))
    house.table.decide()
    assert house.sent == [slot.Close(call=call_id(1), cause="worker_lost")]
    assert len(house.table) == 2
    assert [len(one.told) for one in house.conversations] == [1, 0, 1]


@pytest.mark.parametrize("where", ["frame", "voice"])
def test_a_fault_in_one_call_ends_that_call(where: str) -> None:
    house = House(3)
    house.conversations[1].fails = where
    house.frame(dict.fromkeys(range(3), LOUD * 4))
    house.frame({0: QUIET, 2: QUIET})
    assert house.sent == [slot.Close(call=call_id(1), cause="worker_lost")]
    assert [one.decided for one in house.conversations] == [2, 0, 2]


def test_our_own_echo_is_no_voice() -> None:
    house = House(1)
    for _ in range(20):
        house.frame({0: LOUD}, echo=1.0)
    assert house.conversations[0].told == []
    assert house.conversations[0].listening.audio.echo == 0.0
    for _ in range(20):
        house.frame({0: LOUD}, echo=0.4)
    assert [edge for edge, _ in house.conversations[0].told] == ["started"]
    assert house.conversations[0].listening.audio.echo == 0.4

"""Random calls: the compiled line does what the plain one does, sample by sample."""

from __future__ import annotations

import struct

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engines._core import Line
from tests.engines.core.line_model import AgentModel, CallerModel

RATE_HZ = 8000
FRAME_MS = 20
FRAME_SAMPLES = RATE_HZ * FRAME_MS // 1000


def pack(pcm: list[int]) -> bytes:
    return struct.pack(f"<{len(pcm)}h", *pcm)


def unpack(pcm: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(pcm) // 2}h", pcm))


def wave(seed: int, samples: int) -> list[int]:
    """Values that tell places apart."""
    return [((seed * 7919 + n * 104_729) % 65_536) - 32_768 for n in range(samples)]


JUMPS = st.one_of(
    st.just(0),
    st.integers(-2 * FRAME_SAMPLES, 3 * FRAME_SAMPLES),
    st.sampled_from([480, 481, 24_000, 24_001, 2**53]),
)


class LineMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.line = Line("slin", RATE_HZ, FRAME_MS)
        self.caller = CallerModel(RATE_HZ, FRAME_SAMPLES)
        self.agent = AgentModel(RATE_HZ)
        self.utterance = 0

    @rule(jump=JUMPS, seed=st.integers(0, 99), times=st.integers(1, 3))
    def receive(self, jump: int, seed: int, times: int) -> None:
        for _ in range(times):
            first = min(2**53, max(0, len(self.caller.samples) + jump))
            pcm = wave(seed, FRAME_SAMPLES)
            try:
                expected = self.caller.receive(first, pcm)
            except IndexError:
                with pytest.raises(IndexError, match=r"^bad_sequence"):
                    self.line.receive(first, pack(pcm))
                continue
            got = self.line.receive(first, pack(pcm))
            assert (got.accepted, got.concealed, got.lost, got.dropped) == expected

    @rule()
    def take(self) -> None:
        taken = self.line.take()
        assert (taken.first_sample, unpack(taken.pcm), taken.lost) == self.caller.take()

    @rule()
    def recent(self) -> None:
        assert unpack(self.line.recent()) == self.caller.recent()

    @rule(
        ahead=st.sampled_from([0, 0, 0, 1, 1, 2, -1]),
        hole=st.sampled_from([0, 0, 0, 0, 0, 1, -1, 160]),
        samples=st.one_of(st.integers(0, 400), st.sampled_from([0, 160, 3_200, 16_001])),
        last=st.booleans(),
        seed=st.integers(0, 99),
    )
    def say(self, ahead: int, hole: int, samples: int, last: bool, seed: int) -> None:
        number = max(0, self.utterance + ahead)
        newest = self.agent.queue[-1] if self.agent.queue else None
        same = newest is not None and newest.number == number
        offset = newest.offset + len(newest.samples) if newest is not None and same else 0
        offset = max(0, offset + hole)
        pcm = wave(seed, samples)
        try:
            expected = self.agent.say(number, offset, pcm, last)
        except ValueError:
            with pytest.raises(ValueError, match=r": got .*, expected"):
                self.line.say(number, offset, pack(pcm), last)
            return
        assert self.line.say(number, offset, pack(pcm), last) == expected
        self.utterance = max(self.utterance, number)

    @rule(back=st.integers(-1, 2))
    def cut(self, back: int) -> None:
        number = max(0, self.utterance - back)
        assert self.line.cut(number) == self.agent.cut(number)
        self.utterance = max(self.utterance, number)

    @rule(times=st.integers(1, 8))
    def frame(self, times: int) -> None:
        for _ in range(times):
            frame = self.line.frame()
            assert (None if frame is None else unpack(frame)) == self.agent.frame()

    @rule(back=st.integers(-100, 2_000))
    def taken(self, back: int) -> None:
        sample = max(0, len(self.agent.line) - back)
        self.line.set_taken(sample)
        self.agent.taken = max(self.agent.taken, min(sample, len(self.agent.line)))

    @rule(back=st.integers(0, 5_000))
    def settle(self, back: int) -> None:
        first_dropped = max(0, len(self.agent.line) - back)
        assert self.line.settle(first_dropped) == self.agent.settle(first_dropped)

    @invariant()
    def same_state(self) -> None:
        assert self.line.caller_next == len(self.caller.samples)
        assert self.line.agent_next == len(self.agent.line)
        assert self.line.untaken == len(self.agent.line) - self.agent.taken
        assert self.line.paused == self.agent.paused
        assert self.line.playing == self.agent.playing
        assert self.line.finished == self.agent.finished
        assert self.line.heard == self.agent.heard
        assert self.line.silent == self.agent.silent
        assert self.line.queued_ms() == self.agent.queued * 1000 / RATE_HZ


TestLine = LineMachine.TestCase
TestLine.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)

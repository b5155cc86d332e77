"""The telephone line in plain Python, sample by sample: what the compiled one is compared with."""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from engines._core import Concealer

CONCEALED_MS: Final = 60
RING_MS: Final = 3000
MOST_UNTAKEN_MS: Final = 500
QUEUE_MS: Final = 2000
STRETCHES: Final = 32
UTTERANCES: Final = 16
RUNS_PER_FRAME: Final = 2


class Piece(msgspec.Struct):
    """An utterance that is queued."""

    number: int
    offset: int = 0
    samples: list[int] = []
    closed: bool = False


def _samples(pcm: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(pcm) // 2}h", pcm))


class CallerModel:
    """Every caller sample since the call began: a value, or None where it was lost."""

    def __init__(self, rate_hz: int, frame_samples: int) -> None:
        self.per_ms = rate_hz // 1000
        self.frame_samples = frame_samples
        self.samples: list[int | None] = []
        self.taken = 0
        self._concealer = Concealer(rate_hz)

    def receive(self, first: int, pcm: list[int]) -> tuple[int, int, int, int]:
        """(accepted, concealed, lost, dropped)."""
        gap = first - len(self.samples)
        if gap > RING_MS * self.per_ms:
            raise IndexError
        concealed = lost = 0
        if gap > CONCEALED_MS * self.per_ms:
            lost = gap
            self.samples += [None] * gap
            self._concealer.forget()
        elif gap > 0:
            concealed = gap
            self.samples += _samples(self._concealer.conceal(gap))
        dropped = min(self.frame_samples, max(0, -gap))
        fresh = struct.pack(f"<{len(pcm) - dropped}h", *pcm[dropped:])
        self.samples += _samples(self._concealer.received(fresh))
        return self.frame_samples - dropped, concealed, lost, dropped

    def take(self) -> tuple[int, list[int], int]:
        """(first sample, PCM, lost)."""
        oldest = max(0, len(self.samples) - RING_MS * self.per_ms)
        first = max(self.taken, oldest, self._start_of_kept_stretches())
        while first < len(self.samples) and self.samples[first] is None:
            first += 1
        end = first
        while end < len(self.samples) and self.samples[end] is not None:
            end += 1
        if first == end:
            return len(self.samples), [], 0
        lost = first - self.taken
        self.taken = end
        return first, [value or 0 for value in self.samples[first:end]], lost

    def _start_of_kept_stretches(self) -> int:
        starts = [
            n
            for n in range(self.taken, len(self.samples))
            if self.samples[n] is not None and (n == self.taken or self.samples[n - 1] is None)
        ]
        return starts[-STRETCHES] if len(starts) > STRETCHES else 0

    def recent(self) -> list[int]:
        """The last 3 s, lost samples as zeros."""
        return [value or 0 for value in self.samples[-RING_MS * self.per_ms :]]


class AgentModel:
    """Every agent sample since the call began: its value and which (utterance, offset) it was."""

    def __init__(self, rate_hz: int) -> None:
        self.per_ms = rate_hz // 1000
        self.queue: list[Piece] = []
        self.line: list[int] = []
        self.carried: list[tuple[int, int] | None] = []
        self.fade: list[int] = []
        self.sounding = -1
        self.finished = -1
        self.unsettled = -1
        self.taken = 0
        self.silent = True

    @property
    def queued(self) -> int:
        """Samples that wait."""
        return sum(len(piece.samples) for piece in self.queue)

    @property
    def paused(self) -> bool:
        """More than 500 ms untaken."""
        return len(self.line) - self.taken > MOST_UNTAKEN_MS * self.per_ms

    @property
    def playing(self) -> tuple[int, int] | None:
        """(utterance, next offset to leave)."""
        return (self.queue[0].number, self.queue[0].offset) if self.queue else None

    @property
    def heard(self) -> tuple[int, int] | None:
        """(utterance, offset) up to which the client has taken."""
        for place in reversed(self.carried[: self.taken]):
            if place is not None:
                return place[0], place[1] + 1
        return None

    def say(self, number: int, offset: int, pcm: list[int], last: bool) -> int:
        """Samples queued."""
        newest = self.queue[-1] if self.queue else None
        if number <= self.finished or (newest is not None and number < newest.number):
            return 0
        begins = newest is None or number > newest.number
        expected = 0 if begins or newest is None else newest.offset + len(newest.samples)
        if (
            (not begins and newest is not None and newest.closed)
            or (begins and len(self.queue) == UTTERANCES)
            or offset != expected
            or self.queued + len(pcm) > QUEUE_MS * self.per_ms
        ):
            raise ValueError
        if begins:
            if newest is not None:
                newest.closed = True
            newest = Piece(number)
            self.queue.append(newest)
        assert newest is not None
        newest.samples = newest.samples + pcm
        newest.closed = last
        self._finish()
        return len(pcm)

    def cut(self, number: int) -> bool:
        """Whether an utterance up to this one was on the line or queued."""
        waited = bool(self.queue) and self.queue[0].number <= number
        if self.queue and self.queue[0].number == self.sounding <= number:
            tail = self.queue[0].samples[: 10 * self.per_ms]
            steps = len(tail)
            self.fade = [round(value * ((steps - 1 - i) / steps)) for i, value in enumerate(tail)]
            self.sounding = -1
        self.queue = [piece for piece in self.queue if piece.number > number]
        self.finished = max(self.finished, number)
        self.unsettled = max(self.unsettled, number)
        self._finish()
        return waited

    def frame(self) -> list[int] | None:
        """20 ms, or None while paused."""
        if self.paused:
            return None
        size = 20 * self.per_ms
        pcm, places = self.fade, [None] * len(self.fade)
        self.silent = not pcm
        carried: list[tuple[int, int] | None] = list(places)
        self.fade, self.sounding = [], -1
        for _ in range(RUNS_PER_FRAME):
            if not self.queue or not self.queue[0].samples or len(pcm) == size:
                break
            piece = self.queue[0]
            run = piece.samples[: size - len(pcm)]
            carried += [(piece.number, piece.offset + i) for i in range(len(run))]
            pcm = pcm + run
            piece.samples = piece.samples[len(run) :]
            piece.offset += len(run)
            self.silent = False
            if len(pcm) == size:
                self.sounding = piece.number
            self._finish()
        pad = size - len(pcm)
        self.line += pcm + [0] * pad
        self.carried += carried + [None] * pad
        return pcm + [0] * pad

    def settle(self, first_dropped: int) -> tuple[int, int] | None:
        """(utterance, samples heard) of the newest cut."""
        if self.unsettled < 0:
            return None
        number, self.unsettled = self.unsettled, -1
        for n in range(first_dropped, len(self.carried)):
            place = self.carried[n]
            if place is not None and place[0] <= number:
                self.carried[n] = None
        heard = [place[1] + 1 for place in self.carried if place is not None and place[0] == number]
        return number, max(heard, default=0)

    def _finish(self) -> None:
        while self.queue and self.queue[0].closed and not self.queue[0].samples:
            self.finished = self.queue.pop(0).number

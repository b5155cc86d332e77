"""What the worker says in one call, and the hold prompt when it cannot: utterances on the line.

The line numbers utterances of its own, because the hold prompt is one more of them; the worker
knows only its own numbers.
"""

from __future__ import annotations

from typing import Final, Literal

from daemon import slot
from daemon.gateway.clock import TICK_S
from engines._core import Line

HOLD_AHEAD_MS: Final = 60.0
DUCK_MS: Final = 60.0
RISE_MS: Final = 100.0
REMEMBERED: Final = 16

Said = Literal["", "over_credit", "misplaced", "cut_or_old"]


class Speech:
    """The agent's half of a call inside the gateway."""

    def __init__(self, line: Line, rate_hz: int) -> None:
        """``line``: the call's own, on which nothing was said yet."""
        self._line = line
        self._rate_hz = rate_hz
        self._credit = slot.CREDIT_MS * rate_hz // 1000
        self._next_on_line = 0
        self._newest = -1
        self._on_line: dict[int, int] = {}
        self._of_worker: dict[int, int] = {}
        self._hold: _Hold | None = None
        self._ducked = False

    @property
    def next_utterance(self) -> int:
        """The worker's number of the next utterance: above all that were said or cut."""
        return self._newest + 1

    def say(self, utterance: int, offset: int, pcm: bytes, last: bool) -> Said:
        """Queue a piece of an utterance; a reason where it is discarded."""
        number = self._on_line.get(utterance)
        # While the hold prompt plays it is the newest utterance: a late SAY must not go over it.
        if self._hold is not None or (number is None and utterance <= self._newest):
            return "cut_or_old"
        played = 0
        playing = self._line.playing
        if playing is not None and playing[0] == number:
            played = playing[1]
        if offset > played + self._credit:
            return "over_credit"
        if number is None:
            number = self._number(utterance)
        try:
            queued = self._line.say(number, offset, pcm, last)
        except ValueError:
            return "misplaced"
        return "" if queued or not pcm else "cut_or_old"

    def cut(self, utterance: int) -> bool:
        """Fade an utterance out; True where it was on the line or queued."""
        number = self._on_line.get(utterance)
        if number is None and utterance > self._newest:
            number = self._number(utterance)
        if number is None:
            return False
        cut = self._line.cut(number)
        self._gain(0.0, 0.0)
        return cut

    def duck(self, utterance: int) -> None:
        """Go on more softly: the caller may be speaking."""
        if self._hold is None and utterance == self._newest:
            self._gain(slot.DUCKED_DB, DUCK_MS)

    def rise(self, utterance: int) -> None:
        """Go on as loudly as before."""
        if utterance == self._newest:
            self._gain(0.0, RISE_MS)

    @property
    def playing(self) -> tuple[int, int] | None:
        """(utterance, offset) on the line, by the worker's number; None for the hold prompt."""
        return self._as_worker(self._line.playing)

    @property
    def heard(self) -> tuple[int, int] | None:
        """(utterance, offset) up to which the client has taken, by the worker's number."""
        return self._as_worker(self._line.heard)

    def settle(self, utterance: int, first_dropped: int) -> int:
        """Samples of a cut utterance that the caller heard."""
        settled = self._as_worker(self._line.settle(first_dropped)) or self.heard
        return settled[1] if settled is not None and settled[0] == utterance else 0

    @property
    def holding(self) -> bool:
        """The hold prompt is being played."""
        return self._hold is not None

    def start_hold(self, pcm: bytes) -> int | None:
        """Play ``pcm``, (T,) int16, again and again; returns the worker's utterance it cuts."""
        playing = self.playing
        for utterance in self._on_line:
            self.cut(utterance)
        self._gain(0.0, 0.0)
        self._hold = _Hold(self._next_on_line, pcm)
        self._next_on_line += 1
        return playing[0] if playing is not None else None

    def stop_hold(self) -> None:
        """The worker is back."""
        if self._hold is not None:
            self._line.cut(self._hold.number)
            self._hold = None

    def feed_hold(self) -> None:
        """Keep the hold prompt ahead of the line; called at each tick."""
        if self._hold is None:
            return
        while self._line.queued_ms() < HOLD_AHEAD_MS:
            if not self._hold.feed(self._line, int(TICK_S * self._rate_hz) * 2):
                return

    def _gain(self, gain_db: float, ramp_ms: float) -> None:
        ducked = gain_db < 0.0
        if ducked != self._ducked:
            self._ducked = ducked
            self._line.set_gain(gain_db, ramp_ms)

    def _number(self, utterance: int) -> int:
        self._gain(0.0, RISE_MS)
        number = self._next_on_line
        self._next_on_line += 1
        self._newest = utterance
        self._on_line[utterance] = number
        self._of_worker[number] = utterance
        if len(self._on_line) > REMEMBERED:
            oldest = next(iter(self._on_line))
            del self._of_worker[self._on_line.pop(oldest)]
        return number

    def _as_worker(self, place: tuple[int, int] | None) -> tuple[int, int] | None:
        if place is None or place[0] not in self._of_worker:
            return None
        return self._of_worker[place[0]], place[1]


class _Hold:
    """The hold prompt as one utterance without end."""

    def __init__(self, number: int, pcm: bytes) -> None:
        self.number = number
        self._pcm = pcm
        self._sent = 0

    def feed(self, line: Line, chunk_bytes: int) -> bool:
        """Queue a piece; False where the line did not take it."""
        place = self._sent % len(self._pcm)
        chunk = self._pcm[place : place + chunk_bytes]
        if not line.say(self.number, self._sent // 2, chunk, False):
            return False
        self._sent += len(chunk)
        return True

"""One call as the gateway holds it, and the table of all of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Final

import msgspec

from daemon.gateway.event_order import EventOrder
from daemon.gateway.hearing import Hearing
from daemon.gateway.media import Media
from daemon.gateway.speech import Speech
from daemon.records.writer import REMEMBERED_CALLS
from engines._core import Line
from kefu.protocol import Audio, Cause, Open
from kefu.records import CallSummary, Turn

REMEMBERED: Final = 2_048
"""Summaries of calls that have ended, for records that come late."""


class PendingCut(msgspec.Struct, frozen=True):
    """A CUT that waits for the client's FLUSHED."""

    utterance: int
    taken: int
    """The client's ``taken`` when FLUSH was sent: what counts where no answer comes."""
    next_sample: int
    deadline: float


class Call:
    """The state of a call from OPENED to CLOSED. Times are seconds of the monotonic clock."""

    def __init__(self, call: bytes, peer: bytes, asked: Open, release: str, now: float) -> None:
        """``asked`` was admitted, so codec, rate and frame duration are valid."""
        self.id = call
        self.peer = peer
        self.asked = asked
        self.release = release
        self.opened_at = now
        self.opened_wall = datetime.now(timezone.utc)
        self.line = Line(asked.codec, asked.rate_hz, asked.frame_ms)
        self.hearing = Hearing(self.line, asked.rate_hz)
        self.speech = Speech(self.line, asked.rate_hz)
        self.events = EventOrder()
        self.cut: PendingCut | None = None
        self.closing: Cause | None = None
        self.language: str = "" if asked.language == "auto" else asked.language
        self.scenario = asked.scenario
        self.turns = 0
        self.outcome = ""
        self.taken = 0
        self._unmoved = 0
        self._audio_at: float | None = None
        self._stalled = False

    def receive(self, audio: Audio, payload: bytes, now: float) -> None:
        """Take one AUDIO message in. Raises ValueError, IndexError as ``Line.receive``."""
        self._count_taken(audio.taken)
        if self.line.receive(audio.first_sample, payload).accepted:
            self._audio_at = now
            self._stalled = False

    def take(self, agent_sample: int) -> None:
        """The client's application has taken everything before ``agent_sample``."""
        self.taken = max(self.taken, min(agent_sample, self.line.agent_next))
        self.line.set_taken(self.taken)

    def now_ms(self, now: float) -> float:
        """The call's clock: milliseconds since OPENED."""
        return (now - self.opened_at) * 1000

    def idle_ms(self, now: float) -> float:
        """Since the last accepted AUDIO, or since OPENED."""
        since = self.opened_at if self._audio_at is None else self._audio_at
        return (now - since) * 1000

    def media(self, now: float, gone_s: float) -> Media:
        """What the timers judge."""
        return Media(
            age_ms=self.now_ms(now),
            idle_ms=self.idle_ms(now),
            begun=self._audio_at is not None,
            stalled=self._stalled,
            gone_ms=gone_s * 1000,
            unmoved_messages=self._unmoved,
        )

    def note_stalled(self) -> None:
        """``media.stalled`` was said."""
        self._stalled = True

    def note_turn(self, turn: Turn) -> None:
        """Keep of a turn what the call's summary tells."""
        self.turns = max(self.turns, turn.number + 1)
        self.scenario = turn.scenario or self.scenario
        self.language = turn.language or self.language

    def summary(self, now: float, cause: str) -> CallSummary:
        """The call's row in the records."""
        return CallSummary(
            call=self.id.hex(),
            caller=self.asked.caller,
            called=self.asked.called,
            scenario=self.scenario,
            language=self.language,
            release=self.release,
            opened_at=self.opened_wall.isoformat(timespec="milliseconds"),
            duration_ms=round(self.now_ms(now)),
            turns=self.turns,
            cause=cause,
            outcome=self.outcome,
        )

    def _count_taken(self, taken: int) -> None:
        if taken > self.taken or self.line.untaken == 0:
            self._unmoved = 0
        else:
            self._unmoved += 1
        self.take(taken)


class CallTable:
    """Live calls by id, and the ids of the last calls that ended."""

    def __init__(self, used: Iterable[bytes] = ()) -> None:
        """``used``: ids of calls that were recorded before this start, the newest last."""
        self._live: dict[bytes, Call] = {}
        self._used = OrderedDict.fromkeys(used)
        self._ended: OrderedDict[bytes, CallSummary] = OrderedDict()

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[Call]:
        """A snapshot: calls may end while it is walked."""
        return iter(list(self._live.values()))

    def get(self, call: bytes) -> Call | None:
        """The live call of that id."""
        return self._live.get(call)

    def used(self, call: bytes) -> bool:
        """Whether the id is or was a call's."""
        return call in self._used

    def ended(self, call: bytes) -> CallSummary | None:
        """The summary of a call that has ended lately."""
        return self._ended.get(call)

    def add(self, call: Call) -> None:
        """Begin to hold a call."""
        self._live[call.id] = call
        self._used[call.id] = None
        if len(self._used) > REMEMBERED_CALLS:
            self._used.popitem(last=False)

    def end(self, call: bytes, summary: CallSummary) -> None:
        """Cease to hold a call; its id and summary stay known for a while."""
        self._live.pop(call, None)
        self._ended[call] = summary
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

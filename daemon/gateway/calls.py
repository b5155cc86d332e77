"""One call as the gateway holds it, and the table of all of them."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any, Final

import msgspec

from daemon import slot
from daemon.gateway.control_budget import ControlBudget
from daemon.gateway.event_order import EventOrder
from daemon.gateway.hearing import Hearing
from daemon.gateway.key_presses import KeyPresses
from daemon.gateway.media import Media
from daemon.gateway.playout import Playout
from daemon.gateway.speech import Speech
from daemon.recording.recorder import Recording
from daemon.records.writer import REMEMBERED_CALLS
from engines._core import Line
from kefu.protocol import SILENCE, Audio, Cause, Closed, Event, Open
from kefu.records import CallSummary, Turn

REMEMBERED: Final = 2_048
"""Summaries of calls that have ended, for records and clients that come late."""
LAST_EVENTS: Final = 8
"""Of an ended call: what a client that was away has missed …"""
WITH_EVENTS: Final = 32
"""… of so many calls that ended last."""
MOST_WAITING: Final = 64
BACKLOG_MS: Final = 3_000
"""Of the caller: what a client sends at once when it resumes a call."""
NOTICED_MS: Final = 2_000
"""The while until the gateway notices that a client is away."""


class PendingCut(msgspec.Struct, frozen=True):
    """A CUT that waits for the client's FLUSHED."""

    utterance: int
    taken: int
    """The client's ``taken`` when FLUSH was sent: what counts where no answer comes."""
    next_sample: int
    deadline: float


class Ended(msgspec.Struct):
    """What is remembered of a call that has ended."""

    summary: CallSummary
    token: str
    closed: Closed
    events: list[Event]


class Call:
    """The state of a call from OPENED to CLOSED. Times are seconds of the monotonic clock."""

    def __init__(self, call: bytes, peer: bytes, asked: Open, release: str, now: float) -> None:
        """``asked`` was admitted, so codec, rate and frame duration are valid."""
        self.id = call
        self.peer = peer
        self.asked = asked
        self.release = release
        self.token = secrets.token_urlsafe(16)
        self.opened_at = now
        self.opened_wall = datetime.now(timezone.utc)
        self.line = Line(asked.codec, asked.rate_hz, asked.frame_ms)
        self.hearing = Hearing(self.line, asked.rate_hz)
        self.speech = Speech(self.line, asked.rate_hz)
        self.playout = Playout(self.line, asked.rate_hz)
        self.events = EventOrder()
        self.cut: PendingCut | None = None
        self.closing: Cause | None = None
        self.former_peers: deque[bytes] = deque(maxlen=8)
        """Connections that held the call before it was resumed: what they still send is late."""
        self.resumes = 0
        self.control_budget = ControlBudget(now)
        self.key_presses = KeyPresses()
        self.controls = 0
        """DTMF, MARK, PLAY, HOLD, RESUME and TRANSFERRED that were received."""
        self.asked_at = now
        """When the client of a held call was last asked whether it is there."""
        self.held = False
        """The caller hears the PBX's music."""
        self.transfer_deadline: float | None = None
        """EVENT ``transfer`` waits for TRANSFERRED until then; None: no transfer is under way."""
        self.snapshot = b""
        self.handover: dict[str, Any] = {}
        self.faults = 0
        """How often the worker gave this call up."""
        self.handed_over = False
        """A human was asked for because the worker was lost."""
        self.at_worker = True
        """The worker that serves now holds the call."""
        self.waiting: deque[slot.Message] = deque()
        """For a worker that does not hold the call yet: at most ``MOST_WAITING``."""
        self.recording: Recording | None = None
        self.language: str = "" if asked.language == "auto" else asked.language
        self.scenario = asked.scenario
        self.action = ""
        self.turns = 0
        self.outcome = ""
        self.transfer_reason = ""
        self.transfer_result = ""
        self.recorded_as = ""
        self.recorded_from_ms = 0.0
        self.taken = 0
        self._unmoved = 0
        self._backlog = 0
        self._away_ms = 0
        self._media_since = now
        self._begun = False
        self._stalled = False

    def receive(self, audio: Audio, payload: bytes, now: float) -> None:
        """Take one AUDIO message in. Raises ValueError, IndexError as ``Line.receive``."""
        if self.held:
            return  # both numberings stand still
        self._count_taken(audio.taken)
        if self._away_ms:
            away_ms, self._away_ms = self._away_ms, 0
            self._lose_until(audio.first_sample, len(payload), away_ms)
        if self.line.receive(audio.first_sample, payload).accepted:
            self._media_since = now
            self._begun = True
            self._stalled = False

    def take(self, agent_sample: int) -> None:
        """The client's application has taken everything before ``agent_sample``."""
        self.taken = max(self.taken, min(agent_sample, self.line.agent_next))
        self.line.set_taken(self.taken)

    def now_ms(self, now: float) -> float:
        """The call's clock: milliseconds since OPENED."""
        return (now - self.opened_at) * 1000

    def idle_ms(self, now: float) -> float:
        """Since the last accepted AUDIO, or since the media timers began to run."""
        return (now - self._media_since) * 1000

    def media(self, now: float, gone_s: float) -> Media:
        """What the timers judge."""
        return Media(
            age_ms=self.now_ms(now),
            idle_ms=self.idle_ms(now),
            begun=self._begun,
            suspended=self.held or self.transferring,
            stalled=self._stalled,
            gone_ms=gone_s * 1000,
            unmoved_messages=self._unmoved,
        )

    def restart_media_timers(self, now: float) -> None:
        """The client is back from a hold, a transfer or a dropped connection."""
        self._media_since = now
        self._unmoved = 0
        self._stalled = False

    def resumed(self, now: float, longest_ms: int) -> None:
        """The client is back, after at most ``longest_ms``, with what it kept of the caller."""
        self.restart_media_timers(now)
        self._backlog = BACKLOG_MS // self.asked.frame_ms
        self._away_ms = longest_ms + NOTICED_MS

    @property
    def transferring(self) -> bool:
        """The PBX is putting the caller through."""
        return self.transfer_deadline is not None

    def note_stalled(self) -> None:
        """``media.stalled`` was said."""
        self._stalled = True

    def note_turn(self, turn: Turn) -> None:
        """Keep of a turn what the call's summary tells."""
        self.turns = max(self.turns, turn.number + 1)
        self.scenario = turn.scenario or self.scenario
        self.language = turn.language or self.language
        self.action = turn.action or self.action

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
            transfer_reason=self.transfer_reason,
            transfer_result=self.transfer_result,
            recording=self.recorded_as,
            recorded_from_ms=self.recorded_from_ms,
        )

    def wait_for_worker(self, message: slot.Message) -> bool:
        """Keep a message for the next worker; False: there is no room for one more key."""
        if len(self.waiting) >= MOST_WAITING and isinstance(message, slot.CLIENT_SAYS):
            return False
        self.waiting.append(message)
        return True

    def _lose_until(self, sample: int, frame_bytes: int, away_ms: int) -> None:
        """Bridge a hole longer than the line takes at once, in leaps that end in silence."""
        per_ms = self.asked.rate_hz // 1000
        if sample - self.line.caller_next > away_ms * per_ms:
            return  # no dropped connection explains it
        silence = SILENCE[self.asked.codec] * frame_bytes
        while sample - self.line.caller_next > BACKLOG_MS * per_ms:
            leap = (BACKLOG_MS - self.asked.frame_ms) * per_ms
            self.line.receive(self.line.caller_next + leap, silence)

    def _count_taken(self, taken: int) -> None:
        if self._backlog:
            self._backlog -= 1  # sent at once, so its ``taken`` cannot have moved
        elif taken > self.taken or self.line.untaken == 0:
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
        self._ended: OrderedDict[bytes, Ended] = OrderedDict()
        self._with_events: deque[Ended] = deque()

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

    def ended(self, call: bytes) -> Ended | None:
        """What is known of a call that has ended lately."""
        return self._ended.get(call)

    def add(self, call: Call) -> None:
        """Begin to hold a call."""
        self._live[call.id] = call
        self._used[call.id] = None
        if len(self._used) > REMEMBERED_CALLS:
            self._used.popitem(last=False)

    def end(self, call: Call, summary: CallSummary, closed: Closed) -> None:
        """Cease to hold a call; its id, summary and last events stay known for a while."""
        self._live.pop(call.id, None)
        ended = Ended(summary, call.token, closed, call.events.since(0)[-LAST_EVENTS:])
        self._ended[call.id] = ended
        self._with_events.append(ended)
        if len(self._with_events) > WITH_EVENTS:
            self._with_events.popleft().events = []
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

"""What we say in one call: utterances out with credit, and how much of them the caller heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon import slot
from daemon.call.delivery import Clip, Delivery, text_heard
from daemon.call.loudness import amplify
from engines.dialog.moves import Clause

SETTLE_MS: Final = 600
"""After the last frame: how long the client may take to say that it took it."""
NEARLY_SAID_MS: Final = 1_000
"""Of what is left to say when more of it is asked for: time to make a clause anew, nearly."""


class Mouth:
    """The agent's half of a call inside the worker.

    ``send`` takes slot messages. Utterance numbers rise by one from ``first`` and never repeat.
    The line's own clock paces everything: ``on_frame`` is told once a tick what is on the line.
    At most one utterance is open; who opened it is told how it ended. One that was cut is over at
    once, and told of when the line has settled how much of it was heard.
    """

    def __init__(
        self, call: bytes, rate_hz: int, send: Callable[[slot.Message], None], first: int = 0
    ) -> None:
        self._call = call
        self._rate_hz = rate_hz
        self._send = send
        self._next = first
        self._open: _Utterance | None = None
        self._cutting: dict[int, _Utterance] = {}
        """Cut, and not yet settled by the line."""

    @property
    def speaking(self) -> bool:
        """An utterance is open: being made, on the line, or not yet taken whole."""
        return self._open is not None

    @property
    def audible(self) -> bool:
        """Our voice may be at the caller's ear at this instant."""
        utterance = self._open
        return (
            utterance is not None
            and utterance.first_frame_ms is not None
            and utterance.done_at_ms is None
        )

    @property
    def last_clause_begun(self) -> bool:
        """The last clause of the utterance is on the line: the caller knows what is asked."""
        utterance = self._open
        return (
            utterance is not None
            and utterance.whole
            and utterance.clips[-1].spoken
            and utterance.played > utterance.clips[-1].start
        )

    def takes(self, utterance: int) -> bool:
        """Whether clauses can be added to the utterance of that number."""
        current = self._open
        return current is not None and current.number == utterance and not current.whole

    async def nearly_said(self, utterance: int) -> None:
        """Wait until little of an utterance is left to say, or it is over."""
        current = self._open
        if current is not None and current.number == utterance:
            await current.low.wait()

    # Speaking

    def begin(self, settled: Callable[[Delivery], None]) -> int:
        """Open an utterance; returns its number. ``settled`` is called once, when it has ended."""
        if self._open is not None:
            raise RuntimeError(f"utterance {self._open.number} is still open")
        self._open = _Utterance(self._next, settled)
        self._next += 1
        return self._open.number

    def add(
        self, clause: Clause, pcm: NDArray[np.int16], *, last: bool, spoken: bool = True
    ) -> None:
        """Queue one clause, (T,) int16 at the line's rate.

        Args:
            clause: what is said.
            pcm: its sound.
            last: it closes the utterance.
            spoken: False: the clause could not be made, and ``pcm`` is silence in its place.
        """
        utterance = self._open
        if utterance is None:
            return
        pcm = amplify(pcm, clause.gain_db)
        utterance.clips.append(
            Clip(clause=clause, start=utterance.samples, samples=pcm.size, spoken=spoken)
        )
        utterance.pcm.append(pcm)
        utterance.whole = last
        self._pump(utterance)
        self._note_what_is_left(utterance)

    def duck(self) -> None:
        """Go on more softly: the caller may be speaking."""
        utterance = self._open
        if utterance is not None and not utterance.ducked:
            utterance.ducked = True
            self._send(slot.Duck(call=self._call, utterance=utterance.number))

    def rise(self) -> None:
        """Go on as loud as before."""
        utterance = self._open
        if utterance is not None and utterance.ducked:
            utterance.ducked = False
            self._send(slot.Rise(call=self._call, utterance=utterance.number))

    # Ending

    def cut(self, now_ms: float) -> bool:
        """Stop speaking now. The delivery comes when the line has settled it."""
        utterance = self._open
        if utterance is None:
            return False
        self._begin_cut(utterance, now_ms)
        self._send(slot.Cut(call=self._call, utterance=utterance.number))
        return True

    def hold(self, now_ms: float) -> None:
        """HOLD: the line cuts what is on it by itself; what is still on its way there is cut."""
        utterance = self._open
        if utterance is not None and self.audible:
            utterance.uncalled = True
            self._begin_cut(utterance, now_ms)
        else:
            self.cut(now_ms)

    def cut_done(self, message: slot.CutDone, now_ms: float) -> None:
        """The line settled a cut, ours or its own."""
        utterance = self._open
        if utterance is not None and utterance.number == message.utterance:
            utterance.uncalled = True
            self._begin_cut(utterance, now_ms)
        cut = self._cutting.get(message.utterance)
        if cut is not None:
            cut.heard = message.heard
            self._deliver(cut, now_ms)

    def settle_now(self, now_ms: float) -> None:
        """Something else is to be said: what is open ends here."""
        utterance = self._open
        if utterance is not None and utterance.done_at_ms is not None:
            self._deliver(utterance, utterance.done_at_ms)
        else:
            self.cut(now_ms)

    def hang_up(self, now_ms: float) -> None:
        """The line is gone: all ends as far as it is known to be heard, and nobody is told."""
        utterance = self._open
        if utterance is not None and utterance.done_at_ms is not None:
            self._deliver(utterance, utterance.done_at_ms)
        elif utterance is not None:
            self._begin_cut(utterance, now_ms)
        for cut in list(self._cutting.values()):
            self._deliver(cut, now_ms)

    def _begin_cut(self, utterance: _Utterance, now_ms: float) -> None:
        self._open = None
        utterance.low.set()
        utterance.cut_ms = now_ms
        self._cutting[utterance.number] = utterance

    # The line's clock

    def on_frame(self, frame: slot.CallFrame) -> None:
        """One tick of the line: send what credit allows; settle what was taken whole."""
        for cut in list(self._cutting.values()):
            cut.note_heard(frame)
            if cut.cut_ms is not None and frame.now_ms - cut.cut_ms >= SETTLE_MS:
                self._deliver(cut, frame.now_ms)  # the line will not settle it any more
        utterance = self._open
        if utterance is None:
            return
        on_line = frame.playing is not None and frame.playing[0] == utterance.number
        if frame.playing is not None and on_line:
            utterance.played = frame.playing[1]
            if utterance.first_frame_ms is None and utterance.played > 0:
                utterance.first_frame_ms = frame.now_ms
        utterance.note_heard(frame)
        utterance.seen_on_line = utterance.seen_on_line or on_line
        if utterance.sent_last and not on_line and self._played_whole(utterance, frame.now_ms):
            self._settle(utterance, frame.now_ms)
        else:
            self._pump(utterance)
        self._note_what_is_left(utterance)

    def _note_what_is_left(self, utterance: _Utterance) -> None:
        if (utterance.samples - utterance.played) * 1000 < NEARLY_SAID_MS * self._rate_hz:
            utterance.low.set()
        else:
            utterance.low.clear()

    def _played_whole(self, utterance: _Utterance, now_ms: float) -> bool:
        """An utterance that the line does not name has been on it, or is not there yet."""
        if utterance.sent_last_at_ms is None:
            utterance.sent_last_at_ms = now_ms
        overdue = utterance.sent_last_at_ms + utterance.samples * 1000 / self._rate_hz + SETTLE_MS
        return utterance.seen_on_line or utterance.heard > 0 or now_ms > overdue

    def _settle(self, utterance: _Utterance, now_ms: float) -> None:
        """The line has played everything: wait until the client says that it took it."""
        if utterance.first_frame_ms is None:
            utterance.first_frame_ms = now_ms
        if utterance.done_at_ms is None:
            utterance.played = utterance.samples
            utterance.done_at_ms = now_ms
        if utterance.heard >= utterance.samples or now_ms - utterance.done_at_ms >= SETTLE_MS:
            self._deliver(utterance, utterance.done_at_ms)

    def _pump(self, utterance: _Utterance) -> None:
        credit = utterance.played + slot.CREDIT_MS * self._rate_hz // 1000
        while utterance.sent < min(credit, utterance.samples):
            chunk = utterance.chunk(min(credit, utterance.samples) - utterance.sent)
            last = utterance.whole and utterance.sent + chunk.size == utterance.samples
            self._say(utterance, chunk.tobytes(), last)
        if utterance.whole and not utterance.sent_last and utterance.sent == utterance.samples:
            self._say(utterance, b"", True)

    def _say(self, utterance: _Utterance, pcm: bytes, last: bool) -> None:
        self._send(
            slot.Say(
                call=self._call,
                utterance=utterance.number,
                offset=utterance.sent,
                pcm=pcm,
                last=last,
            )
        )
        utterance.sent += len(pcm) // 2
        utterance.sent_last = last

    def _deliver(self, utterance: _Utterance, last_frame_ms: float) -> None:
        if self._open is utterance:
            self._open = None
        utterance.low.set()
        self._cutting.pop(utterance.number, None)
        clips = utterance.clips
        # A cut that comes after the last sample was heard cuts nothing.
        whole = utterance.whole and utterance.heard >= utterance.samples
        cut = utterance.cut_ms is not None and not whole
        utterance.settled(
            Delivery(
                utterance=utterance.number,
                text=text_heard(clips, utterance.heard),
                heard=utterance.heard,
                cut=cut,
                uncalled=utterance.uncalled and cut,
                missed=(
                    not utterance.whole
                    or not clips[-1].spoken
                    or utterance.heard <= clips[-1].start
                ),
                unspoken=sum(not clip.spoken for clip in clips),
                first_frame_ms=utterance.first_frame_ms,
                last_frame_ms=last_frame_ms if utterance.first_frame_ms is not None else None,
                cut_ms=utterance.cut_ms if cut else None,
            )
        )


class _Utterance:
    """The bookkeeping of the utterance that is open."""

    def __init__(self, number: int, settled: Callable[[Delivery], None]) -> None:
        self.number = number
        self.settled = settled
        self.clips: list[Clip] = []
        self.pcm: list[NDArray[np.int16]] = []
        self.low = asyncio.Event()
        """Little of it is left to say, or it is over."""
        self.ducked = False
        self.whole = False
        """Every clause of the reply has been added."""
        self.uncalled = False
        """The gateway cuts it, not we."""
        self.sent = 0
        self.sent_last = False
        self.sent_last_at_ms: float | None = None
        self.seen_on_line = False
        self.played = 0
        self.heard = 0
        self.first_frame_ms: float | None = None
        self.done_at_ms: float | None = None
        self.cut_ms: float | None = None

    @property
    def samples(self) -> int:
        """Samples queued so far."""
        return self.clips[-1].start + self.clips[-1].samples if self.clips else 0

    def note_heard(self, frame: slot.CallFrame) -> None:
        """How much of it the client has taken by now."""
        if frame.heard is not None and frame.heard[0] == self.number:
            self.heard = frame.heard[1]

    def chunk(self, most: int) -> NDArray[np.int16]:
        """The next at most ``most`` samples after ``sent``, out of one clip."""
        for clip, pcm in zip(reversed(self.clips), reversed(self.pcm), strict=True):
            if clip.start <= self.sent:
                return pcm[self.sent - clip.start : self.sent - clip.start + most]
        raise AssertionError("sent lies before the first clip")

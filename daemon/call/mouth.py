"""What we say in one call: utterances out with credit, and how much of them the caller heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon import slot
from engines.dialog.moves import Clause

_NOTHING: Final = np.zeros(0, np.int16)
SETTLE_MS: Final = 600
"""After the last frame: how long the client may take to say that it took it."""


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """One clause of an utterance as PCM."""

    clause: Clause
    start: int
    """Offset in the utterance, samples at the line's rate."""
    samples: int


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How an utterance ended."""

    utterance: int
    text: str
    """The reply as far as the caller took it."""
    heard: int
    """Samples taken."""
    cut: bool
    missed: bool
    """The caller took nothing of the last clause, where a question asks what it asks."""
    first_frame_ms: float | None
    last_frame_ms: float | None
    cut_ms: float | None


def text_heard(clips: list[Clip], heard: int) -> str:
    """The words of ``clips`` that lie before sample ``heard``.

    Kokoro gives no word times: inside the cut clause the place is estimated in proportion to
    its length and moved back to the last whole word (a character in Chinese). An estimate is
    marked with an ellipsis.
    """
    parts: list[str] = []
    for clip in clips:
        text = clip.clause.text
        if heard >= clip.start + clip.samples:
            parts.append(text)
            continue
        if heard > clip.start:
            place = int(len(text) * (heard - clip.start) / clip.samples)
            if clip.clause.language == "en" and place < len(text):
                place = max(0, text.rfind(" ", 0, place + 1))
            if text[:place].strip():
                parts.append(text[:place].rstrip() + "…")
        break
    joiner = " " if clips and clips[0].clause.language == "en" else ""
    return joiner.join(parts)


class Mouth:
    """The agent's half of a call inside the worker.

    ``send`` takes slot messages. Utterance numbers rise by one and never repeat. The line's own
    clock paces everything: ``on_frame`` is told once a tick what is on the line.
    """

    def __init__(self, call: bytes, rate_hz: int, send: Callable[[slot.Message], None]) -> None:
        self._call = call
        self._rate_hz = rate_hz
        self._send = send
        self._next = 0
        self._current: _Utterance | None = None
        self.played_now = _NOTHING
        """What of ours went on the line in the last tick, (T,) int16."""

    @property
    def speaking(self) -> bool:
        """An utterance is open: being made, on the line, or not yet settled."""
        return self._current is not None

    @property
    def audible(self) -> bool:
        """Our voice may be at the caller's ear at this instant."""
        current = self._current
        return (
            current is not None
            and current.first_frame_ms is not None
            and current.done_at_ms is None
        )

    def begin(self) -> int:
        """Open an utterance; returns its number."""
        if self._current is not None:
            raise RuntimeError(f"utterance {self._current.number} is still open")
        self._current = _Utterance(self._next)
        self._next += 1
        return self._current.number

    def add(self, clause: Clause, pcm: NDArray[np.int16], *, last: bool) -> None:
        """Queue one clause, (T,) int16 at the line's rate; ``last`` closes the utterance."""
        current = self._current
        if current is None or current.cut_ms is not None:
            return
        current.clips.append(Clip(clause=clause, start=current.samples, samples=pcm.size))
        current.pcm.append(pcm)
        current.closed = current.whole = last
        self._pump(current)

    def cut(self, now_ms: float) -> bool:
        """Stop speaking now. The delivery comes when the line has settled it."""
        current = self._current
        if current is None or current.cut_ms is not None:
            return False
        current.cut_ms = now_ms
        current.closed = True
        self._send(slot.Cut(call=self._call, utterance=current.number))
        return True

    def cut_done(self, message: slot.CutDone, now_ms: float) -> Delivery | None:
        """The line settled a cut."""
        current = self._current
        if current is None or message.utterance != current.number:
            return None
        current.heard = message.heard
        return self._deliver(current, now_ms)

    def settle_now(self, now_ms: float) -> Delivery | None:
        """Something else is to be said: what is open ends as far as it is known to be heard."""
        current = self._current
        if current is None:
            return None
        if current.done_at_ms is None and current.cut_ms is None:
            self.cut(now_ms)
        return self._deliver(current, now_ms if current.done_at_ms is None else current.done_at_ms)

    def on_frame(self, frame: slot.CallFrame) -> Delivery | None:
        """One tick of the line: send what credit allows; the delivery once all was taken."""
        self.played_now = _NOTHING
        current = self._current
        if current is None:
            return None
        if frame.playing is not None and frame.playing[0] == current.number:
            self.played_now = current.between(current.played, frame.playing[1])
            current.played = frame.playing[1]
            if current.first_frame_ms is None and current.played > 0:
                current.first_frame_ms = frame.now_ms
        if frame.heard is not None and frame.heard[0] == current.number:
            current.heard = frame.heard[1]
        if current.cut_ms is not None:
            return None
        on_line = frame.playing is not None and frame.playing[0] == current.number
        current.seen_on_line = current.seen_on_line or on_line
        if current.sent_last and not on_line:
            if current.sent_last_at_ms is None:
                current.sent_last_at_ms = frame.now_ms
            overdue = current.sent_last_at_ms + current.samples * 1000 / self._rate_hz + SETTLE_MS
            if current.seen_on_line or current.heard or frame.now_ms > overdue:
                return self._settle(current, frame.now_ms)
        self._pump(current)
        return None

    def _settle(self, current: _Utterance, now_ms: float) -> Delivery | None:
        """The line has played everything: wait until the client says that it took it."""
        if current.first_frame_ms is None:
            current.first_frame_ms = now_ms
        if current.done_at_ms is None:
            current.played = current.samples
            current.done_at_ms = now_ms
        if current.heard >= current.samples or now_ms - current.done_at_ms >= SETTLE_MS:
            return self._deliver(current, current.done_at_ms)
        return None

    def _pump(self, current: _Utterance) -> None:
        credit = current.played + slot.CREDIT_MS * self._rate_hz // 1000
        while current.sent < min(credit, current.samples):
            chunk = current.chunk(min(credit, current.samples) - current.sent)
            last = current.closed and current.sent + chunk.size == current.samples
            self._send(
                slot.Say(
                    call=self._call,
                    utterance=current.number,
                    offset=current.sent,
                    pcm=chunk.tobytes(),
                    last=last,
                )
            )
            current.sent += chunk.size
            current.sent_last = last
        if current.closed and not current.sent_last and current.sent == current.samples:
            self._send(
                slot.Say(
                    call=self._call,
                    utterance=current.number,
                    offset=current.sent,
                    pcm=b"",
                    last=True,
                )
            )
            current.sent_last = True

    def _deliver(self, current: _Utterance, last_frame_ms: float) -> Delivery:
        self._current = None
        return Delivery(
            utterance=current.number,
            text=text_heard(current.clips, current.heard),
            heard=current.heard,
            cut=current.cut_ms is not None,
            missed=not current.whole or current.heard <= current.clips[-1].start,
            first_frame_ms=current.first_frame_ms,
            last_frame_ms=last_frame_ms if current.first_frame_ms is not None else None,
            cut_ms=current.cut_ms,
        )


class _Utterance:
    """The bookkeeping of the utterance that is open."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.clips: list[Clip] = []
        self.pcm: list[NDArray[np.int16]] = []
        self.closed = False
        self.whole = False
        """Every clause of the reply has been added."""
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

    def between(self, start: int, end: int) -> NDArray[np.int16]:
        """Samples ``start`` to ``end`` of the utterance."""
        parts = [
            pcm[max(0, start - clip.start) : max(0, end - clip.start)]
            for clip, pcm in zip(self.clips, self.pcm, strict=True)
        ]
        return np.concatenate(parts) if parts else _NOTHING

    def chunk(self, most: int) -> NDArray[np.int16]:
        """The next at most ``most`` samples after ``sent``, out of one clip."""
        for clip, pcm in zip(reversed(self.clips), reversed(self.pcm), strict=True):
            if clip.start <= self.sent:
                return pcm[self.sent - clip.start : self.sent - clip.start + most]
        raise AssertionError("sent lies before the first clip")

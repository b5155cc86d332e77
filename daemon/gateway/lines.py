"""The 20 ms tick of all lines: our voice out, the caller's in, and the timers of each call."""

from __future__ import annotations

import logging
from typing import Final

from daemon import slot
from daemon.gateway.calls import Call
from daemon.gateway.cuts import Cuts
from daemon.gateway.hearing import Stretch
from daemon.gateway.line_tones import LineTones
from daemon.gateway.media import judge
from daemon.gateway.switchboard import Switchboard
from daemon.gateway.transfers import Transfers
from daemon.journal import line
from engines._core import g711_decode
from kefu.protocol import Event

HELD_ASKED_S: Final = 1.0

_log = logging.getLogger("kefud.calls")


class Lines:
    """Moves every call by one tick."""

    def __init__(self, switchboard: Switchboard, cuts: Cuts, transfers: Transfers) -> None:
        """``cuts`` and ``transfers``: their deadlines are judged here."""
        self._switchboard = switchboard
        self._cuts = cuts
        self._transfers = transfers
        self._tones = LineTones(switchboard)

    def tick(self, ticks: int, now: float) -> None:
        """Play what is due, judge the timers, and tell the worker of every line."""
        self._switchboard.door.flush(now)
        frames: list[tuple[Call, slot.CallFrame]] = []
        for call in self._switchboard.calls:
            try:
                frame = self._tick_call(call, ticks, now)
            except Exception:  # a fault in one call must not end the others
                self._switchboard.counters["faults"] += 1
                _log.exception(line("call_failed", call=call.id))
                self._switchboard.end(call, "worker_lost", now)
            else:
                if frame is not None:
                    frames.append((call, frame))
        sent = self._switchboard.worker.send_frame(tuple(frame for _, frame in frames), now)
        if not sent:
            for call, frame in frames:
                call.hearing.give_back(frame.lost + len(frame.pcm) // 2)

    def _tick_call(self, call: Call, ticks: int, now: float) -> slot.CallFrame | None:
        self._judge(call, now)
        if call.closing is not None:
            self._switchboard.release(call, now)
            return None
        self._cuts.expire(call, now)
        self._transfers.expire(call, now)
        played = b""
        if not call.held and not self._switchboard.door.blocked(call.peer):
            call.speech.feed_hold()
            for _ in range(ticks):
                played += self._play(call, now)
        elif call.held and now >= call.asked_at + HELD_ASKED_S:
            # Nothing is sent to a held call: only so a client that has vanished is noticed.
            call.asked_at = now
            self._switchboard.ask_for(call, now)
        self._switchboard.release(call, now)
        stands_still = call.held or self._switchboard.door.gone(call.peer)
        if call.closing is not None or stands_still:
            return None
        stretch = call.hearing.take()
        self._tones.tick(call, now)
        if call.recording is not None:  # by the clock: what was lost is silence there
            call.recording.tick(stretch.pcm, _pcm(call, played))
        if call.closing is not None:  # the line said that the caller has gone
            return None
        return self._frame(call, stretch, now)

    def _play(self, call: Call, now: float) -> bytes:
        frame = call.playout.next()
        if frame is None:
            return b""
        self._switchboard.send_audio(call, frame, now)
        return frame.payload

    def _judge(self, call: Call, now: float) -> None:
        media = call.media(now, self._switchboard.door.gone_s(call.peer, now))
        verdict = judge(media, self._switchboard.settings.gateway)
        if verdict == "stalled":
            call.note_stalled()
            data = {"idle_ms": round(media.idle_ms)}
            self._switchboard.event(call, Event(kind="media.stalled", data=data), now)
        elif verdict:
            self._switchboard.end(call, verdict, now)

    def _frame(self, call: Call, stretch: Stretch, now: float) -> slot.CallFrame:
        return slot.CallFrame(
            call=call.id,
            now_ms=round(call.now_ms(now), 2),
            first_sample=stretch.first_sample,
            pcm=stretch.pcm,
            lost=stretch.lost,
            idle_ms=0 if stretch.pcm else round(call.idle_ms(now)),
            playing=call.speech.playing,
            heard=call.speech.heard,
            echo=round(stretch.echo, 2),
            level_dbfs=round(call.line.level_dbfs, 1),
            noise_dbfs=round(call.line.noise_dbfs, 1),
            agent_dbfs=round(call.line.agent_dbfs, 1),
        )


def _pcm(call: Call, payload: bytes) -> bytes:
    """Coded audio as int16."""
    codec = call.asked.codec
    return payload if codec == "slin" else g711_decode(payload, codec)

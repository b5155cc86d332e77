"""HOLD and RESUME: the caller hears the PBX's music, and both numberings stand still."""

from __future__ import annotations

from daemon import slot
from daemon.gateway.calls import Call
from daemon.gateway.cuts import Cuts
from daemon.gateway.switchboard import Switchboard
from kefu.protocol import Event


class CallerHold:
    """Holds calls and takes them up again."""

    def __init__(self, switchboard: Switchboard, cuts: Cuts) -> None:
        """``cuts``: for the speech that a hold interrupts."""
        self._switchboard = switchboard
        self._cuts = cuts

    def hold(self, call: Call, now: float) -> None:
        """Neither listen nor speak from now on."""
        if call.held:
            return
        playing = call.speech.playing
        call.speech.stop_hold()
        call.held = True
        call.asked_at = now
        self._switchboard.tell_worker(call, slot.Hold(call=call.id), now)
        if playing is not None:
            self._cuts.cut(call, playing[0], now)
        self._switchboard.event(call, Event(kind="held"), now)

    def resume(self, call: Call, now: float) -> None:
        """Both numberings go on at the next number."""
        if not call.held:
            return
        call.held = False
        call.restart_media_timers(now)
        self._switchboard.tell_worker(call, slot.Resume(call=call.id), now)
        self._switchboard.event(call, Event(kind="resumed"), now)

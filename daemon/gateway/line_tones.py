"""What the caller's line says in tones: keys, an exchange's busy tone, a fax machine."""

from __future__ import annotations

import logging
from typing import Final, cast

from daemon import slot
from daemon.gateway.calls import Call
from daemon.gateway.switchboard import Switchboard
from daemon.journal import line
from kefu.protocol import Digit, Event

HUNG_UP: Final = ("busy", "congestion")
"""An analogue trunk says so when the caller has gone: no message does."""

_log = logging.getLogger("kefud.calls")


class LineTones:
    """Tells client and worker of the tones in a call's audio. Digits are never logged."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._settings = switchboard.settings.gateway

    def tick(self, call: Call, now: float) -> None:
        """What was heard in what the call's line gave at this tick."""
        digits = call.line.keys()
        tones = call.line.progress()
        if call.transferring or call.closing is not None:
            return  # the PBX is dialling
        if self._settings.inband_dtmf:
            for digit in digits:
                self._key(call, digit, now)
        for tone in tones:
            self._tone(call, tone, now)

    def _key(self, call: Call, digit: str, now: float) -> None:
        if not call.key_presses.heard(digit, now):
            return
        event = Event(kind="dtmf", data={"digit": digit, "inband": True})
        self._switchboard.event(call, event, now)
        key = slot.Dtmf(call=call.id, digit=cast("Digit", digit))
        self._switchboard.tell_worker(call, key, now)

    def _tone(self, call: Call, tone: str, now: float) -> None:
        self._switchboard.event(call, Event(kind="tone", data={"tone": tone}), now)
        if tone.startswith("fax"):
            _log.info(line("fax_heard", call=call.id, tone=tone))
        if tone in HUNG_UP and self._settings.end_on_busy_tone:
            _log.info(line("hung_up_tone", call=call.id, tone=tone))
            call.outcome = "abandoned"
            self._switchboard.end(call, "normal", now)

"""Putting a caller through to a human: EVENT ``transfer``, and what the PBX makes of it."""

from __future__ import annotations

import logging
from typing import Any

from daemon import slot
from daemon.gateway.calls import Call
from daemon.gateway.switchboard import Switchboard
from daemon.journal import line
from kefu.protocol import Event, TransferResult

_log = logging.getLogger("kefud.calls")


class Transfers:
    """From the wish to the answer. While one is under way the media timers stand still."""

    def __init__(self, switchboard: Switchboard) -> None:
        """``switchboard``: whose calls they are."""
        self._switchboard = switchboard

    def begin(self, call: Call, data: dict[str, Any], now: float, ticket: int | None) -> None:
        """Ask the PBX; the event follows the commit of ``ticket``."""
        reason = str(data.get("reason", ""))[:64]
        call.transfer_reason = reason
        call.transfer_result = ""
        wait_s = self._switchboard.settings.gateway.transfer_timeout_ms / 1000
        call.transfer_deadline = now + wait_s
        if ticket is None:
            ticket = self._switchboard.record_summary(call, now)
        self._switchboard.event(call, Event(kind="transfer", data=data), now, ticket)
        _log.info(line("transfer", call=call.id, target=data.get("target", ""), reason=reason))

    def answered(self, call: Call, result: TransferResult, now: float) -> None:
        """TRANSFERRED: ``ok`` ends the call here; else the dialogue goes on."""
        if not call.transferring:
            self._switchboard.counters["transferred_uncalled"] += 1
            return
        call.transfer_deadline = None
        call.transfer_result = result
        self._switchboard.event(call, Event(kind="transferred", data={"result": result}), now)
        _log.info(line("transferred", call=call.id, result=result))
        if result == "ok":
            call.outcome = "transferred"
            self._switchboard.end(call, "transferred", now)
            return
        call.restart_media_timers(now)
        message = slot.Transferred(call=call.id, result=result)
        self._switchboard.tell_worker(call, message, now)

    def expire(self, call: Call, now: float) -> None:
        """A PBX that never answers."""
        if call.transfer_deadline is not None and now >= call.transfer_deadline:
            self._switchboard.counters["transfers_unanswered"] += 1
            self.answered(call, "no_answer", now)

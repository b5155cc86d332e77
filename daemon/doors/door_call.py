"""One call behind its UUID: it outlives the connection while Asterisk puts the caller through."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import msgspec

import kefu
from daemon.doors.caller_line import FRAMES_A_SECOND
from daemon.journal import line
from kefu.protocol import TransferResult

UNREPORTED_S: Final = 10.0
"""A dialplan that has said nothing until the gateway gives the transfer up is gone, most likely."""

_log = logging.getLogger("kefu-audiosocket")


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Where the caller is to be put through, and what the human is told: EVENT ``transfer``."""

    target: str = ""
    reason: str = ""
    summary: str = ""
    slots: dict[str, str] = {}


class DoorCall:
    """A kefu call, the connection that it has or awaits, and how it ended."""

    def __init__(
        self,
        uuid: str,
        call: kefu.AsyncCall,
        return_s: float,
        alive_s: float,
        on_end: Callable[[DoorCall], None],
    ) -> None:
        """Follow a call that was just opened.

        Args:
            uuid: Asterisk's name for it.
            call: open.
            return_s: after a transfer that failed, so long the caller may take to come back.
            alive_s: meanwhile a frame of silence at least so often keeps the call alive.
            on_end: told once, when the call is over.
        """
        self.uuid = uuid
        self.call = call
        self.transfer: Transfer | None = None
        """The caller is to be put through; None: he talks to the agent."""
        self.cause = ""
        """Why the call is over: a cause of CLOSED or the code of an error; empty while it lives."""
        self.attached = True
        """A connection of Asterisk carries it."""
        self.ending = ""
        """Why we end it, a cause as of CLOSED; nobody comes back to it. Empty: we do not."""
        self.leave = asyncio.Event()
        """Asterisk's connection is to be hung up."""
        self._return_s = return_s
        self._alive_s = alive_s
        self._closing = False
        self._on_end = on_end
        self._away: asyncio.TimerHandle | None = None
        self._tasks = {asyncio.create_task(self._follow())}

    @property
    def reason(self) -> str:
        """Why the connection is hung up."""
        return self.cause or "transfer"

    @property
    def rate_hz(self) -> int:
        """Of both voices' samples."""
        return self.call.frame_bytes // 2 * FRAMES_A_SECOND

    def attach(self) -> None:
        """Asterisk is back with the caller; who says nothing of the transfer has reached nobody."""
        self._stop_waiting()
        self.attached = True
        if self.transfer is not None:
            self.report("no_answer")
        if not self.cause:
            self.leave.clear()

    def detach(self, *, left: bool) -> None:
        """Asterisk's connection is gone; ``left``: because of a transfer, so he may come back."""
        self.attached = False
        if not self.cause and not (left and self.transfer is not None):
            self.hang_up()

    def report(self, result: TransferResult) -> None:
        """What became of the transfer; after other than ``ok`` the caller comes back.

        ``ok`` ends the call also where the gateway has given the transfer up meanwhile.
        """
        if self.cause:
            return
        if self.transfer is None:
            if result == "ok" and not self.attached:
                self.hang_up("transferred")
            return
        self.transfer = None
        _log.info(line("transferred", uuid=self.uuid, call=self.call.id, result=result))
        try:
            self.call.transferred(result)
        except kefu.KefuError:
            return  # its end is told by its events
        if result == "ok":
            self.ending = "transferred"
        else:
            self._await_return(self._return_s)

    def hang_up(self, cause: str = "normal") -> None:
        """End the call; its events tell when it is over."""
        self._stop_waiting()
        if self._closing:
            return
        self._closing = True
        self.ending = self.ending or cause
        self._tasks.add(asyncio.create_task(self._close()))

    async def ended(self) -> None:
        """Wait until all that is under way for this call has ended. Raises nothing."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _close(self) -> None:
        try:
            closed = await self.call.close()
        except kefu.KefuError as error:
            self._end(error.code)
        else:  # CLOSED may not have come in time
            self._end(closed.cause if closed is not None else "normal")

    async def _follow(self) -> None:
        try:
            async for event in self.call.events():
                if event.kind == "transfer":
                    self.transfer = _transfer(event.data)
                    self.leave.set()
                elif event.kind == "transferred":
                    self.transfer = None  # also where nobody reported for 60 s
                    self._await_return(min(self._return_s, UNREPORTED_S))
        except kefu.KefuError as error:
            self._end(error.code)
        else:
            closed = self.call.closed
            self._end(closed.cause if closed is not None else "normal")

    def _end(self, cause: str) -> None:
        if not self.cause:
            self.cause = self.ending or cause
            self.transfer = None
            self._stop_waiting()
            self.leave.set()
            self._on_end(self)

    def _await_return(self, within_s: float) -> None:
        if not self.attached and not self.ending and self._away is None:
            self._stay(asyncio.get_running_loop().time() + within_s)

    def _stay(self, until: float) -> None:
        """Nobody is on the line: a frame now and then, since the gateway ends a call without."""
        loop = asyncio.get_running_loop()
        if loop.time() >= until:
            self.hang_up("return_timeout")  # should he ask after all, he needs somebody else
            return
        with suppress(kefu.KefuError):  # its end is told by its events
            self.call.send(bytes(self.call.frame_bytes))
        self._away = loop.call_later(min(self._alive_s, until - loop.time()), self._stay, until)

    def _stop_waiting(self) -> None:
        if self._away is not None:
            self._away.cancel()
            self._away = None


def _transfer(data: dict[str, Any]) -> Transfer:
    """From the data of the event, whatever is missing in it."""
    slots = data.get("slots")
    return Transfer(
        target=str(data.get("target", "")),
        reason=str(data.get("reason", "")),
        summary=str(data.get("summary", "")),
        slots={str(k): str(v) for k, v in slots.items()} if isinstance(slots, dict) else {},
    )

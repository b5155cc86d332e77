"""The calls of the AudioSocket door by their UUIDs, and how the last ones ended."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import msgspec

import kefu
from daemon.doors.door_call import DoorCall
from daemon.doors.errors import UuidInUse
from daemon.doors.settings import AudioSocketLine

ANSWER_S: Final = 2.0
"""A gateway that has not answered for so long is not there: the dialplan goes on without it."""
REMEMBERED: Final = 256
"""Calls that ended last: the dialplan asks at once."""


class Ended(msgspec.Struct, frozen=True):
    """How a call ended, or why it was never opened; for the dialplan, which asks afterwards."""

    call: bytes
    """Empty: it was never opened."""
    cause: str


class CallBook:
    """Opens calls, finds them again, and remembers the last that ended."""

    def __init__(self, address: str, return_s: float) -> None:
        """``address``: the gateway's; it need not be there yet. ``return_s``: as ``DoorCall``."""
        self.closing = False
        """No new call is opened."""
        self._address = address
        self._return_s = return_s
        self._client: kefu.AsyncClient | None = None
        self._live: dict[str, DoorCall] = {}
        self._opening: set[str] = set()
        self._ended: OrderedDict[str, Ended] = OrderedDict()

    def __len__(self) -> int:
        return len(self._live)

    def live(self, uuid: str) -> DoorCall | None:
        """The call of that UUID, with a connection or without."""
        return self._live.get(uuid)

    def ended(self, uuid: str) -> Ended | None:
        """How the last call of that UUID ended."""
        return self._ended.get(uuid)

    async def take(self, uuid: str, asked: AudioSocketLine) -> DoorCall:
        """The call that waits under that UUID, else a new one.

        Raises UuidInUse, GatewayUnreachable, and what the gateway refuses with: Busy, NoWorker …
        """
        known = self._live.get(uuid)
        if uuid in self._opening or (known is not None and known.attached):
            raise UuidInUse(f"The call {uuid} has a connection.")
        if known is not None and not known.closing:
            known.attach()
            return known
        self._opening.add(uuid)
        try:
            call = await self._open(asked)
        except kefu.KefuError as error:
            self._remember(uuid, Ended(b"", error.code))
            raise
        finally:
            self._opening.discard(uuid)
        self._live[uuid] = DoorCall(uuid, call, self._return_s, self._end)
        return self._live[uuid]

    async def close(self) -> None:
        """Hang up every call, then end the connection to the gateway."""
        self.closing = True
        calls = list(self._live.values())
        for call in calls:
            call.hang_up()
        for call in calls:
            await call.ended()
        if self._client is not None:
            await self._client.close()

    async def _open(self, asked: AudioSocketLine) -> kefu.AsyncCall:
        if self.closing:
            raise kefu.Draining("The door is being closed.")
        if self._client is None:
            self._client = kefu.AsyncClient(self._address, timeout_s=ANSWER_S)
        return await self._client.call(
            codec="slin", rate_hz=asked.rate_hz, called=asked.called, language=asked.language
        )

    def _end(self, call: DoorCall) -> None:
        if self._live.get(call.uuid) is call:
            del self._live[call.uuid]
        self._remember(call.uuid, Ended(call.call.id, call.cause))

    def _remember(self, uuid: str, ended: Ended) -> None:
        self._ended.pop(uuid, None)
        self._ended[uuid] = ended
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

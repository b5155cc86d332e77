"""The calls of the AudioSocket door by their UUIDs, and how the last ones ended."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final

import msgspec

import kefu
from daemon.doors.announced import Announcements
from daemon.doors.door_call import DoorCall
from daemon.doors.errors import OtherRate, UuidInUse
from daemon.doors.settings import AudioSocketLine, AudioSocketSettings

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

    def __init__(self, address: str, settings: AudioSocketSettings, media_timeout_s: float) -> None:
        """Follow no call yet.

        Args:
            address: the gateway's; it need not be there yet.
            settings: how long a caller may take to come back.
            media_timeout_s: so long without a caller's audio, and the gateway ends his call.
        """
        self.closing = False
        """No new call is opened."""
        self.announced = Announcements(time.monotonic)
        """Numbers of callers who are about to come."""
        self._address = address
        self._return_s = settings.return_timeout_ms / 1000
        self._alive_s = media_timeout_s / 3
        self._client: kefu.AsyncClient | None = None
        self._live: dict[str, DoorCall] = {}
        self._opening: set[str] = set()
        self._contested: set[str] = set()
        self._ended: OrderedDict[str, Ended] = OrderedDict()

    def __len__(self) -> int:
        return len(self._live)

    def live(self, uuid: str) -> DoorCall | None:
        """The call of that UUID, with a connection or without."""
        return self._live.get(uuid)

    def ended(self, uuid: str) -> Ended | None:
        """How the last call of that UUID ended."""
        return self._ended.get(uuid)

    def contested(self, uuid: str) -> bool:
        """Another connection was refused because the call of that UUID has one, and still has."""
        return uuid in self._contested and self._connected(uuid)

    async def take(self, uuid: str, asked: AudioSocketLine) -> DoorCall:
        """The call that waits under that UUID, else a new one.

        Raises UuidInUse, OtherRate, GatewayUnreachable, and what the gateway refuses with: Busy,
        NoWorker …
        """
        if self._connected(uuid):
            self._contested.add(uuid)
            raise UuidInUse(f"The call {uuid} has a connection.")
        self._contested.discard(uuid)
        known = self._live.get(uuid)
        if known is not None and not known.ending:
            if known.rate_hz != asked.rate_hz:
                known.hang_up(OtherRate.code)  # his dialplan would bring him here again and again
                wanted = f"port {asked.port} takes {asked.rate_hz} Hz"
                raise OtherRate(f"The call {uuid} has {known.rate_hz} Hz; {wanted}.")
            known.attach()
            return known
        self._opening.add(uuid)
        try:
            call = await self._open(uuid, asked)
        except kefu.KefuError as error:
            self._contested.discard(uuid)
            self._remember(uuid, Ended(b"", error.code))
            raise
        finally:
            self._opening.discard(uuid)
        self._live[uuid] = DoorCall(uuid, call, self._return_s, self._alive_s, self._end)
        return self._live[uuid]

    async def close(self) -> None:
        """Hang up every call, then end the connection to the gateway."""
        self.closing = True
        calls = list(self._live.values())
        for call in calls:
            call.hang_up("draining")
        for call in calls:
            await call.ended()
        if self._client is not None:
            await self._client.close()

    def _connected(self, uuid: str) -> bool:
        known = self._live.get(uuid)
        return uuid in self._opening or (known is not None and known.attached)

    async def _open(self, uuid: str, asked: AudioSocketLine) -> kefu.AsyncCall:
        if self.closing:
            raise kefu.Draining("The door is being closed.")
        if self._client is None:
            self._client = kefu.AsyncClient(self._address, timeout_s=ANSWER_S)
        numbers = self.announced.take(uuid)
        return await self._client.call(
            codec="slin",
            rate_hz=asked.rate_hz,
            language=asked.language,
            caller=numbers.caller,
            called=asked.called or numbers.called,
        )

    def _end(self, call: DoorCall) -> None:
        if self._live.get(call.uuid) is call:
            del self._live[call.uuid]
            self._contested.discard(call.uuid)
        self._remember(call.uuid, Ended(call.call.id, call.cause))

    def _remember(self, uuid: str, ended: Ended) -> None:
        self._ended.pop(uuid, None)
        self._ended[uuid] = ended
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

"""Who is let in: so many connections at once, and those beyond cost next to nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from daemon.doors.errors import DoorPortTaken
from daemon.journal import line
from kefu.errors import KefuError

BACKLOG: Final = 8
"""So many are taken before the calls that are open have their turn again."""
TOLD_S: Final = 1.0
"""Those that were refused are one line in the log per this."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]

_log = logging.getLogger("kefu-audiosocket")


class Gate:
    """Counts connections before a byte of them is read; one too many is closed at once."""

    def __init__(self, most: int, refusal: KefuError, farewell: bytes = b"") -> None:
        """So many at once, over all its ports.

        Args:
            most: connections.
            refusal: what the log says of those beyond.
            farewell: is sent to them, whether they read it or not.
        """
        self._most = most
        self._refusal = refusal
        self._farewell = farewell
        self._servers: list[asyncio.Server] = []
        self._inside: set[asyncio.Task[None]] = set()
        self._refused = 0
        self._telling: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Connections that are open now."""
        return len(self._inside)

    async def listen(self, serve: Serve, host: str, port: int, line_bytes: int) -> asyncio.Server:
        """Serve those who connect; ``line_bytes``: the reader's. Raises DoorPortTaken."""

        def admit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(self._inside) >= self._most:
                self._refuse(writer)
                return
            task = asyncio.create_task(_inside(serve, reader, writer))
            self._inside.add(task)
            task.add_done_callback(self._inside.discard)

        try:
            server = await asyncio.start_server(
                admit, host, port, limit=line_bytes, backlog=BACKLOG
            )
        except OSError as reason:
            taken = f"{host}:{port} cannot be listened on: {reason.strerror}."
            raise DoorPortTaken(taken) from reason
        self._servers.append(server)
        return server

    async def close(self, patience_s: float) -> None:
        """Listen no more; those inside have ``patience_s`` to come to their end."""
        for server in self._servers:
            server.close()
        if self._inside:
            _, late = await asyncio.wait(set(self._inside), timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._tell()

    def _refuse(self, writer: asyncio.StreamWriter) -> None:
        if self._farewell:
            writer.write(self._farewell)
        writer.transport.abort()
        self._refused += 1
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(TOLD_S, self._tell)

    def _tell(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        if self._refused:
            said = self._refusal.message
            fields = {"reason": self._refusal.code, "count": self._refused, "said": said}
            _log.warning(line("connections_refused", **fields))
            self._refused = 0


async def _inside(serve: Serve, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await serve(reader, writer)
    finally:
        writer.close()

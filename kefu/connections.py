"""The connection on which new calls go, and those on which older calls still live."""

from __future__ import annotations

import threading

from kefu.connection import Connection
from kefu.errors import GatewayUnreachable
from kefu.news import Receiver
from kefu.protocol import Move


class Connections:
    """One connection to begin with; MOVE makes the next call begin another. Safe for threads."""

    def __init__(self, address: str) -> None:
        """Begin to connect. Raises GatewayUnreachable where no socket file is."""
        self._address = address
        self._lock = threading.Lock()
        self._closed = False
        self._moved: list[Connection] = []
        self._newest: Connection | None = Connection(address, self._move)

    def attach(self, call: bytes, receiver: Receiver) -> tuple[Connection, int]:
        """A connection for a new call, and its link's number. Raises GatewayUnreachable."""
        with self._lock:
            newest = self._connection()
            return newest, newest.attach(call, receiver)

    def newest(self) -> Connection:
        """Where new calls go. Raises GatewayUnreachable."""
        with self._lock:
            return self._connection()

    def close(self) -> None:
        """End all connections, and the calls on them."""
        with self._lock:
            self._closed = True
            connections = [*self._moved, *([self._newest] if self._newest else [])]
        for connection in connections:
            connection.close()

    def _connection(self) -> Connection:
        if self._closed:
            raise GatewayUnreachable("This client is closed.", mend="Make another kefu.Client.")
        if self._newest is None:
            self._newest = Connection(self._address, self._move)
        return self._newest

    def _move(self, connection: Connection, move: Move) -> None:
        """In the thread of ``connection``."""
        with self._lock:
            if connection is not self._newest:
                return
            self._address = move.address or self._address
            self._moved = [older for older in self._moved if not older.ended]
            self._moved.append(connection)
            self._newest = None
        connection.retire()

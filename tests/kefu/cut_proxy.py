"""A proxy between a client and a gateway on unix sockets whose connections can be cut anywhere."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

CHUNK_BYTES = 65_536


class Forwarded(NamedTuple):
    """Bytes of all connections together."""

    to_gateway: int
    to_client: int


class CutProxy:
    """Listens at one path and forwards to another, both ways, byte for byte.

    ``with CutProxy(listen_path, target_path) as proxy``: a connection that is severed ends on
    both sides at once, with what was under way; the next one is accepted and forwarded as before.
    """

    def __init__(self, listen_path: Path, target_path: Path) -> None:
        """Listen from now on; a connection is refused while nobody listens at the target."""
        self._listen_path = listen_path
        self._target_path = target_path
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._to_gateway = 0
        self._to_client = 0
        self._cut_at: int | None = None
        self._accepted = 0
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(listen_path))
        self._listener.listen()
        threading.Thread(target=self._accept, name="cut-proxy", daemon=True).start()

    def __enter__(self) -> CutProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def bytes_forwarded(self) -> Forwarded:
        """Since the beginning."""
        with self._lock:
            return Forwarded(self._to_gateway, self._to_client)

    @property
    def accepted(self) -> int:
        """Connections since the beginning."""
        with self._lock:
            return self._accepted

    def sever(self) -> None:
        """Cut all connections now."""
        with self._lock:
            self._sever()

    def sever_after(self, n_bytes_to_gateway: int) -> None:
        """Cut all connections once, when so many more bytes went to the gateway.

        Not one byte more reaches it: a message is cut in the middle where they end there.
        """
        with self._lock:
            self._cut_at = self._to_gateway + n_bytes_to_gateway

    def close(self) -> None:
        """Cut all connections and accept no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._listen_path.unlink(missing_ok=True)
        self.sever()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            gateway = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                gateway.connect(str(self._target_path))
            except OSError:
                client.close()
                gateway.close()
                continue
            with self._lock:
                self._pairs.append((client, gateway))
                self._accepted += 1
            for ends in ((client, gateway, True), (gateway, client, False)):
                threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, to_gateway: bool) -> None:
        with suppress(OSError):
            while chunk := source.recv(CHUNK_BYTES):
                sink.sendall(self._counted(chunk, to_gateway))
                if to_gateway and self._due():
                    self.sever()
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _counted(self, chunk: bytes, to_gateway: bool) -> bytes:
        """What of the chunk may pass."""
        with self._lock:
            if not to_gateway:
                self._to_client += len(chunk)
                return chunk
            if self._cut_at is not None:
                chunk = chunk[: self._cut_at - self._to_gateway]
            self._to_gateway += len(chunk)
            return chunk

    def _due(self) -> bool:
        with self._lock:
            due = self._cut_at is not None and self._to_gateway >= self._cut_at
            if due:
                self._cut_at = None
            return due

    def _sever(self) -> None:
        for pair in self._pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._pairs.clear()

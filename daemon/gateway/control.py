"""The control socket: requests as lines, answered between two ticks of the line's clock.

Nothing here waits. A tick reads a few kilobytes of each of at most eight connections and answers
at most one request of each, so that no peer can hold up the calls' audio.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from daemon.control import MAX_LINE_BYTES, Answer, Failure, Request, pack, parse_request
from daemon.errors import BadRequest, ControlBusy, ControlFault
from daemon.gateway import socket_file
from daemon.journal import line
from kefu.errors import KefuError

CONNECTIONS: Final = 8
IDLE_S: Final = 10.0
"""A connection that neither asks a whole request nor takes its answer for so long is dropped."""
YIELDS_S: Final = 2.0
"""One that has been silent for so long gives its place to a new one where all are taken."""
MODE: Final = 0o660
_BACKLOG: Final = 16
_ACCEPTED_A_TICK: Final = 8
_READ_BYTES: Final = 16_384
_READING: Final = select.EPOLLIN
_WRITING: Final = select.EPOLLOUT

_log = logging.getLogger("kefud.control")


class ControlSocket:
    """Listens at ``control.sock``; ``poll`` is called once a tick by the gateway's thread."""

    def __init__(
        self, path: Path, answer: Callable[[Request], Answer], counters: Counter[str]
    ) -> None:
        """Bind.

        Args:
            path: of the socket, beside ``kefu.sock``.
            answer: carries a request out at once; a KefuError that it raises becomes ``Failure``.
            counters: of the gateway; ``control_`` names are added.

        Raises:
            SocketInUse, BadSocketPath: as the gateway's other sockets.
        """
        self.path = path
        self._answer = answer
        self._counters = counters
        self._listener = socket_file.listen(path, MODE, _BACKLOG)
        self._epoll = select.epoll()
        self._epoll.register(self._listener, _READING)
        self._connections: dict[int, _Connection] = {}

    def poll(self, now: float) -> None:
        """Accept, read and answer what there is, and drop who is idle. ``now``: monotonic s."""
        for descriptor, event in self._epoll.poll(0):
            connection = self._connections.get(descriptor)
            if connection is None:
                self._accept(now)
            elif event & _READING:
                connection.read()
            elif event & (select.EPOLLHUP | select.EPOLLERR):
                connection.broken = True
        for connection in list(self._connections.values()):
            self._serve(connection, now)

    def close(self) -> None:
        """End every connection and remove the file."""
        for connection in list(self._connections.values()):
            self._drop(connection)
        self._epoll.close()
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def _accept(self, now: float) -> None:
        for _ in range(_ACCEPTED_A_TICK):
            try:
                peer, _ = self._listener.accept()
            except OSError:  # none waits, it has gone again, or no descriptor is left
                return
            if len(self._connections) >= CONNECTIONS and not self._make_room(now):
                self._counters["control_refused"] += 1
                busy = ControlBusy(f"{CONNECTIONS} connections are being served.")
                with contextlib.suppress(OSError), peer:
                    peer.send(pack(_failure(busy)), socket.MSG_DONTWAIT)
                continue
            peer.setblocking(False)
            self._connections[peer.fileno()] = _Connection(peer, now)
            self._epoll.register(peer, _READING)

    def _make_room(self, now: float) -> bool:
        quietest = min(self._connections.values(), key=lambda one: one.active_at)
        if now - quietest.active_at < YIELDS_S:
            return False
        self._counters["control_dropped"] += 1
        self._drop(quietest)
        return True

    def _serve(self, connection: _Connection, now: float) -> None:
        if not connection.outgoing and (asked := connection.next_line()) is not None:
            connection.outgoing = self._reply(asked)
            connection.active_at = now
        if connection.outgoing:
            connection.write(now)
        if connection.broken or connection.finished:
            self._drop(connection)
        elif now - connection.active_at > IDLE_S:
            self._counters["control_dropped"] += 1
            self._drop(connection)
        else:
            self._watch(connection)

    def _watch(self, connection: _Connection) -> None:
        """A peer that does not take its answer is not read: nothing piles up on either side."""
        wanted = _WRITING if connection.outgoing else _READING if connection.readable else 0
        if wanted != connection.watched:
            connection.watched = wanted
            self._epoll.modify(connection.socket, wanted)

    def _reply(self, asked: bytes | BadRequest) -> bytes:
        try:
            if isinstance(asked, BadRequest):
                raise asked
            return pack(self._answer(parse_request(asked)))
        except KefuError as error:
            self._counters[f"control_{error.code}"] += 1
            return pack(_failure(error))
        except Exception as error:  # a fault over a question must not end the calls
            self._counters["faults"] += 1
            _log.exception(line("fault"))
            return pack(_failure(ControlFault(f"{type(error).__name__} over the request.")))

    def _drop(self, connection: _Connection) -> None:
        del self._connections[connection.socket.fileno()]
        self._epoll.unregister(connection.socket)
        connection.socket.close()


class _Connection:
    """One peer: what it has sent and not yet been answered, and what it has not yet taken."""

    def __init__(self, peer: socket.socket, now: float) -> None:
        self.socket = peer
        self.active_at = now
        """When it last completed a request or took some of its answer."""
        self.outgoing = b""
        """Of one answer; the next request is not looked at before it is taken."""
        self.ended = False
        """The peer sends no more; what it has sent is still answered."""
        self.broken = False
        self.watched: int = _READING
        self._incoming = bytearray()
        self._skipping = False
        """Within a line that was too long: the rest of it is not kept."""

    @property
    def finished(self) -> bool:
        return self.ended and not self._incoming and not self.outgoing

    @property
    def readable(self) -> bool:
        return not self.ended and len(self._incoming) < MAX_LINE_BYTES

    def read(self) -> None:
        try:
            received = self.socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.broken = True
            return
        self.ended = not received
        if self._skipping:
            _, ended, received = received.partition(b"\n")
            self._skipping = not ended
        self._incoming += received

    def write(self, now: float) -> None:
        try:
            sent = self.socket.send(self.outgoing)
        except BlockingIOError:
            return
        except OSError:
            self.broken = True
            return
        self.outgoing = self.outgoing[sent:]
        self.active_at = now

    def next_line(self) -> bytes | BadRequest | None:
        """The next whole line; None where there is none yet."""
        end = self._incoming.find(b"\n", 0, MAX_LINE_BYTES)
        if end >= 0:
            found = bytes(self._incoming[:end])
            del self._incoming[: end + 1]
            return found
        if len(self._incoming) >= MAX_LINE_BYTES:
            later = self._incoming.find(b"\n")
            self._skipping = later < 0 and not self.ended
            del self._incoming[: later + 1 if later >= 0 else len(self._incoming)]
            return BadRequest(f"A line is longer than {MAX_LINE_BYTES} bytes.")
        if self.ended and self._incoming:
            self._incoming.clear()
            return BadRequest("The last line has no end: it may be half a request.")
        return None


def _failure(error: KefuError) -> Failure:
    return Failure(error=error.code, message=error.message, mend=error.instance_mend)

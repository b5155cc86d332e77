"""What a process tells systemd of itself: ready, its state in words, alive, stopping.

The datagrams of sd_notify(3), written here and not by systemd-python: its ``notify`` waits while
the manager is busy and its queue full (tried: after 11 messages), and the line waits for nobody.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, MutableMapping
from typing import Final

EXTENSION_S: Final = 10.0
"""What a process that lets its calls end asks for, again and again, so that ``TimeoutStopSec``
waits."""
FEEDS: Final = 4
"""So often within its interval the watchdog is fed: three may be lost."""


class Notifier:
    """Tells the service manager; never raises, never blocks, and does nothing without one.

    Args:
        address: of the manager's datagram socket, ``@`` for an abstract one; empty: nobody listens.
        watchdog_s: without ``watchdog()`` for so long the manager ends this process; None: it
            does not watch.
        clock: monotonic, in seconds.
    """

    def __init__(
        self,
        address: str = "",
        watchdog_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.watchdog_s = watchdog_s
        self._clock = clock
        self._fed_at = float("-inf")
        self._status = ""
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket: socket.socket | None = None
        if address.startswith(("@", "/")):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    @classmethod
    def from_environment(cls, environment: MutableMapping[str, str] = os.environ) -> Notifier:
        """As systemd asks; takes its variables away, so that no child process speaks for us."""
        address = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "")
        process = environment.pop("WATCHDOG_PID", "") or str(os.getpid())
        watched = address and microseconds.isdecimal() and process == str(os.getpid())
        watchdog_s = int(microseconds) / 1e6 if watched else 0.0
        return cls(address, watchdog_s or None)

    def ready(self) -> None:
        """It serves."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``; sent where it differs from the last one."""
        line = " ".join(text.split())
        if line != self._status and self._send(f"STATUS={line}"):
            self._status = line

    def stopping(self) -> None:
        """It begins to end."""
        self._send("STOPPING=1")

    def extend_timeout(self, seconds: float = EXTENSION_S) -> None:
        """It is starting or stopping, and needs so much longer from now on."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1e6)}")

    def watchdog(self) -> None:
        """It is alive. May be called as often as one likes."""
        now = self._clock()
        if self.watchdog_s is None or now - self._fed_at < self.watchdog_s / FEEDS:
            return
        if self._send("WATCHDOG=1"):
            self._fed_at = now

    def close(self) -> None:
        """Nothing more is said."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: str) -> bool:
        if self._socket is None:
            return False
        try:
            self._socket.sendto(message.encode(errors="replace"), self._address)
        except OSError:  # its queue is full, or it is being started anew
            return False
        return True

"""kefu-audiosocket: Asterisk's ``AudioSocket()`` reaches the agent.

A process of its own and an ordinary client of kefu/1. It hosts the FastAGI too (``agi.py``): what
the dialplan asks for, the target of a transfer, is known here alone.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import kefu
from daemon.doors.agi import AgiServer
from daemon.doors.audiosocket_connection import Connection
from daemon.doors.call_book import CallBook
from daemon.doors.errors import DoorPortTaken, TooManyConnections
from daemon.doors.settings import AudioSocketLine, AudioSocketSettings
from daemon.journal import configure, line
from daemon.notify import Notifier
from daemon.settings import Settings, load_settings

BEAT_S: Final = 0.5
EXTENSION_S: Final = 10.0
"""So much more time is asked of systemd at each beat while the last calls end."""
STREAM_BYTES: Final = 16_384

_log = logging.getLogger("kefu-audiosocket")

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class AudioSocketDoor:
    """Takes connections and serves each by itself."""

    def __init__(self, settings: AudioSocketSettings, book: CallBook) -> None:
        self._settings = settings
        self._book = book
        self._open = 0

    @property
    def connections(self) -> int:
        """Those that are open now."""
        return self._open

    async def serve(
        self, asked: AudioSocketLine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One connection of Asterisk on the port of ``asked``, to its end. Raises nothing."""
        self._open += 1
        connection = Connection(asked, self._settings, self._book, reader, writer)
        said = ""
        try:
            if self._open > self._settings.max_connections:
                raise TooManyConnections(f"{self._settings.max_connections} are open.")
            reason = await connection.run()
        except kefu.KefuError as error:
            reason, said = error.code, error.message
        except Exception:  # a fault in one connection must not end the others
            reason, said = "fault", "a mistake of the door"
            _log.exception(line("connection_failed"))
        fields = {"uuid": connection.uuid or "none", "port": asked.port, "reason": reason}
        if connection.call_id:
            fields["call"] = connection.call_id.hex()
        if said:
            _log.warning(line("connection_refused", **fields, said=said))
        else:
            _log.info(line("connection_ended", **fields))
        try:
            await connection.hang_up(left=reason == "transfer")
        finally:
            self._open -= 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, and then the calls that are open; returns the exit status."""
    options = _parser().parse_args(arguments)
    configure(options.log_level, "kefu-audiosocket")
    try:
        settings = load_settings(options.config)
        asyncio.run(_serve(settings, f"ipc://{options.run / 'kefu.sock'}"))
    except kefu.KefuError as error:
        print(f"kefu-audiosocket: {error.code}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


async def _serve(settings: Settings, address: str) -> None:
    notifier = Notifier.from_environment()
    book = CallBook(address, settings.audiosocket.return_timeout_ms / 1000)
    door = AudioSocketDoor(settings.audiosocket, book)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    servers = [
        await _listen(partial(door.serve, asked), settings.audiosocket.host, asked.port)
        for asked in settings.audiosocket.lines
    ]
    servers.append(
        await _listen(AgiServer(settings.agi, book).serve, settings.agi.host, settings.agi.port)
    )
    print("READY " + " ".join(_shown(server) for server in servers), flush=True)
    _log.info(line("listening", ports=" ".join(_shown(server) for server in servers)))
    notifier.ready()
    idle = asyncio.Event()
    beat = asyncio.create_task(_beat(notifier, door, book, idle))
    await stop.wait()
    notifier.stopping()
    book.closing = True  # connections are still taken: who is refused goes on in his dialplan
    with suppress(asyncio.TimeoutError):
        idle.clear()
        await asyncio.wait_for(idle.wait(), settings.gateway.drain_s)
    await book.close()
    for server in servers:
        server.close()
    beat.cancel()
    _log.info(line("ended"))


async def _listen(serve: Serve, host: str, port: int) -> asyncio.Server:
    try:
        return await asyncio.start_server(serve, host, port, limit=STREAM_BYTES)
    except OSError as reason:
        raise DoorPortTaken(f"{host}:{port} cannot be listened on: {reason.strerror}.") from reason


def _shown(server: asyncio.Server) -> str:
    host, port, *_ = server.sockets[0].getsockname()
    return f"{host}:{port}"


async def _beat(
    notifier: Notifier, door: AudioSocketDoor, book: CallBook, idle: asyncio.Event
) -> None:
    """Tell systemd of us as long as the loop turns; ``idle`` is set while there is no call."""
    while True:
        notifier.watchdog()
        if book.closing:
            notifier.extend_timeout(EXTENSION_S)
        closing = ", closing" if book.closing else ""
        notifier.status(f"{len(book)} calls, {door.connections} connections{closing}")
        if not len(book) and not door.connections:
            idle.set()
        await asyncio.sleep(BEAT_S)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kefu-audiosocket",
        description="The door for Asterisk: AudioSocket() in the dialplan reaches the agent, and a "
        "FastAGI says where a caller is to be put through (docs/asterisk.md).",
        epilog="example: python -m daemon.doors.audiosocket --run var/run",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, kefu.toml")
    parser.add_argument(
        "--run",
        type=Path,
        metavar="DIR",
        default=Path("/run/kefu"),
        help="folder of the gateway's sockets (default: %(default)s)",
    )
    parser.add_argument(
        "--log-level",
        default="info",
        choices=("debug", "info", "warning", "error"),
        help="what is logged (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

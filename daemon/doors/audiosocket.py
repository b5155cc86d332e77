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
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import kefu
from daemon.doors import audiosocket_frames as frames
from daemon.doors.agi import MOST_LINE_BYTES, AgiServer
from daemon.doors.audiosocket_connection import LEAVE_S, Connection
from daemon.doors.call_book import CallBook
from daemon.doors.errors import TooManyConnections, TooManyRequests
from daemon.doors.gate import Gate
from daemon.doors.settings import AgiSettings, AudioSocketLine, AudioSocketSettings
from daemon.journal import add_level_option, configure, line
from daemon.notify import Notifier
from daemon.settings import Settings, load_settings

BEAT_S: Final = 0.5
STREAM_BYTES: Final = 16_384

_log = logging.getLogger("kefu-audiosocket")


class AudioSocketDoor:
    """Serves each connection by itself."""

    def __init__(self, settings: AudioSocketSettings, book: CallBook) -> None:
        self._settings = settings
        self._book = book

    async def serve(
        self, asked: AudioSocketLine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One connection of Asterisk on the port of ``asked``, to its end. Raises nothing."""
        connection = Connection(asked, self._settings, self._book, reader, writer)
        said = ""
        try:
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
        await connection.hang_up(left=reason == "transfer")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM, and then the calls that are open; returns the exit status.

    SIGINT, and a second SIGTERM, end the calls at once.
    """
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
    book = CallBook(address, settings.audiosocket, settings.gateway.media_timeout_ms / 1000)
    door = AudioSocketDoor(settings.audiosocket, book)
    stop, over = asyncio.Event(), asyncio.Event()
    _on_signals(stop, over)
    gate, agi_gate = _gates(settings.audiosocket, settings.agi)
    servers = [
        await gate.listen(
            partial(door.serve, asked), settings.audiosocket.host, asked.port, STREAM_BYTES
        )
        for asked in settings.audiosocket.lines
    ]
    dialplan = AgiServer(settings.agi, book)
    servers.append(
        await agi_gate.listen(dialplan.serve, settings.agi.host, settings.agi.port, MOST_LINE_BYTES)
    )
    print("READY " + " ".join(_shown(server) for server in servers), flush=True)
    _log.info(line("listening", ports=" ".join(_shown(server) for server in servers)))
    notifier.ready()
    beat = asyncio.create_task(_beat(notifier, gate, book, over))
    await stop.wait()
    notifier.stopping()
    book.closing = True  # connections are still taken: who is refused goes on in his dialplan
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(over.wait(), settings.gateway.drain_s)
    await book.close()
    await gate.close(2 * LEAVE_S)
    await agi_gate.close(LEAVE_S)
    beat.cancel()
    _log.info(line("ended"))


def _on_signals(stop: asyncio.Event, over: asyncio.Event) -> None:
    """``stop``: take no new call; ``over``: wait for none any more."""

    def interrupt() -> None:
        stop.set()
        over.set()

    def terminate() -> None:
        if stop.is_set():
            over.set()
        stop.set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, interrupt)
    loop.add_signal_handler(signal.SIGTERM, terminate)


def _gates(door: AudioSocketSettings, dialplan: AgiSettings) -> tuple[Gate, Gate]:
    """Of AudioSocket, all its ports together, and of the FastAGI."""
    open_now = f"{door.max_connections} are open."
    asked_now = f"{dialplan.max_connections} are answered."
    return (
        Gate(
            door.max_connections,
            TooManyConnections(open_now),
            frames.pack(frames.Frame(frames.HANGUP)),
        ),
        Gate(dialplan.max_connections, TooManyRequests(asked_now)),
    )


def _shown(server: asyncio.Server) -> str:
    host, port, *_ = server.sockets[0].getsockname()
    return f"{host}:{port}"


async def _beat(notifier: Notifier, gate: Gate, book: CallBook, over: asyncio.Event) -> None:
    """Tell systemd of us as long as the loop turns; sets ``over`` behind the last call."""
    while True:
        notifier.watchdog()
        if book.closing:
            notifier.extend_timeout()
        closing = ", closing" if book.closing else ""
        notifier.status(f"{len(book)} calls, {len(gate)} connections{closing}")
        if book.closing and not len(book) and not len(gate):
            over.set()
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
    add_level_option(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Whether the door for Asterisk listens and answers; it need not run."""

from __future__ import annotations

import socket
import uuid
from typing import Final

from daemon.ctl.checks import Check
from daemon.settings import Settings

NAME: Final = "asterisk"
UNIT: Final = "kefu-audiosocket"
PATIENCE_S: Final = 2.0
MOST_COMMANDS: Final = 8
MOST_BYTES: Final = 2_048
"""So much is read of whatever listens there."""
_EXPECTED: Final = b'SET VARIABLE KEFU_NEXT "failed"\n'
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - not bound


def asterisk(settings: Settings) -> Check:
    """Connect to each port, and ask the FastAGI of a call that nobody has."""
    door, dialplan = settings.audiosocket, settings.agi
    ports = [line.port for line in door.lines]
    closed = [port for port in ports if not _listens(door.host, port)]
    answered = _answers(dialplan.host, dialplan.port)
    if closed == ports and not answered:
        found = f"no door started (Asterisk alone needs it: systemctl enable --now {UNIT})"
        return Check(name=NAME, verdict="ok", found=found)
    listening = ", ".join(str(port) for port in ports if port not in closed) or "none"
    found = f"door at {listening}; FastAGI at {dialplan.port}"
    if not closed and answered:
        return Check(name=NAME, verdict="ok", found=f"{found} answers")
    if closed:
        found += f"; nobody at {', '.join(map(str, closed))}"
    if not answered:
        found += " does not answer" if not closed else f", nor an answer at {dialplan.port}"
    mend = f"sudo systemctl restart {UNIT}; journalctl -u {UNIT} says more"
    return Check(name=NAME, verdict="weak", found=found, mend=mend)


def _listens(host: str, port: int) -> bool:
    try:
        _connect(host, port).close()
    except OSError:
        return False
    return True


def _answers(host: str, port: int) -> bool:
    request = f"agi_network_script: next\nagi_arg_1: {uuid.uuid4()}\n\n"
    try:
        with _connect(host, port) as connection:
            connection.sendall(request.encode())
            with connection.makefile("rwb", buffering=0) as commands:
                for _ in range(MOST_COMMANDS):
                    command = commands.readline(MOST_BYTES)
                    commands.write(b"200 result=1\n")
                    if command == _EXPECTED:
                        return True
    except OSError:
        pass
    return False


def _connect(host: str, port: int) -> socket.socket:
    return socket.create_connection((_ANY.get(host, host), port), timeout=PATIENCE_S)

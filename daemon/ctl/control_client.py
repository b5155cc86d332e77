"""Asking a gateway at its control socket."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Final, TypeVar

from daemon.control import SOCKET, Answer, Failure, Request, pack, parse_answer
from daemon.ctl import places
from daemon.ctl.errors import NotAllowed
from daemon.errors import BadRequest, ControlBusy, ControlFault, MeasureDiffers
from kefu.errors import GatewayUnreachable, KefuError

_MAX_ANSWER_BYTES: Final = 1 << 20
_ERRORS: Final[dict[str, type[KefuError]]] = {
    error.code: error for error in (BadRequest, ControlBusy, ControlFault, MeasureDiffers)
}

Wanted = TypeVar("Wanted")


def control_path(state: Path, run: Path | None) -> Path:
    """Where the gateway's control socket lies."""
    return places.run_folder(state, run) / SOCKET


class ControlClient:
    """One connection, for any number of requests, one after the other."""

    def __init__(self, path: Path, timeout_s: float = 2.0) -> None:
        """Connect. Raises GatewayUnreachable, NotAllowed."""
        self._path = path
        self._received = b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(os.fspath(path))
        except PermissionError as reason:
            self._socket.close()
            raise NotAllowed(f"{path.absolute()} may not be used by you.") from reason
        except OSError as reason:
            self._socket.close()
            raise self._unreachable(reason) from reason

    def __enter__(self) -> ControlClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, request: Request, wanted: type[Wanted]) -> Wanted:
        """Ask and wait for the answer.

        Raises:
            GatewayUnreachable: it has gone, or does not answer in time.
            KefuError: what the gateway answered in place of ``wanted``, by its code.
        """
        try:
            self._socket.sendall(pack(request))
            answer = parse_answer(self._line())
        except OSError as reason:
            raise self._unreachable(reason) from reason
        if isinstance(answer, Failure):
            kind = _ERRORS.get(answer.error, BadRequest)
            raise kind(answer.message, mend=answer.mend)
        if not isinstance(answer, wanted):
            raise BadRequest(f"The gateway answered {_name(answer)}, which was not asked for.")
        return answer

    def _line(self) -> bytes:
        while b"\n" not in self._received:
            chunk = self._socket.recv(65_536)
            if not chunk:
                raise ConnectionResetError("the gateway has closed the connection")
            self._received += chunk
            if len(self._received) > _MAX_ANSWER_BYTES:
                raise BadRequest(f"The gateway's answer is longer than {_MAX_ANSWER_BYTES} bytes.")
        line, _, self._received = self._received.partition(b"\n")
        return line

    def _unreachable(self, reason: OSError) -> GatewayUnreachable:
        why = reason.strerror or str(reason)
        return GatewayUnreachable(f"No answer at {self._path.absolute()}: {why}.")


def _name(answer: Answer) -> str:
    return type(answer).__name__

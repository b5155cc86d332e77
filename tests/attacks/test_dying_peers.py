"""Peers that fill their pipe and die: libzmq would abort a gateway that stops its input."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import kefu
from kefu.protocol import NO_CALL, Ping, pack

ROOT: Final = Path(__file__).parents[2]
ATTEMPTS: Final = 3
GREETING: Final = (
    b"\xff" + bytes(8) + b"\x7f" + bytes([3, 1]) + b"NULL".ljust(20, b"\0") + bytes(32)
)
HEARTBEAT: Final = b"\x04\x07\x04PING\0\0"


def frame(flags: int, body: bytes) -> bytes:
    """One ZMTP 3.1 frame."""
    return bytes([flags, len(body)]) + body


def as_property(name: bytes, value: bytes) -> bytes:
    """One property of READY."""
    return bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value


def test_the_gateway_outlives_peers_that_flood_and_die(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "daemon.gateway.main", "--state", str(tmp_path)]
    with (tmp_path / "log").open("wb") as log:
        kefud = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log)
    try:
        assert kefud.stdout is not None
        kefud.stdout.readline()
        path = tmp_path / "run" / "kefu.sock"
        for _ in range(ATTEMPTS):
            _flood_and_die(path)
            time.sleep(0.5)
            assert kefud.poll() is None
        with kefu.Client(f"ipc://{path}") as client:
            assert client.ping().state == "no_worker"
    finally:
        kefud.terminate()
        kefud.wait(10)


def _flood_and_die(path: Path) -> None:
    parts = pack(b"PING", NO_CALL, Ping(nonce=1))
    asking = b"".join(frame(0 if part is parts[-1] else 1, part) for part in parts)
    ready = as_property(b"Socket-Type", b"DEALER") + as_property(b"Identity", b"")
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(path))
        peer.sendall(GREETING + frame(4, b"\x05READY" + ready))
        time.sleep(0.1)
        peer.setblocking(False)
        ends = time.monotonic() + 0.7
        while time.monotonic() < ends:
            with contextlib.suppress(BlockingIOError):
                peer.send((asking + HEARTBEAT) * 400)
            with contextlib.suppress(BlockingIOError):
                while peer.recv(65_536):
                    pass

"""The proxy that cuts connections counts every byte and cuts where it is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.kefu.cut_proxy import CutProxy
from tests.kefu.scripted_gateway import until


@pytest.fixture
def received(tmp_path: Path) -> Iterator[list[bytes]]:
    """What comes to a server that answers each chunk with ``ok``."""
    received: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while chunk := connection.recv(4_096):
                received.append(chunk)
                connection.sendall(b"ok")

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "target"))
        server.listen()
        threading.Thread(target=accept, daemon=True).start()
        yield received


def connect(folder: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(5)
    client.connect(str(folder / "proxy"))
    return client


def test_bytes_are_counted_both_ways(tmp_path: Path, received: list[bytes]) -> None:
    with (
        CutProxy(tmp_path / "proxy", tmp_path / "target") as proxy,
        connect(tmp_path) as client,
    ):
        client.sendall(b"12345")
        assert client.recv(9) == b"ok"
        assert proxy.bytes_forwarded == (5, 2)
        assert received == [b"12345"]


def test_all_connections_are_cut_at_once_and_others_are_taken(
    tmp_path: Path, received: list[bytes]
) -> None:
    with CutProxy(tmp_path / "proxy", tmp_path / "target") as proxy:
        with connect(tmp_path) as one, connect(tmp_path) as other:
            until(lambda: proxy.accepted == 2)
            proxy.sever()
            assert one.recv(9) == other.recv(9) == b""
        with connect(tmp_path) as client:
            client.sendall(b"again")
            assert client.recv(9) == b"ok"
    assert received == [b"again"]
    assert not (tmp_path / "proxy").exists()


def test_a_cut_after_so_many_bytes_lets_no_more_through(
    tmp_path: Path, received: list[bytes]
) -> None:
    with (
        CutProxy(tmp_path / "proxy", tmp_path / "target") as proxy,
        connect(tmp_path) as client,
    ):
        client.sendall(b"first")
        assert client.recv(9) == b"ok"
        proxy.sever_after(3)
        client.sendall(b"second")
        with suppress(ConnectionResetError):
            assert client.recv(9) in (b"", b"ok")
        until(lambda: b"".join(received) == b"firstsec")
        assert proxy.bytes_forwarded.to_gateway == 8
        with connect(tmp_path) as again:
            again.sendall(b"whole once more")
            assert again.recv(9) == b"ok"

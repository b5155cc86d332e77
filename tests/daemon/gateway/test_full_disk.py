"""A disk that fills while calls are held: they go on, and say what was not stored."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.records.reader import show
from daemon.settings import GatewaySettings, RecordsSettings, Settings
from kefu.records import Turn
from tests.daemon.gateway.house import House, until

DISK = "4m"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "kefu", tmp_path], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root can mount the small disk that this test fills")
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path], check=True)


def not_stored(house: House) -> int:
    """What ``kefuctl status`` shows."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(str(house.folder / "control.sock"))
        asking.sendall(b"status\n")
        status = json.loads(asking.makefile().readline())
    return int(status["events_not_stored"])


def test_calls_go_on_and_the_count_is_in_status(small_disk: Path) -> None:
    settings = Settings(
        gateway=GatewaySettings(max_calls=8), records=RecordsSettings(commit_timeout_ms=200)
    )
    with House(settings, records=small_disk / "records.sqlite") as house, house.raw() as client:
        client.open()
        call = house.at_worker(client.call)
        call.event("turn", Turn(call=client.call.hex(), number=0, heard="喂"))
        assert client.event("turn").header.stored is True
        fill = small_disk / "fill"
        with fill.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(os.urandom(4_096)):
                pass
        long = Turn(call=client.call.hex(), number=1, heard="喂" * 40_000)
        call.event("turn", long)
        assert client.event("turn").header.stored is False
        until(lambda: not_stored(house) >= 1)
        before = client.taken
        client.talk(0.5)
        assert client.taken - before >= 160 * 20
        fill.unlink()
        call.event("turn", Turn(call=client.call.hex(), number=2, heard="好"))
        until(lambda: len(show(house.records, client.call.hex())[1]) == 3)

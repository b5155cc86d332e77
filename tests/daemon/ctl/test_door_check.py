"""``kefuctl doctor``: whether the door for Asterisk is there."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

from msgspec.structs import replace

from daemon.ctl import door_check
from daemon.settings import Settings, load_settings
from tests.daemon.doors.door_process import DoorProcess, free_ports


def settings_of(door: DoorProcess, folder: Path) -> Settings:
    return load_settings(folder / f"door-{door.ports.zh}.toml")


def test_a_door_that_runs(tmp_path: Path) -> None:
    with DoorProcess(tmp_path, tmp_path) as door:
        check = door_check.asterisk(settings_of(door, tmp_path))
    assert check.verdict == "ok"
    assert str(door.ports.zh) in check.found
    assert check.found.endswith("answers")


def test_no_door_is_no_fault(tmp_path: Path) -> None:
    with DoorProcess(tmp_path, tmp_path) as door:
        settings = settings_of(door, tmp_path)
    check = door_check.asterisk(settings)
    assert (check.verdict, check.mend) == ("ok", "")
    assert "systemctl enable --now kefu-audiosocket" in check.found


def test_a_port_that_the_running_door_does_not_know(tmp_path: Path) -> None:
    with DoorProcess(tmp_path, tmp_path) as door:
        settings = settings_of(door, tmp_path)
        (other,) = free_ports(1)
        lines = (replace(settings.audiosocket.lines[0], port=other), *settings.audiosocket.lines)
        changed = replace(settings, audiosocket=replace(settings.audiosocket, lines=lines))
        check = door_check.asterisk(changed)
    assert check.verdict == "weak"
    assert f"nobody at {other}" in check.found
    assert "systemctl restart kefu-audiosocket" in check.mend


def test_something_else_at_the_port_of_the_fastagi(tmp_path: Path) -> None:
    """It takes the connection, and says nothing."""
    with DoorProcess(tmp_path, tmp_path) as door, socket.create_server(("127.0.0.1", 0)) as mute:
        settings = settings_of(door, tmp_path)
        port = mute.getsockname()[1]
        changed = replace(settings, agi=replace(settings.agi, port=port))
        began = time.monotonic()
        check = door_check.asterisk(changed)
        assert time.monotonic() - began < 2 * door_check.PATIENCE_S
    assert check.verdict == "weak"
    assert check.found.endswith("does not answer")


def test_something_else_that_talks_without_end(tmp_path: Path) -> None:
    with DoorProcess(tmp_path, tmp_path) as door, socket.create_server(("127.0.0.1", 0)) as other:

        def talk() -> None:
            connection, _ = other.accept()
            with connection:
                try:
                    while True:
                        connection.sendall(b"220 welcome\n")
                        time.sleep(0.01)
                except OSError:
                    pass

        talker = threading.Thread(target=talk, daemon=True)
        talker.start()
        settings = settings_of(door, tmp_path)
        changed = replace(settings, agi=replace(settings.agi, port=other.getsockname()[1]))
        check = door_check.asterisk(changed)
        talker.join(5)
        assert not talker.is_alive()
    assert check.verdict == "weak"

"""The installed box with its real engines: `make test-system` runs it, `make test` does not."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from subprocess import Popen
from typing import Final

import numpy as np
import pytest

from daemon.ctl.audio_file import read_audio
from engines._core import g711_encode
from tests.conftest import STATE
from tests.system.box import WORKER, greeted, in_background, state, wait_serving
from tests.system.caller import Caller
from tests.system.machine import ROOT, Machine, machine, wait_until
from tests.system.measured import note

MINUTE_S: Final = 60.0
IMAGE: Final = "/var/lib/image"
LOUD: Final = 300
_TALK: Final = sorted((ROOT / "examples" / "demo").glob("zh-*.wav"))
_CLOCK: Final = "/usr/local/lib/clock_1970.so"


@pytest.fixture(scope="module")
def box() -> Iterator[Machine]:
    with machine() as one:
        one.run("make", "-C", str(ROOT), "install", f"KEFU_STATE={STATE}")
        yield one


@pytest.fixture
def image(box: Machine) -> Popen[bytes]:
    """An installation below another folder that is being made, behind whoever calls."""
    install = ("make", "-C", str(ROOT), "install", f"KEFU_STATE={STATE}", f"DESTDIR={IMAGE}")
    return in_background(box, "nice", "-n", "19", *install)


@pytest.fixture
def gateway(box: Machine) -> str:
    """The gateway's unit."""
    return f"kefud@{_version(box)}.service"


def test_install_start_and_a_call_is_answered(box: Machine, gateway: str) -> None:
    began = time.monotonic()
    box.run("systemctl", "enable", "--now", "kefu.target")
    assert box.show(gateway, "ActiveState") == "active"
    note("systemctl enable --now → serving, real engines", _serving(box, began))
    wait_until(lambda: box.show(WORKER, "ActiveState") == "active", 60, "the worker is READY")
    said = box.run("kefuctl", "call", str(_TALK[0]), "--called", "4000", "--json")
    assert "订单" in said
    assert box.lab("exec", "kefuctl", "config", "check").returncode == 0
    if list((ROOT / "build" / "wheelhouse").glob("locked-*/systemd_python-*.whl")):
        journal = ("journalctl", "-b", "-o", "cat", "KEFU_EVENT=opened")
        assert "opened call=" in box.run(*journal)
    assert box.show(gateway, "NRestarts") == box.show(WORKER, "NRestarts") == "0"


def test_nothing_of_the_services_user_is_where_root_writes(box: Machine) -> None:
    state = "/var/lib/kefu"
    roots = [f"{state}/{folder}" for folder in ("objects", "releases", "slots", "pull")]
    assert box.run("find", *roots, "-not", "-user", "root") == ""
    assert box.run("find", f"{state}/cache", "-not", "-user", "kefu") == ""
    if any((STATE / "cache" / "phrases").glob("*.pcm")):
        assert ".pcm" in box.run("ls", f"{state}/cache/phrases")


def test_members_of_the_group_may_use_it_and_nobody_else(box: Machine) -> None:
    ask = ("kefuctl", "status", "--json")
    member = ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--groups", "kefu")
    stranger = ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups")
    assert json.loads(box.run(*member, *ask))["state"] == "serving"
    assert json.loads(box.run(*member, "kefuctl", "calls", "list", "--json"))
    refused = box.lab("exec", *stranger, *ask)
    assert refused.returncode == 3
    assert "usermod -aG kefu" in refused.stderr


def test_a_minute_of_talk_without_a_pause_costs_the_worker_nothing(
    box: Machine, image: Popen[bytes]
) -> None:
    worker = box.pid(WORKER)
    caller = Caller(box.door, _without_pauses(), called="4000")
    caller.start()
    caller.join(MINUTE_S)
    assert caller.is_alive()
    caller.hang_up()
    assert caller.error is None
    assert box.pid(WORKER) == worker
    assert "Watchdog" not in box.journal(WORKER)
    assert "canary failed" not in box.journal(WORKER)
    assert state(box) == "serving"
    assert image.wait(60) == 0


def test_below_another_folder_nothing_names_that_folder(box: Machine, gateway: str) -> None:
    image = box.path(IMAGE)
    assert box.lab("exec", "grep", "-rlIF", IMAGE, IMAGE).stdout == ""
    software = box.path("/opt/kefu/releases") / _version(box)
    there = image / software.relative_to(box.path("/"))
    script = (there / "bin" / "kefuctl").read_text()
    assert script == (software / "bin" / "kefuctl").read_text()
    for link in (
        f"etc/systemd/system/kefu.target.wants/{gateway}",
        "var/lib/kefu/slots/blue/software",
        "var/lib/kefu/slots/blue/release",
    ):
        assert (image / link).readlink() == (box.path("/") / link).readlink()
    assert not (image / "etc/systemd/system/multi-user.target.wants").exists()


def test_a_second_installation_keeps_what_the_operator_changed(box: Machine) -> None:
    settings = box.path("/etc/kefu/kefu.toml").read_text()
    mine = settings.replace("# max_calls = 0", "max_calls = 2")
    assert mine != settings
    box.write("/etc/kefu/kefu.toml", mine)
    began = time.monotonic()
    said = box.run("make", "-C", str(ROOT), "install", f"KEFU_STATE={STATE}")
    note("a second make install", time.monotonic() - began)
    assert "is there" in said
    assert "0 MB brought" in said
    assert "0 files written" in said
    assert box.path("/etc/kefu/kefu.toml").read_text() == mine
    assert "max_calls" in box.run("kefuctl", "config", "diff")


def test_after_a_reboot_with_the_clock_at_1970_it_serves(box: Machine, gateway: str) -> None:
    source = ROOT / "tests" / "system" / "clock_1970.c"
    library = box.path(_CLOCK)
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    for unit in ("kefud@", "kefu-worker@"):
        box.write(
            f"/etc/systemd/system/{unit}.service.d/clock.conf",
            f"[Service]\nEnvironment=LD_PRELOAD={_CLOCK}\n",
        )
    began = time.monotonic()
    box.reboot()
    note("reboot, clock at 1970 → serving, real engines", _serving(box, began))
    greeted(box)
    assert _CLOCK in box.path(f"/proc/{box.pid(gateway)}/maps").read_text()
    listed = json.loads(box.run("kefuctl", "calls", "list", "--json"))
    assert any(call["opened_at"].startswith("1970-01-") for call in listed)


def test_uninstall_leaves_settings_and_records(box: Machine) -> None:
    said = box.run("make", "-C", str(ROOT), "uninstall")
    assert "Left: /etc/kefu" in said
    for gone in ("/opt/kefu", "/run/kefu", "/usr/local/bin/kefuctl"):
        assert not box.path(gone).exists()
    left = ("/etc/kefu/kefu.toml", "/var/lib/kefu/records.sqlite", "/var/lib/kefu/releases/lite")
    assert all(box.path(path).exists() for path in left)
    assert box.lab("exec", "systemctl", "list-unit-files", "--no-legend", "kefu*").stdout == ""
    box.run("make", "-C", str(ROOT), "uninstall", "PURGE=1")
    assert not any(box.path(path).exists() for path in left)


def _serving(box: Machine, since: float) -> float:
    wait_serving(box, within_s=60)
    return time.monotonic() - since


def _version(box: Machine) -> str:
    (software,) = box.path("/opt/kefu/releases").iterdir()
    return software.name


def _without_pauses() -> bytes:
    """µ-law at 8 kHz: what the recorded caller says, every quiet frame of 20 ms left out."""
    pcm = np.concatenate([read_audio(path).pcm for path in _TALK])
    frames = pcm[: pcm.size // 160 * 160].reshape(-1, 160)
    loud = frames[np.abs(frames).max(axis=1) > LOUD]
    return g711_encode(loud.astype("<i2").tobytes(), "ulaw")

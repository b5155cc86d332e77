"""What an installation must not open, and an upgrade must not leave behind."""

from __future__ import annotations

import subprocess
from typing import Final

import pytest

from tests.system.box import WORKER, greeted, in_background, wait_serving
from tests.system.caller import Caller
from tests.system.checkout import GATEWAY, SOFTWARE, VERSION
from tests.system.machine import ROOT, Machine, wait_until

OLDER: Final = "kefud@older.service"
_SERVICES: Final = ("setpriv", "--reuid=kefu", "--regid=kefu", "--clear-groups")
_MEMBER: Final = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=kefu")
_STATE: Final = "/var/lib/kefu"


def _as(who: tuple[str, ...], box: Machine, *command: str) -> subprocess.CompletedProcess[str]:
    return box.lab("exec", *who, *command)


@pytest.mark.parametrize("folder", ["objects", "releases", "slots", "pull"])
def test_the_services_can_neither_replace_nor_fill_what_is_roots(box: Machine, folder: str) -> None:
    place = f"{_STATE}/{folder}"
    for command in (
        ("mv", place, f"{_STATE}/elsewhere"),
        ("rm", "-rf", place),
        ("touch", f"{place}/mine"),
    ):
        assert _as(_SERVICES, box, *command).returncode != 0, command
    assert box.path(place).is_dir()
    assert not box.path(f"{place}/mine").exists()


def test_the_services_can_write_beside_their_records(box: Machine) -> None:
    assert _as(_SERVICES, box, "touch", f"{_STATE}/a", f"{_STATE}/cache/a").returncode == 0
    assert _as(_SERVICES, box, "rm", f"{_STATE}/a", f"{_STATE}/cache/a").returncode == 0


def test_members_of_the_group_read_and_others_do_not(box: Machine) -> None:
    assert "records.sqlite" in _as(_MEMBER, box, "ls", _STATE).stdout
    assert _as(_MEMBER, box, "touch", f"{_STATE}/a").returncode != 0
    stranger = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    assert _as(stranger, box, "ls", _STATE).returncode != 0


def test_the_line_has_descriptors_for_its_callers(box: Machine) -> None:
    for unit in (GATEWAY, "kefu-audiosocket.service"):
        assert int(box.show(unit, "LimitNOFILESoft")) >= 65536


def test_an_upgrade_lets_calls_end_and_leaves_one_gateway(box: Machine) -> None:
    box.run("ln", "-sfn", SOFTWARE, "/opt/kefu/releases/older")
    box.run("systemctl", "stop", "kefu.target")
    wait_until(lambda: box.show(GATEWAY, "ActiveState") == "inactive", 10, "the gateway's end")
    wants = "/etc/systemd/system/kefu.target.wants"
    box.run("mv", f"{wants}/{GATEWAY}", f"{wants}/{OLDER}")  # as it was before the upgrade
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "start", "kefu.target")
    wait_serving(box)
    worker = box.pid(WORKER)
    caller = Caller(box.door)
    caller.start()
    wait_until(lambda: bool(caller.voices), 10, "the caller hears the agent")

    box.run("mv", f"{wants}/{OLDER}", f"{wants}/{GATEWAY}")  # as the installation leaves it
    box.run("systemctl", "daemon-reload")
    leaving = in_background(box, str(ROOT / "scripts" / "leave-other-versions"), VERSION)
    wait_until(lambda: box.show(OLDER, "ActiveState") == "deactivating", 5, "the old one drains")
    assert caller.is_alive()
    caller.hang_up()
    assert caller.error is None
    assert leaving.wait(30) == 0
    wait_serving(box)
    assert box.pid(WORKER) not in (0, worker)
    box.run("systemctl", "restart", "kefu.target")
    wait_serving(box)
    assert box.show(OLDER, "ActiveState") == "inactive"
    assert box.show(GATEWAY, "ActiveState") == "active"
    greeted(box)
    box.run("rm", "/opt/kefu/releases/older")

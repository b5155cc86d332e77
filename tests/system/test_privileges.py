"""The services can write their records, and nothing that root writes."""

from __future__ import annotations

import subprocess
from typing import Final

import pytest

from tests.system.checkout import GATEWAY
from tests.system.machine import Machine

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


def test_the_services_read_voices_and_make_none(box: Machine) -> None:
    voices = f"{_STATE}/voices"
    owner = ("setpriv", "--reuid=kefu-voices", "--regid=kefu", "--clear-groups")
    assert _as(owner, box, "mkdir", f"{voices}/wang").returncode == 0
    assert _as(_SERVICES, box, "ls", f"{voices}/wang").returncode == 0
    for command in (("touch", f"{voices}/mine"), ("rm", "-rf", f"{voices}/wang")):
        assert _as(_SERVICES, box, *command).returncode != 0, command
    assert _as(owner, box, "rmdir", f"{voices}/wang").returncode == 0


def test_members_of_the_group_read_and_others_do_not(box: Machine) -> None:
    assert "records.sqlite" in _as(_MEMBER, box, "ls", _STATE).stdout
    assert _as(_MEMBER, box, "touch", f"{_STATE}/a").returncode != 0
    stranger = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    assert _as(stranger, box, "ls", _STATE).returncode != 0


def test_the_line_has_descriptors_for_its_callers(box: Machine) -> None:
    for unit in (GATEWAY, "kefu-audiosocket.service"):
        assert int(box.show(unit, "LimitNOFILESoft")) >= 65536

"""The services from this checkout, with stand-in engines: the units as they are, no weights.

The checkout is bound to /srv/kefu, where the services' sandbox lets them read it; the software of
the units is a virtual environment whose packages lie there.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.system.machine import ROOT, Machine

PLACE: Final = "/srv/kefu"
VERSION: Final = "checkout"
GATEWAY: Final = f"kefud@{VERSION}.service"
WORKER: Final = "kefu-worker@blue.service"
SOFTWARE: Final = f"/opt/kefu/releases/{VERSION}"
_UNITS: Final = "/usr/local/lib/systemd/system"
_MOUNT: Final = f"""\
[Mount]
What={ROOT}
Where={PLACE}
Type=none
Options=bind
"""
_DROP_IN: Final = f"""\
[Unit]
RequiresMountsFor={PLACE}
[Service]
WorkingDirectory={PLACE}
"""
_TINY: Final = """\
ExecStart=
ExecStart=/var/lib/kefu/slots/%i/software/bin/python -I -m tests.drills.tiny_worker \\
  --slot /run/kefu/slot.sock --state /var/lib/kefu --config /etc/kefu/kefu.toml
"""


def bring(machine: Machine, watchdog_s: int = 3) -> None:
    """Lay everything out as ``scripts/install`` does, and start ``kefu.target``."""
    if machine.lab("exec", "test", "-d", str(ROOT)).returncode:
        pytest.skip(f"{ROOT} is hidden inside the lab, as all of /tmp is: check out elsewhere")
    python = _python()
    for folder in ("systemd/system", "sysusers.d", "tmpfiles.d"):
        machine.path(f"/usr/local/lib/{folder}").mkdir(parents=True, exist_ok=True)
    for unit in (
        *(ROOT / "systemd").glob("*.service"),
        *(ROOT / "systemd").glob("*.slice"),
        *(ROOT / "systemd").glob("*.timer"),
        ROOT / "systemd" / "kefu.target",
    ):
        machine.write(f"{_UNITS}/{unit.name}", unit.read_text())
    for kind in ("sysusers.d", "tmpfiles.d"):
        machine.write(
            f"/usr/local/lib/{kind}/kefu.conf",
            (ROOT / "systemd" / kind / "kefu.conf").read_text(),
        )
    watchdog = f"WatchdogSec={watchdog_s}\n"
    machine.write("/etc/systemd/system/srv-kefu.mount", _MOUNT)
    machine.write("/etc/systemd/system/kefud@.service.d/test.conf", _DROP_IN + watchdog)
    machine.write(
        "/etc/systemd/system/kefu-worker@.service.d/test.conf", _DROP_IN + watchdog + _TINY
    )
    machine.write("/etc/kefu/kefu.toml", "[gateway]\nmax_calls = 8\n")
    machine.run(python, "-m", "venv", "--without-pip", SOFTWARE)
    site = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    machine.write(f"{SOFTWARE}/{site}/checkout.pth", f"{PLACE}\n{_packages()}\n")
    kefuctl = (ROOT / "scripts" / "kefuctl.in").read_text().replace("@SOFTWARE@", SOFTWARE)
    machine.write("/usr/local/bin/kefuctl", kefuctl)
    machine.run("chmod", "755", "/usr/local/bin/kefuctl")
    for link, target in (
        ("/var/lib/kefu/slots/blue/software", SOFTWARE),
        (f"/etc/systemd/system/kefu.target.wants/{GATEWAY}", f"{_UNITS}/kefud@.service"),
    ):
        machine.run("mkdir", "-p", str(Path(link).parent))
        machine.run("ln", "-s", target, link)
    machine.run("systemd-sysusers", "kefu.conf")
    machine.run("systemd-tmpfiles", "--create", "kefu.conf")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "enable", "--now", "kefu.target")


def _python() -> str:
    """The system's own, which the services' user may run."""
    found = subprocess.run(
        [ROOT / "scripts" / "install-python"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        pytest.skip(found.stderr.splitlines()[0])
    return found.stdout.strip()


def _packages() -> str:
    """Where the packages of this interpreter lie, as the services see it."""
    import zmq

    packages = Path(zmq.__file__).parents[1]
    return str(Path(PLACE) / packages.relative_to(ROOT))

"""What a machine needs to run kefu, each need with the command that mends it."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final, Literal

import msgspec

from daemon.business.operations import load_operations
from daemon.release.capacity import FILE, stored_capacity
from daemon.release.release import load as load_release
from daemon.settings import Settings
from engines.dialog.playbook import load_playbook
from kefu.client import Client
from kefu.errors import GatewayUnreachable, KefuError

Verdict = Literal["ok", "weak", "missing"]

_GIB: Final = 1 << 30
_PULL_BYTES: Final = 1_000_000_000
"""Archives and objects of ``lite`` side by side, with room to spare."""
_RECORDS_BYTES: Final = 200_000_000
_MEMORY_BYTES: Final = 1_300_000_000
"""Gateway and worker with one call, and some air."""
_CORES: Final = 2
_PYTHON: Final = (3, 10)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One need of kefu and whether this machine meets it."""

    name: str
    verdict: Verdict
    """``weak``: works, but slowly or not for long. ``missing``: does not work."""
    found: str
    mend: str = ""
    """A command, or what else to do."""


def examine(state: Path, run: Path, release: str, settings: Settings | None = None) -> list[Check]:
    """Look at everything; a check that fails does not keep the next from being made."""
    settings = settings or Settings()
    weights = _weights(state, release)
    return [
        _python(),
        _core(),
        _program("espeak-ng", "English text to phonemes", "sudo apt-get install espeak-ng"),
        weights,
        scenarios(Path(settings.dialog.scenarios)),
        operations(Path(settings.business.operations)),
        _disk(state, _RECORDS_BYTES if weights.verdict == "ok" else _PULL_BYTES),
        _memory(),
        _cores(),
        _capacity(state, release, settings.gateway.max_calls),
        _simd(),
        _real_time(),
        _sockets(run),
    ]


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= _PYTHON:
        return Check(name="python", verdict="ok", found=found)
    return Check(name="python", verdict="missing", found=found, mend="sudo apt-get install python3")


def _core() -> Check:
    try:
        core = importlib.import_module("engines._core")
    except ImportError as error:
        return Check(name="core", verdict="missing", found=str(error), mend="make setup")
    info = core.build_info()
    found = ", ".join(f"{key} {value}" for key, value in sorted(info.items()))
    return Check(name="core", verdict="ok", found=found)


def _program(name: str, why: str, mend: str) -> Check:
    path = shutil.which(name)
    if path is None:
        return Check(name=name, verdict="missing", found=f"not found ({why})", mend=mend)
    return Check(name=name, verdict="ok", found=path)


def _weights(state: Path, release: str) -> Check:
    try:
        checked = load_release(state, release)
    except KefuError as error:
        mend = f"kefuctl pull --state {state}"
        return Check(name="weights", verdict="missing", found=error.message, mend=mend)
    objects = checked.manifest.objects.values()
    size = sum(one.bytes for one in objects) / 1e6
    found = f"{checked.name}: {len(objects)} objects, {size:.0f} MB, all digests right"
    return Check(name="weights", verdict="ok", found=found)


def scenarios(folder: Path) -> Check:
    """Whether the scenarios of a folder can be used."""
    try:
        names = sorted(load_playbook(folder).scenarios)
    except KefuError as error:
        return Check(name="scenarios", verdict="missing", found=error.message, mend=error.mend)
    return Check(name="scenarios", verdict="ok", found=f"{', '.join(names)} in {folder}")


def operations(path: Path) -> Check:
    """Whether the list of operations can be used."""
    try:
        names = sorted(load_operations(path))
    except KefuError as error:
        return Check(name="operations", verdict="missing", found=error.message, mend=error.mend)
    return Check(name="operations", verdict="ok", found=f"{', '.join(names)} in {path}")


def _disk(state: Path, wanted_bytes: int) -> Check:
    there = next(
        folder for folder in (state.resolve(), *state.resolve().parents) if folder.exists()
    )
    free = shutil.disk_usage(there).free
    found = f"{free / _GIB:.1f} GiB free at {there}"
    if not os.access(there, os.W_OK):
        found = f"{there} cannot be written"
        owner = there.stat()
        if there == state.resolve() and (owner.st_uid, owner.st_gid) != (0, 0):  # the services'
            mend = "sudo kefuctl doctor, to know more"
            return Check(name="disk", verdict="weak", found=f"{found} by you", mend=mend)
        return Check(name="disk", verdict="missing", found=found, mend=f"sudo chown $USER {there}")
    if free < wanted_bytes:
        mend = f"free {wanted_bytes / _GIB:.1f} GiB, or choose another folder with --state"
        return Check(name="disk", verdict="missing", found=found, mend=mend)
    return Check(name="disk", verdict="ok", found=found)


def _memory() -> Check:
    free = _memory_available()
    if free is None:
        return Check(name="memory", verdict="weak", found="/proc/meminfo cannot be read")
    found = f"{free / _GIB:.1f} GiB available"
    if free < _MEMORY_BYTES:
        mend = f"end other programs: one call needs {_MEMORY_BYTES / _GIB:.1f} GiB"
        return Check(name="memory", verdict="weak", found=found, mend=mend)
    return Check(name="memory", verdict="ok", found=found)


def _memory_available() -> int | None:
    """Bytes that a new program could have, by /proc/meminfo."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        return None
    return None


def _cores() -> Check:
    count = len(os.sched_getaffinity(0))
    if count >= _CORES:
        return Check(name="cores", verdict="ok", found=str(count))
    mend = "give the machine a second core: answers come late on one"
    return Check(name="cores", verdict="weak", found=str(count), mend=mend)


def _capacity(state: Path, release: str, setting: int) -> Check:
    """How many calls the gateway admits, as far as the worker can hold them."""
    if setting:
        found = f"{setting} calls at once, set by gateway.max_calls"
        return Check(name="capacity", verdict="ok", found=found)
    try:
        name = load_release(state, release, verify=False).name
    except KefuError:
        name = release  # its own check tells what is wrong
    measured = stored_capacity(state / FILE, name)
    if measured is not None:
        return Check(name="capacity", verdict="ok", found=f"{measured} calls at once, measured")
    return Check(
        name="capacity",
        verdict="weak",
        found="not measured: as many calls as cores are taken",
        mend=f"kefuctl doctor --measure --state {state}",
    )


def _simd() -> Check:
    try:
        words = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        words = set()
    known = [
        name for name in ("avx2", "avx512f", "avx512_vnni", "asimd", "asimddp") if name in words
    ]
    if "avx2" in known or "asimd" in known:
        return Check(name="simd", verdict="ok", found=" ".join(known))
    mend = "choose a machine with AVX2 or NEON: INT8 weights run several times slower without"
    return Check(name="simd", verdict="weak", found="neither AVX2 nor NEON", mend=mend)


def _real_time() -> Check:
    """Asked for in a child: this process must stay an ordinary one."""
    ask = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
    asked = subprocess.run(
        [sys.executable, "-I", "-c", ask], stderr=subprocess.DEVNULL, check=False
    )
    if asked.returncode == 0:
        return Check(name="real time", verdict="ok", found="the line may have real-time priority")
    return Check(
        name="real time",
        verdict="weak",
        found="not allowed: frames leave late on a busy box",
        mend="LimitRTPRIO=1 in the unit, or `* - rtprio 1` in /etc/security/limits.conf",
    )


def _sockets(run: Path) -> Check:
    address = f"ipc://{run / 'kefu.sock'}"
    try:
        with Client(address, timeout_s=1.0) as client:
            state = client.ping().state
    except GatewayUnreachable:
        return Check(
            name="gateway",
            verdict="weak",
            found=f"nobody answers at {address}",
            mend="systemctl start kefu.target (in a checkout: make run, or kefud --standalone)",
        )
    except KefuError as error:
        return Check(name="gateway", verdict="weak", found=error.message, mend=error.instance_mend)
    if state != "serving":
        mend = "kefuctl logs says why the worker does not come up"
        return Check(name="gateway", verdict="weak", found=f"{state} at {address}", mend=mend)
    return Check(name="gateway", verdict="ok", found=f"{state} at {address}")

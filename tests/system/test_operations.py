"""Commands of docs/operations.md on a box with a real systemd, journal and records."""

from __future__ import annotations

import json
import tarfile

import pytest

from tests.system import checkout
from tests.system.box import greeted, wait_serving
from tests.system.machine import ROOT, Machine, wait_until

_KEFUCTL = (
    f"cd {checkout.PLACE}; KEFU_STATE=/var/lib/kefu KEFU_RUN=/run/kefu "
    f"KEFU_CONFIG=/etc/kefu/kefu.toml {checkout.SOFTWARE}/bin/python -m daemon.ctl.main "
)


@pytest.fixture(scope="module", autouse=True)
def _one_call(box: Machine) -> None:
    wait_serving(box)
    greeted(box)


def kefuctl(box: Machine, words: str) -> str:
    """What it prints to standard output."""
    return box.run("sh", "-c", _KEFUCTL + words)


def test_the_log_of_a_call_comes_from_the_journal(box: Machine) -> None:
    units = (checkout.GATEWAY, checkout.WORKER)
    wait_until(
        lambda: all("closed call=" in box.journal(unit) for unit in units),
        within_s=5,
        what="both log the call's end",
    )
    (call,) = json.loads(kefuctl(box, "calls list --json"))
    found = kefuctl(box, f"logs --call {call['call'][:8]} --json").splitlines()
    lines = [json.loads(line) for line in found]
    assert {line["call"] for line in lines} == {call["call"]}
    assert {
        ("kefud", "opened"),
        ("kefu-worker", "call_opened"),
        ("kefu-worker", "call_closed"),
        ("kefud", "closed"),
    } <= {(line["process"], line["event"]) for line in lines}
    everything = kefuctl(box, "logs --since 1h")
    assert "systemd Started kefud@" in everything
    assert "kefud worker_ready slot=blue" in everything


def test_a_support_bundle_of_an_installed_box(box: Machine) -> None:
    told = json.loads(kefuctl(box, "support-bundle --json -o /var/lib/kefu"))
    assert set(told["failed"]) <= {"doctor.json"}
    with tarfile.open(box.path(told["path"])) as archive:
        (folder,) = {name.split("/")[0] for name in archive.getnames()}
        units = archive.extractfile(f"{folder}/units.txt")
        logs = archive.extractfile(f"{folder}/logs.txt")
        assert units is not None
        assert logs is not None
        assert "kefu-worker@blue.service" in units.read().decode()
        assert logs.read().decode().startswith("from the journal\n")


def test_the_records_are_copied_while_the_gateway_runs(box: Machine) -> None:
    script = next(
        line.removeprefix("$ sudo -u kefu python3 -c ").strip("'")
        for line in (ROOT / "docs" / "operations.md").read_text("utf-8").splitlines()
        if line.startswith("$ sudo -u kefu python3 -c ")
    )
    box.run("setpriv", "--reuid=kefu", "--regid=kefu", "--clear-groups", "python3", "-c", script)
    count = (
        "import sqlite3; print(sqlite3.connect('/var/lib/kefu/backup.sqlite')"
        ".execute('SELECT count(*) FROM calls').fetchone()[0])"
    )
    assert box.run("python3", "-c", count).strip() == "1"


def test_a_mistake_in_the_settings_is_named_before_a_restart(box: Machine) -> None:
    right = box.path("/etc/kefu/kefu.toml").read_text()
    box.write("/etc/kefu/kefu.toml", "[gateway]\nmax_cals = 8\n")
    done = box.lab("exec", "sh", "-c", f"{_KEFUCTL}config check")
    box.write("/etc/kefu/kefu.toml", right)
    assert done.returncode == 2
    assert "Did you mean gateway.max_calls?" in done.stderr

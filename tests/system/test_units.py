"""The units under a real systemd, with stand-in engines and a watchdog of 3 s."""

from __future__ import annotations

import time
from typing import Final

import pytest

import kefu
from kefu.errors import Draining, UnknownCall
from tests.drills.drill import silence_ms
from tests.drills.tone_caller import ToneCaller
from tests.system.box import (
    WORKER,
    greeted,
    in_background,
    state,
    wait_serving,
)
from tests.system.caller import Caller
from tests.system.checkout import GATEWAY
from tests.system.machine import ROOT, Machine, wait_until
from tests.system.measured import note

CONSENTS: Final = "kefu-voice-consents.service"
"""Reached by nothing but its timer: it writes where root alone may."""
HOLD_MS: Final = 800.0
"""The longest silence of a caller whose worker hangs; 600 on an idle machine."""


@pytest.fixture(autouse=True)
def serving(box: Machine) -> None:
    wait_serving(box)


def test_the_target_starts_gateway_and_worker(box: Machine) -> None:
    assert box.show("kefu.target", "ActiveState") == "active"
    wait_until(lambda: box.show(WORKER, "ActiveState") == "active", 10, "the worker is READY")
    greeted(box)
    said = "release tiny, worker blue ready"
    wait_until(lambda: said in box.show(GATEWAY, "StatusText"), 5, said)
    assert box.show(WORKER, "StatusText").startswith("Serving: ")
    assert box.path("/run/kefu").stat().st_mode & 0o777 == 0o750


def test_no_unit_that_anybody_reaches_runs_as_root(box: Machine) -> None:
    units = [path.name for path in (ROOT / "systemd").glob("*.service")]
    units.remove(CONSENTS)
    assert {GATEWAY.replace("checkout", ""), WORKER.replace("blue", "")} <= set(units)
    for unit in units:
        assert box.show(unit.replace("@.", "@x."), "User") in ("kefu", "kefu-voices"), unit
    for unit in (GATEWAY, WORKER):
        status = box.path(f"/proc/{box.pid(unit)}/status").read_text()
        assert "Uid:\t0\t" not in status


def test_consents_that_have_run_out_are_looked_for_daily(box: Machine) -> None:
    timer = CONSENTS.replace(".service", ".timer")
    wait_until(lambda: box.show(timer, "ActiveState") == "active", 5, "the timer runs")
    box.run("systemctl", "start", CONSENTS)
    assert box.show(CONSENTS, "Result") == "success"
    box.write("/var/lib/kefu/voices/ledger.jsonl", "no ledger\n")
    try:
        assert box.lab("exec", "systemctl", "start", CONSENTS).returncode
        assert box.show(CONSENTS, "Result") == "exit-code"
        assert "ledger_damaged" in box.journal(CONSENTS)
    finally:
        box.run("rm", "/var/lib/kefu/voices/ledger.jsonl")


def test_neither_waits_for_the_other_nor_ends_with_it(box: Machine) -> None:
    for unit, other in ((GATEWAY, WORKER), (WORKER, GATEWAY)):
        for relation in ("After", "Before", "Requires", "BindsTo", "Requisite"):
            assert other not in box.show(unit, relation).split(), (unit, relation)
        assert "kefu.target" in box.show(unit, "PartOf").split()
    assert WORKER in box.show(GATEWAY, "Wants").split()


def test_a_worker_that_hangs_is_started_again_and_calls_go_on(box: Machine) -> None:
    gateway, worker = box.pid(GATEWAY), box.pid(WORKER)
    with kefu.Client(box.door) as client:
        caller = ToneCaller(client, 40)
        caller.start()
        wait_until(lambda: bool(caller.voices), 10, "the caller hears the agent")
        stopped_at = time.monotonic()
        box.run("kill", "-STOP", str(worker))
        wait_until(lambda: caller.resumed_at > 0, 15, "the caller is told that we go on")
        caller.hang_up()
    assert box.pid(WORKER) not in (0, worker)
    assert silence_ms(caller, stopped_at) <= HOLD_MS
    note("worker stopped → a caller goes on", caller.resumed_at - stopped_at)
    assert "Watchdog timeout" in box.journal(WORKER)
    assert box.pid(GATEWAY) == gateway
    greeted(box)


def test_a_gateway_that_is_killed_is_back_within_2_s(box: Machine) -> None:
    wait_until(lambda: box.show(WORKER, "ActiveState") == "active", 10, "the worker is READY")
    worker = box.pid(WORKER)
    caller = Caller(box.door)
    caller.start()
    wait_until(lambda: bool(caller.voices), 10, "the caller hears the agent")
    box.run("kill", "-KILL", str(box.pid(GATEWAY)))
    killed_at = time.monotonic()
    took = wait_serving(box)
    note("gateway killed → serving again", took)
    assert time.monotonic() - killed_at <= 2.0
    caller.join(10)
    assert isinstance(caller.error, UnknownCall)
    greeted(box)
    assert box.pid(WORKER) == worker
    wait_until(
        lambda: box.show(WORKER, "StatusText").startswith("Serving: 0 of"),
        5,
        "the worker holds no call",
    )


def test_stop_lets_a_call_end_by_itself_and_takes_no_new_one(box: Machine) -> None:
    with kefu.Client(box.door) as client:
        caller = ToneCaller(client, 40)
        caller.start()
        wait_until(lambda: bool(caller.voices), 10, "the caller hears the agent")
        stopping = in_background(box, "systemctl", "stop", "kefu.target")
        wait_until(lambda: state(box) == "draining", 5, "the gateway drains")
        with kefu.Client(box.door) as other, pytest.raises(Draining) as refused:
            other.call()
        assert refused.value.retry_after_ms > 0
        assert box.show(GATEWAY, "ActiveState") == "deactivating"
        caller.join()
        ended_at = time.monotonic()
    assert caller.cause == "completed"
    assert stopping.wait(20) == 0
    wait_until(lambda: box.show(GATEWAY, "ActiveState") == "inactive", 10, "the gateway's end")
    wait_until(lambda: box.show(WORKER, "ActiveState") == "inactive", 10, "the worker's end")
    for unit in (GATEWAY, WORKER):
        assert box.show(unit, "Result") == "success"
        assert box.show(unit, "ExecMainStatus") == "0"
    note("last call ended → both have stopped", time.monotonic() - ended_at)
    assert box.path("/run/kefu").is_dir()
    box.run("systemctl", "start", "kefu.target")


def test_after_a_reboot_it_serves_by_itself(box: Machine) -> None:
    began = time.monotonic()
    box.reboot()
    wait_serving(box)
    note("reboot → serving", time.monotonic() - began)
    greeted(box)


def test_wrong_settings_are_not_tried_again_and_again(box: Machine) -> None:
    good = box.path("/etc/kefu/kefu.toml").read_text()
    box.write("/etc/kefu/kefu.toml", "[gateway]\nmax_cals = 3\n")
    try:
        box.lab("exec", "systemctl", "restart", "kefu.target")
        wait_until(lambda: box.show(GATEWAY, "ActiveState") == "failed", 10, "it gives up")
        assert "Did you mean gateway.max_calls?" in box.journal(GATEWAY)
        assert box.show(GATEWAY, "NRestarts") == "0"
    finally:
        box.write("/etc/kefu/kefu.toml", good)
        box.run("systemctl", "restart", "kefu.target")

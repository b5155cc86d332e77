"""What is asked of a box under systemd, whichever engines it has."""

from __future__ import annotations

import subprocess
import time
from typing import Final

import kefu
from kefu.errors import KefuError
from tests.system.caller import Caller
from tests.system.machine import LAB, Machine, wait_until

WORKER: Final = "kefu-worker@blue.service"


def state(machine: Machine) -> str:
    """As PING has it: serving, no_worker, draining; empty where nobody answers."""
    try:
        with kefu.Client(machine.door, timeout_s=0.5) as client:
            return client.ping().state
    except (KefuError, FileNotFoundError):
        return ""


def wait_serving(machine: Machine, within_s: float = 20.0) -> float:
    """Until a call would be taken; returns the seconds it took."""
    return wait_until(lambda: state(machine) == "serving", within_s, "the box serves")


def greeted(machine: Machine, within_s: float = 10.0) -> float:
    """Place a call, and return the seconds until the agent is heard."""
    began = time.monotonic()
    caller = Caller(machine.door)
    caller.start()
    try:
        wait_until(lambda: bool(caller.voices), within_s, "the caller hears the agent")
        return caller.voices[0] - began
    finally:
        caller.hang_up()


def in_background(machine: Machine, *command: str) -> subprocess.Popen[bytes]:
    """A command inside that takes its time."""
    return subprocess.Popen([LAB, "exec", "--root", machine.root, *command])

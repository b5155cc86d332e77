"""A gateway and its worker as children of this process, from the start until a call is served."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import kefu
from daemon.ctl import places
from daemon.ctl.errors import GatewayAway
from daemon.ctl.output import people
from daemon.errors import SocketInUse

READY_TIMEOUT_S: Final = 120.0
PHRASES_STILL_S: Final = 120.0
"""So long takes no phrase, even on a slow machine that does other things too."""
SAME_END: Final = 2
"""A worker that ends so often for one reason will not come up."""
_REASON: Final = re.compile(r"(?:cannot serve code=|kefud: )(\w+:? .*)")
DEMO_SCENARIOS: Final = ("order_status", "refund")
"""What is shown and measured; the phrases of the others are made while these serve."""
_READY: Final = re.compile(r" phrases ready scenario=(\w+)")
_MADE: Final = re.compile(r" phrases made=(\d+) of=(\d+)")


@contextmanager
def serving(
    state: Path, release: str = places.RELEASE, config: Path | None = None
) -> Iterator[str]:
    """Start them, wait until they serve and phrases are cached; gives the socket's address.

    They serve calls as soon as the engines stand. The phrases of the scenarios that are shown,
    which take minutes at the very first start, are waited for so that what is shown or measured
    then is what callers hear later.

    Raises:
        SocketInUse: a gateway serves there already.
        GatewayAway: they did not come up; their own words stand in ``kefud.log``.
    """
    run_folder = state / "run"
    address = f"ipc://{run_folder / 'kefu.sock'}"
    if _answers(address):
        raise SocketInUse(
            f"A gateway serves at {address} already.",
            mend="Stop the gateway that runs there, or choose another folder with --state.",
        )
    state.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-I", "-m", "daemon.gateway.main", "--standalone"]
    command += ["--state", str(state), "--run", str(run_folder), "--release", release]
    if config is not None:
        command += ["--config", str(config)]
    log = _Log(state / "kefud.log")
    with log.path.open("ab") as sink:
        # A session of its own: Ctrl-C is ours to handle, and ends the calls in order.
        gateway = subprocess.Popen(
            command, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _await_worker(gateway, address, log)
        _await_phrases(gateway, log, state / "cache" / "phrases")
        yield address
    finally:
        gateway.send_signal(signal.SIGINT)  # at once: SIGTERM lets calls end first
        try:
            gateway.wait(15)
        except subprocess.TimeoutExpired:
            gateway.kill()
            gateway.wait()


class _Log:
    """What the children have written since this object was made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = path.stat().st_size if path.exists() else 0

    def text(self) -> str:
        with self.path.open("rb") as file:
            file.seek(self._start)
            return file.read().decode(errors="replace")

    def reasons(self) -> list[str]:
        """What the children gave as their reason to end, newest last."""
        return _REASON.findall(self.text())

    def trouble(self, what: str) -> GatewayAway:
        """The error, with the children's own reason in it."""
        reasons = self.reasons()
        reason = reasons[-1] if reasons else "their log names no reason"
        mend = f"`kefuctl doctor` examines this machine; the log is {self.path}."
        return GatewayAway(f"{what}: {reason.rstrip('.')}.", mend=mend)


def _await_worker(gateway: subprocess.Popen[bytes], address: str, log: _Log) -> None:
    began = time.monotonic()
    with people.status("starting: loading the engines …"):
        while time.monotonic() - began < READY_TIMEOUT_S and gateway.poll() is None:
            if _answers(address) and gateway.poll() is None:
                people.print(f"ready after {time.monotonic() - began:.1f} s · log {log.path}")
                return
            reasons = log.reasons()
            if len(reasons) >= SAME_END and len(set(reasons[-SAME_END:])) == 1:
                break
            time.sleep(0.1)
    raise log.trouble("Gateway and worker did not come up")


def _await_phrases(gateway: subprocess.Popen[bytes], log: _Log, cache: Path) -> None:
    """A progress bar where there is something to make; nothing on every later start.

    A machine that is too busy for it ends nothing: calls are taken, and speech is made live.
    """
    moved, count = time.monotonic(), -1
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=people, transient=True) as progress:
        bar = progress.add_task(
            "first start: speaking the agent's phrases (calls are taken already)", visible=False
        )
        while time.monotonic() - moved < PHRASES_STILL_S and gateway.poll() is None:
            text = log.text()
            if set(DEMO_SCENARIOS) <= set(_READY.findall(text)) or " phrases complete" in text:
                return
            kept = sum(1 for _ in cache.iterdir()) if cache.is_dir() else 0
            if kept != count:
                moved, count = time.monotonic(), kept
            if told := _MADE.findall(text):
                made, of = told[-1]
                progress.update(bar, completed=int(made), total=int(of), visible=True)
            time.sleep(0.1)
    if gateway.poll() is not None:
        raise log.trouble("The gateway ended while the agent's phrases were made")
    people.print(
        f"No phrase of the agent was made for {PHRASES_STILL_S:.0f} s: this machine is busy. The "
        "rest is made behind the calls; until then some answers begin late."
    )


def _answers(address: str) -> bool:
    if not Path(address.removeprefix("ipc://")).exists():
        return False
    try:
        with kefu.Client(address, timeout_s=1.0) as client:
            return client.ping().state == "serving"
    except kefu.KefuError:
        return False

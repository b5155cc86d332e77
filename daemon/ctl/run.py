"""kefuctl run: gateway and worker in the foreground, a call in each language, then more."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray

import kefu
from daemon.business.seed import make_database
from daemon.ctl import places
from daemon.ctl.caller import RATE_HZ, Answer, Line, RecordedCaller
from daemon.ctl.conversation_view import ConversationView, summary
from daemon.ctl.errors import GatewayAway
from daemon.ctl.output import people, print_json, results
from daemon.ctl.recordings import read_script
from daemon.settings import BusinessSettings
from kefu.protocol import Language

SEED: Final = Path(BusinessSettings().seed)
WORKER_TIMEOUT_S: Final = 900.0
"""The very first start synthesises every phrase of the scenarios."""
CALLS: Final[tuple[tuple[str, Language], ...]] = (("zh", "zh"), ("en", "en"))


def run(
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    config: Annotated[Path | None, typer.Option(help="Settings, kefu.toml.")] = None,
    demo: Annotated[Path, typer.Option(help="Folder of the recorded callers.")] = Path(
        "examples/demo"
    ),
    once: Annotated[bool, typer.Option("--once", help="End after the two calls.")] = False,
    json: places.Json = False,
) -> None:
    """Start gateway and worker here, and let a recorded caller talk to them.

    Examples:
      kefuctl run                 two calls, then open for more until Ctrl-C

      kefuctl run --once --json   the same for a script
    """
    # Ended by SIGTERM, gateway and worker must be ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with serving(state, release, config) as address, kefu.Client(address) as client:
        answers = {name: _call(client, state, demo, name, language) for name, language in CALLS}
        if json:
            print_json({name: [_as_json(one) for one in lines] for name, lines in answers.items()})
        else:
            results.print()
            results.print(summary(answers))
            for name in answers:
                results.print(f"Both sides of the {name} call: {_wav_path(state, name)}")
            results.print(
                f"Look closer:  kefuctl calls list --state {state}  ·  "
                f"kefuctl calls show ID --state {state}"
            )
        if not once:
            results.print(f"\nOpen for calls at {address} – Ctrl-C ends it.")
            _until_interrupted()


@contextmanager
def serving(
    state: Path, release: str = places.RELEASE, config: Path | None = None
) -> Iterator[str]:
    """A gateway and its worker as children of this process; gives the socket's address.

    Raises:
        GatewayAway: they did not come up; their own words stand in ``kefud.log``.
    """
    run_folder = state / "run"
    state.mkdir(parents=True, exist_ok=True)
    log_path = state / "kefud.log"
    command = [sys.executable, "-m", "daemon.gateway.main", "--standalone"]
    command += ["--state", str(state), "--run", str(run_folder), "--release", release]
    if config is not None:
        command += ["--config", str(config)]
    with log_path.open("ab") as log:
        # A session of its own: Ctrl-C is ours to handle, and ends the calls in order.
        gateway = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    address = f"ipc://{run_folder / 'kefu.sock'}"
    try:
        _await_worker(gateway, address, log_path)
        yield address
    finally:
        gateway.send_signal(signal.SIGTERM)
        try:
            gateway.wait(15)
        except subprocess.TimeoutExpired:
            gateway.kill()
            gateway.wait()


def _await_worker(gateway: subprocess.Popen[bytes], address: str, log_path: Path) -> None:
    began = time.monotonic()
    with people.status("starting: loading the engines …") as status:
        while time.monotonic() - began < WORKER_TIMEOUT_S:
            if gateway.poll() is not None:
                break
            if _serving(address) and gateway.poll() is None:
                people.print(f"ready after {time.monotonic() - began:.1f} s · log {log_path}")
                return
            if (made := _phrases_made(log_path)) is not None:
                status.update(f"first start: synthesising the agent's phrases, {made}")
            time.sleep(0.1)
    errors = [line for line in _lines(log_path) if " ERROR " in line]
    last = errors[-1].split(" ERROR ", 1)[1] if errors else "no error in their log"
    raise GatewayAway(f"Gateway and worker did not come up: {last}.", mend=f"Log: {log_path}")


def _phrases_made(log_path: Path) -> str | None:
    told = [line for line in _lines(log_path) if " phrases made=" in line]
    if not told:
        return None
    made, _, of = told[-1].rpartition("made=")[2].partition(" of=")
    return f"{made} of {of}"


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def _serving(address: str) -> bool:
    if not Path(address.removeprefix("ipc://")).exists():
        return False
    try:
        with kefu.Client(address, timeout_s=1.0) as client:
            return client.ping().state == "serving"
    except kefu.KefuError:
        return False


def _call(
    client: kefu.Client, state: Path, demo: Path, name: str, language: Language
) -> list[Answer]:
    # The demonstration's shop begins anew, or this call would find its refund already made.
    (state / "shop.sqlite").unlink(missing_ok=True)
    make_database(SEED, state / "shop.sqlite")
    results.rule(f"{name}: a recorded caller, G.711 µ-law at 8 kHz, line noise")
    view = ConversationView(results)
    lines: list[Line] = read_script(demo, name)
    caller = RecordedCaller(
        client, called="800", language=language, noise_dbfs=-58, seed=1, on_event=view.event
    )
    answers = caller.say(lines)
    caller.listen(1.0)
    caller.hang_up()
    write_stereo(_wav_path(state, name), caller.stereo())
    return answers


def write_stereo(path: Path, samples: NDArray[np.int16]) -> None:
    """(T, 2) int16 at 8 kHz as a WAV file, caller left, agent right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())


def _wav_path(state: Path, name: str) -> Path:
    return state / "recordings" / f"demo-{name}.wav"


def _as_json(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.line.text,
        "wait_s": answer.wait_s,
        "premature": answer.premature,
        "silent_after_s": answer.silent_after_s,
    }


def _until_interrupted() -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    results.print("Ending.")

"""kefud as a process: ready, its sockets, its child, its end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import kefu
from daemon.control import SOCKET, Draining, DrainRequest
from daemon.ctl.control_client import ControlClient
from daemon.records.reader import list_calls
from kefu.errors import GatewayUnreachable, NoWorker
from kefu.protocol import Closed
from tests.daemon.gateway.house import until

ROOT = Path(__file__).parents[3]
TOY = [sys.executable, "-m", "tests.daemon.gateway.toy_worker"]


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="kefu-"))
    (path / "kefu.toml").write_text(
        f"[worker]\ncommand = {TOY!r}\nrestart_first_ms = 50\nnice = 0\n[gateway]\nmax_calls = 8\n"
    )
    yield path
    shutil.rmtree(path)


class Kefud:
    """``with Kefud(folder) as kefud``: bound, and ended at once."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "daemon.gateway.main", "--state", str(folder), *options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.ready = self.process.stdout.readline()
        self.address = f"ipc://{folder}/run/kefu.sock"

    def __enter__(self) -> Kefud:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=10)

    def worker(self) -> int:
        """The process id of its only child."""
        (child,) = self.children()
        return child

    def children(self) -> list[int]:
        """The process ids of its children."""
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def serving(self) -> kefu.Client:
        client = kefu.Client(self.address)
        until(lambda: client.ping().state == "serving", 10.0)
        return client


def runs(process: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def cause(closed: Closed | None) -> str:
    return "" if closed is None else closed.cause


def standalone(folder: Path) -> Kefud:
    return Kefud(folder, "--standalone", "--config", str(folder / "kefu.toml"))


def test_ready_names_the_address_and_only_the_door_is_for_the_group(folder: Path) -> None:
    with Kefud(folder) as kefud:
        assert kefud.ready == f"READY {kefud.address}\n"
        for name, mode in (("kefu.sock", 0o660), ("slot.sock", 0o600)):
            assert stat.S_IMODE((folder / "run" / name).stat().st_mode) == mode


def test_ctrl_c_ends_calls_worker_and_sockets(folder: Path) -> None:
    with standalone(folder) as kefud, kefud.serving() as client:
        call = client.call(called="tone")
        worker = kefud.worker()
        kefud.process.send_signal(signal.SIGINT)
        assert cause(call.wait_closed(3.0)) == "shutdown"
        assert kefud.process.wait(5.0) == 0
        until(lambda: not runs(worker))
    assert list((folder / "run").iterdir()) == []
    assert list_calls(folder / "records.sqlite")[0].cause == "shutdown"


def test_a_killed_worker_is_started_again_and_its_calls_go_on(folder: Path) -> None:
    with standalone(folder) as kefud, kefud.serving() as client:
        call = client.call(called="count", on_audio=lambda _: None)
        assert call.next_event(2.0) is not None
        worker = kefud.worker()
        os.kill(worker, signal.SIGKILL)
        until(lambda: client.ping().state == "no_worker")
        until(lambda: client.ping().state == "serving", 10.0)
        assert kefud.worker() != worker
        call.send_silence(400)
        until(lambda: _samples(call) > 0)
        assert client.call(called="count").opened.release == "toy-1"
        assert cause(call.close()) == "normal"


def _samples(call: kefu.Call) -> int:
    """What the worker that serves now has heard of the call."""
    event = call.next_event(2.0)
    return 0 if event is None else int(event.data["samples"])


def test_a_stopped_worker_is_noticed_and_comes_back(folder: Path) -> None:
    with standalone(folder) as kefud, kefud.serving() as client:
        worker = kefud.worker()
        call = client.call(called="count", on_audio=lambda _: None)
        os.kill(worker, signal.SIGSTOP)
        until(lambda: client.ping().state == "no_worker")
        with pytest.raises(NoWorker):
            client.call()
        os.kill(worker, signal.SIGCONT)
        until(lambda: client.ping().state == "serving")
        event = call.next_event(2.0)
        assert event is not None
        assert event.kind == "toy.count"
        assert cause(call.close()) == "normal"


def test_a_worker_that_hangs_is_ended_and_its_calls_go_on(folder: Path) -> None:
    config = folder / "kefu.toml"
    config.write_text(config.read_text().replace("[worker]\n", "[worker]\nhung_ms = 800\n"))
    with standalone(folder) as kefud, kefud.serving() as client:
        call = client.call(called="count", on_audio=lambda _: None)
        worker = kefud.worker()
        os.kill(worker, signal.SIGSTOP)
        until(lambda: client.ping().state == "no_worker")
        until(lambda: client.ping().state == "serving", 10.0)
        assert not runs(worker)
        call.send_silence(400)
        until(lambda: _samples(call) > 0)
        assert cause(call.close()) == "normal"


def test_a_killed_gateway_takes_its_worker_along_and_its_socket_is_replaced(folder: Path) -> None:
    with standalone(folder) as kefud:
        kefud.serving().close()
        worker = kefud.worker()
        kefud.process.kill()
        until(lambda: not runs(worker))
    assert (folder / "run" / "kefu.sock").exists()
    with standalone(folder) as kefud, kefud.serving() as client:
        assert client.call(called="count").opened.release == "toy-1"


def test_a_killed_gateway_is_noticed_by_its_client(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kefu.connection.RECONNECT_FOR_S", 0.8)
    with standalone(folder) as kefud, kefud.serving() as client:
        call = client.call(called="tone", on_audio=lambda _: None)
        kefud.process.kill()
        with pytest.raises(GatewayUnreachable, match="kefu"):
            list(call.events())


def test_a_killed_client_leaves_its_place_to_the_next(folder: Path) -> None:
    (folder / "kefu.toml").write_text(
        (folder / "kefu.toml")
        .read_text()
        .replace("max_calls = 8", "max_calls = 1\nclient_gone_ms = 200")
    )
    script = (
        "import kefu, sys, time\n"
        f"call = kefu.Client('ipc://{folder}/run/kefu.sock').call(called='chatter',"
        " on_audio=lambda _: None)\n"
        "print('open', flush=True)\n"
        "time.sleep(60)\n"
    )
    with standalone(folder) as kefud, kefud.serving() as client:
        caller = subprocess.Popen(
            [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert caller.stdout is not None
        assert caller.stdout.readline() == "open\n"
        assert client.ping().free == 0
        caller.kill()
        caller.communicate()
        until(lambda: client.ping().free == 1)
        assert client.call(called="count").opened.release == "toy-1"


def test_a_socket_in_use_is_left_alone(folder: Path) -> None:
    with Kefud(folder) as kefud:
        second = Kefud(folder)
        _, said = second.process.communicate(timeout=10)
        assert second.process.returncode == 4
        assert "socket_in_use" in said
        assert str(folder / "run" / "kefu.sock") in said
        with kefu.Client(kefud.address) as client:
            assert client.ping().state == "no_worker"


REFUSED = {
    "no socket": ("socket_is_file", 4, "is not a socket"),
    "long path": ("long_path", 4, "longer than 107 bytes"),
    "bad settings": ("bad_settings", 2, "gateway.max_cals: unknown key"),
    "no settings": ("no_settings", 2, "cannot be read"),
    "no database": ("no_database", 5, "records_unusable"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_start_says_why(folder: Path, name: str) -> None:
    what, status, message = REFUSED[name]
    options = ["--state", str(folder)]
    if what == "socket_is_file":
        (folder / "run").mkdir()
        (folder / "run" / "kefu.sock").write_text("precious")
    elif what == "long_path":
        options += ["--run", str(folder / ("x" * 100))]
    elif what == "bad_settings":
        (folder / "kefu.toml").write_text("[gateway]\nmax_cals = 3\n")
        options += ["--config", str(folder / "kefu.toml")]
    elif what == "no_settings":
        options += ["--config", str(folder / "none.toml")]
    elif what == "no_database":
        (folder / "records.sqlite").write_bytes(b"this is no database" * 100)
    ended = subprocess.run(
        [sys.executable, "-m", "daemon.gateway.main", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == status
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    if what == "socket_is_file":
        assert (folder / "run" / "kefu.sock").read_text() == "precious"


def test_a_socket_that_nobody_holds_is_replaced(folder: Path) -> None:
    (folder / "run").mkdir()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(folder / "run" / "kefu.sock"))
    with Kefud(folder) as kefud, kefu.Client(kefud.address) as client:
        assert client.ping().calls == 0


def test_the_gateway_imports_no_numpy_and_no_engine() -> None:
    script = (
        "import sys, daemon.gateway.main\n"
        "heavy = {'numpy', 'engines.pipeline', 'engines.asr', 'engines.tts', 'onnxruntime'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"


def test_an_unwritable_state_folder_is_a_typed_error(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    folder.chmod(0o500)
    kefud = Kefud(folder)
    _, said = kefud.process.communicate(timeout=10)
    folder.chmod(0o700)
    assert kefud.process.returncode in (4, 5)
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ("[dialog]\nscenarios = 'nowhere'\n", "bad_settings", "/nowhere does not exist"),
        ("[business]\noperations = 'none.toml'\n", "bad_operations", "/none.toml does not exist"),
    ],
)
def test_what_the_worker_would_miss_ends_the_start(
    folder: Path, settings: str, code: str, says: str
) -> None:
    (folder / "kefu.toml").write_text(settings)
    command = [sys.executable, "-m", "daemon.gateway.main", "--standalone", "--state", str(folder)]
    command += ["--config", str(folder / "kefu.toml")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2
    assert f"kefud: {code}" in ended.stderr
    assert says in ended.stderr
    assert "--config" in ended.stderr


def test_a_worker_that_dies_while_the_last_calls_end_is_started_again(folder: Path) -> None:
    with standalone(folder) as kefud, kefud.serving() as client:
        call = client.call(called="count", on_audio=lambda _: None)
        with ControlClient(folder / "run" / SOCKET) as asking:
            assert asking.ask(DrainRequest(), Draining).calls == 1
        worker = kefud.worker()
        os.kill(worker, signal.SIGKILL)
        until(lambda: any(child != worker for child in kefud.children()), 10.0)
        assert cause(call.close()) == "normal"

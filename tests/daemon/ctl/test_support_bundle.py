"""``kefuctl support-bundle``: what is in it, and that it comes out of a box in any state."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from daemon.ctl import bundle_parts, main
from daemon.records.store import connect, save, timestamp
from kefu.records import CallSummary, Turn
from tests.daemon.ctl.test_status import Gateway

ROOT = Path(__file__).parents[3]
CALL = "ab" * 16


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A box with a record, a log, and a slot."""
    state = tmp_path / "state"
    database = connect(state / "records.sqlite")
    now = timestamp(datetime.now(timezone.utc))
    save(database, CallSummary(call=CALL, caller="13800138000", opened_at=now, cause="completed"))
    save(database, Turn(call=CALL, number=1, heard="我要退款A1024", reply="A1024已经退款了。"))
    database.close()
    clock = datetime.now().strftime("%H:%M:%S")
    (state / "kefud.log").write_text(
        f"{clock} INFO kefud opened call={CALL} caller=13800138000 token=hunter2\n"
    )
    (state / "slots" / "blue").mkdir(parents=True)
    (state / "slots" / "blue" / "release").symlink_to("/var/lib/kefu/releases/lite")
    return state


def kefuctl(*arguments: object, capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main.main(["support-bundle", *map(str, arguments)])
    out, err = capfd.readouterr()
    return code, out, err


def contents(path: Path) -> dict[str, str]:
    """By the names below the archive's one folder."""
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        (folder,) = {member.name.split("/")[0] for member in members}
        assert folder.startswith("kefu-support-")
        return {member.name.partition("/")[2]: _text(archive, member) for member in members}


def _text(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = archive.extractfile(member)
    assert file is not None
    return file.read().decode()


def test_all_of_it_and_nothing_private(
    state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # without journalctl: the log is the file
    out = tmp_path / "bundle.tar.gz"
    gateway = Gateway(state / "run" / "control.sock")
    gateway.start()
    code, printed, _ = kefuctl("--state", state, "-o", out, "--json", capfd=capfd)
    gateway.end()
    told: dict[str, Any] = json.loads(printed)
    assert (code, told["failed"]) == (0, [])
    assert told["bytes"] == out.stat().st_size
    assert out.stat().st_mode & 0o777 == 0o600
    found = contents(out)
    assert set(found) == {"README.txt", *bundle_parts.PARTS}
    assert [name for name in bundle_parts.PARTS if name not in found["README.txt"]] == []
    everything = "".join(text for name, text in found.items() if name != "versions.json")
    for private in ("我要退款", "A1024", "13800138000", "hunter2"):
        assert private not in everything
    (call,) = map(json.loads, found["calls.jsonl"].splitlines())
    assert call["turns"][0]["reply"] == "x0000已经字字了。"
    assert f"opened call={CALL}" in found["logs.txt"]
    assert json.loads(found["settings.json"])["gateway"]["max_call_ms"] == 3_600_000
    assert json.loads(found["status.json"])["status"]["release"] == "lite-1"
    assert {check["name"] for check in json.loads(found["doctor.json"])} >= {"weights", "disk"}
    versions = json.loads(found["versions.json"])
    assert versions["packages"]["pyzmq"]
    assert versions["slots"] == {"blue/release": "/var/lib/kefu/releases/lite"}
    assert "records.sqlite" in found["files.txt"]


def test_an_empty_box_gives_a_bundle_with_reasons(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    broken = tmp_path / "kefu.toml"
    broken.write_text('[gateway]\nmax_cals = 4\npassword = "hunter2"\n')
    arguments = ("--state", tmp_path / "none", "--config", broken, "-o", tmp_path, "--json")
    code, out, err = kefuctl(*arguments, capfd=capfd)
    told = json.loads(out)
    assert code == 0
    assert {"settings.json", "status.json", "metrics.json", "calls.jsonl", "logs.txt"} <= set(
        told["failed"]
    )
    found = contents(Path(told["path"]))
    assert "gateway.max_cals: unknown key" in found["settings.json.error.txt"]
    assert "gateway_unreachable" in found["status.json.error.txt"]
    assert "no_log" in found["logs.txt.error.txt"]
    assert "hunter2" not in "".join(found.values())
    assert "versions.json" in found
    assert "calls.jsonl is left out" in err


def test_damaged_records_cost_their_parts_alone(
    state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for beside in state.glob("records.sqlite-*"):
        beside.unlink()
    (state / "records.sqlite").write_bytes(b"SQLite format 3\x00" + os.urandom(4_000))
    out = tmp_path / "bundle.tar.gz"
    code, _, _ = kefuctl("--state", state, "-o", out, capfd=capfd)
    found = contents(out)
    assert code == 0
    assert "records_unusable" in found["calls.jsonl.error.txt"]
    assert "versions.json" in found


def test_a_mistake_in_a_part_costs_that_part_alone(
    state: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(asked: bundle_parts.Asked) -> bytes:
        raise ZeroDivisionError("of 13800138000")

    monkeypatch.setattr("daemon.ctl.support_bundle.PARTS", {"doctor.json": fails})
    out = tmp_path / "bundle.tar.gz"
    assert kefuctl("--state", state, "-o", out, capfd=capfd)[0] == 0
    assert contents(out)["doctor.json.error.txt"] == "ZeroDivisionError: of *********00\n"


@pytest.fixture(params=["file", "dangling link"])
def taken(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "bundle.tar.gz"
    if request.param == "file":
        path.write_text("precious")
        yield path
        assert path.read_text() == "precious"
    else:
        path.symlink_to(tmp_path / "elsewhere")
        yield path
        assert not (tmp_path / "elsewhere").exists()


def test_what_is_there_is_not_overwritten(
    state: Path, taken: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = kefuctl("--state", state, "-o", taken, capfd=capfd)
    assert (code, out) == (5, "")
    assert "is there already" in err


def test_what_comes_there_meanwhile_is_not_overwritten(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out" / "bundle.tar.gz"
    out.parent.mkdir()

    def part(asked: bundle_parts.Asked) -> bytes:
        assert list(out.parent.iterdir()) == [], "whatever ends it, nothing may stay behind"
        out.write_text("precious")
        return b""

    monkeypatch.setattr("daemon.ctl.support_bundle.PARTS", {"doctor.json": part})
    code, _, err = kefuctl("--state", tmp_path, "-o", out, capfd=capfd)
    assert code == 5
    assert "is there already" in err
    assert out.read_text() == "precious"
    assert [path.name for path in out.parent.iterdir()] == ["bundle.tar.gz"]


@pytest.mark.parametrize("failure", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_a_failure_at_the_end_leaves_nothing_behind(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
) -> None:
    def fails(descriptor: int) -> None:
        raise failure

    monkeypatch.setattr("daemon.ctl.support_bundle.PARTS", {})
    monkeypatch.setattr("daemon.ctl.support_bundle.os.fsync", fails)
    code, _, _ = kefuctl("--state", tmp_path, "-o", tmp_path / "x.tar.gz", capfd=capfd)
    assert code == (5 if isinstance(failure, OSError) else 130)
    assert list(tmp_path.iterdir()) == []


def test_fifos_cost_their_parts_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("daemon.ctl.support_bundle.MOST_S", 10.0)
    state = tmp_path / "state"
    state.mkdir()
    for name in ("kefud.log", "records.sqlite"):
        os.mkfifo(state / name)
    out = tmp_path / "bundle.tar.gz"
    began = time.monotonic()
    assert kefuctl("--state", state, "-o", out, capfd=capfd)[0] == 0
    assert time.monotonic() - began < 9, "none was waited for"
    found = contents(out)
    assert "no regular file" in found["logs.txt.error.txt"]
    assert "no regular file" in found["calls.jsonl.error.txt"]
    assert "records.sqlite is no regular file" in found["files.txt"]
    assert "0 kefud.log\n" in found["files.txt"]
    assert found["versions.json"]
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_a_part_that_never_comes_costs_that_part_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "fifo")

    def waits(asked: bundle_parts.Asked) -> bytes:
        return (tmp_path / "fifo").read_bytes()

    def itself(asked: bundle_parts.Asked) -> bytes:
        raise TimeoutError("journalctl")

    parts = {"doctor.json": waits, "status.json": itself, "units.txt": lambda asked: b"well"}
    monkeypatch.setattr("daemon.ctl.support_bundle.PARTS", parts)
    monkeypatch.setattr("daemon.ctl.support_bundle.MOST_S", 0.2)
    out = tmp_path / "bundle.tar.gz"
    assert kefuctl("--state", tmp_path, "-o", out, capfd=capfd)[0] == 0
    found = contents(out)
    assert found["doctor.json.error.txt"] == "TimeoutError: It was not there after 0.2 s.\n"
    assert found["status.json.error.txt"] == "TimeoutError: journalctl\n"
    assert found["units.txt"] == "well"
    (tmp_path / "fifo").open("w").close()  # let the thread go


def test_a_folder_that_is_not_there(
    state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, _, err = kefuctl("--state", state, "-o", tmp_path / "none" / "x.tar.gz", capfd=capfd)
    assert code == 5
    assert "cannot_write" in err


def test_a_full_disk_leaves_nothing_behind(state: Path, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))

    command = [sys.executable, "-m", "daemon.ctl.main", "support-bundle", "--state", str(state)]
    done = subprocess.run(
        [*command, "-o", str(folder)],
        cwd=ROOT,
        preexec_fn=full,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5
    assert "cannot_write" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("wrong", [("--calls", "-1"), ("--since", "yesterday"), ("--calls", "x")])
def test_wrong_usage(
    state: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], wrong: tuple[str, str]
) -> None:
    assert kefuctl("--state", state, "-o", tmp_path, *wrong, capfd=capfd)[0] == 2
    assert list(tmp_path.glob("*.tar.gz")) == []

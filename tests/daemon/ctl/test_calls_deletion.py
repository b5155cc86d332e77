"""``kefuctl calls purge``, ``migrate`` and ``play``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.ctl import calls_play, main
from daemon.records.migrations import NEWEST
from daemon.records.reader import list_calls
from daemon.records.writer import RecordWriter
from kefu.records import CallSummary, Turn

Ctl = Callable[..., tuple[int, str, str]]


def call_id(number: int) -> str:
    return f"{number:02x}" * 16


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Three calls of three days, the first without an end; all but the first recorded."""
    path = tmp_path / "state"
    writer = RecordWriter(path / "records.sqlite")
    for number in range(3):
        day = f"2026-01-0{number + 1}"
        recording = f"{day}/{call_id(number)}.wav" if number else ""
        writer.submit(
            CallSummary(
                call=call_id(number),
                caller=f"1380013800{number}",
                opened_at=f"{day}T12:00:00.000+00:00",
                cause="completed" if number else "",
                recording=recording,
            )
        )
        writer.submit(Turn(call=call_id(number), number=0))
        if recording:
            file = path / "recordings" / recording
            file.parent.mkdir(parents=True)
            with wave.open(str(file), "wb") as wav:
                wav.setparams((2, 2, 8_000, 0, "NONE", ""))
                wav.writeframes(bytes(4 * 8_000))
    assert writer.close()
    return path


@pytest.fixture
def ctl(state: Path, capfd: pytest.CaptureFixture[str]) -> Ctl:
    def run(*arguments: object) -> tuple[int, str, str]:
        code = main.main(["calls", *map(str, arguments), "--state", str(state)])
        return code, *capfd.readouterr()

    return run


def left(state: Path) -> list[str]:
    return [call.call[:2] for call in list_calls(state / "records.sqlite")]


def test_purge_says_what_is_gone(state: Path, ctl: Ctl) -> None:
    code, out, _ = ctl("purge", "0202", "--yes")
    assert code == 0
    assert "020202020202" in out
    assert "1 turns, its recording" in out
    assert "Deleted: 1 calls, 1 turns, 1 recordings." in out
    assert left(state) == ["01", "00"]
    assert not (state / "recordings" / "2026-01-03").exists()
    assert ctl("purge", "0202", "--yes")[0] == 6


@pytest.mark.parametrize(
    ("options", "stay", "recordings"),
    [
        (("--caller", "138-0013-8001"), ["02", "00"], 1),
        (("--caller", "95588"), ["02", "01", "00"], 0),
        (("--before", "2026-01-03T00:00+00:00"), ["02"], 1),
        (("--before", "2025-01-01"), ["02", "01", "00"], 0),
    ],
)
def test_purge_of_many_for_scripts(
    state: Path, ctl: Ctl, options: tuple[str, ...], stay: list[str], recordings: int
) -> None:
    code, out, _ = ctl("purge", *options, "--yes", "--json")
    deleted = json.loads(out)
    assert code == 0
    assert left(state) == stay
    assert len(deleted["calls"]) == deleted["turns"] == 3 - len(stay)
    assert (deleted["recordings"], deleted["log_overwritten"]) == (recordings, True)


@pytest.mark.parametrize(("answer", "gone"), [("y\n", True), ("n\n", False), ("", False)])
def test_purge_asks_before(
    state: Path, ctl: Ctl, answer: str, gone: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = tmp_path / "answer"
    given.write_text(answer)
    with given.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        code, out, err = ctl("purge", "0101")
    assert "Delete 1 calls" in err
    assert (code == 0) == gone
    assert ("01" not in left(state)) == gone
    assert ("Deleted" in out) == gone


@pytest.mark.parametrize(
    "arguments", [(), ("0101", "--before", "7d"), ("--caller", "1", "--before", "7d")]
)
def test_purge_wants_one_thing_named(state: Path, ctl: Ctl, arguments: tuple[str, ...]) -> None:
    assert ctl("purge", *arguments, "--yes")[0] == 2
    assert len(left(state)) == 3


def test_purge_of_a_call_that_may_live_says_so(ctl: Ctl) -> None:
    assert "no end" in ctl("purge", "0000", "--yes")[2]


def test_purge_while_the_gateway_writes(state: Path, ctl: Ctl) -> None:
    writer = RecordWriter(state / "records.sqlite")
    for number in range(30):
        writer.submit(Turn(call=call_id(9), number=number))
    assert ctl("purge", "--before", "2026-02-01", "--yes")[0] == 0
    writer.submit(CallSummary(call=call_id(9), opened_at="2026-03-01"))
    assert writer.close()
    assert writer.not_stored == 0
    assert left(state) == ["09"]


def test_migrate_says_what_would_be_lost_and_asks(
    state: Path, ctl: Ctl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = tmp_path / "answer"
    given.write_text("n\n")
    with given.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        code, out, err = ctl("migrate", "--to", 1)
    assert (code, out.strip()) == (1, "")
    assert "no place for 3 times at which a turn was recorded" in err
    assert len(left(state)) == 3
    code, out, _ = ctl("migrate", "--to", 1, "--yes", "--json")
    assert (code, json.loads(out)["after"]) == (0, 1)
    code, _, err = ctl("list")
    assert code == 5
    assert "kefuctl calls migrate" in err
    code, out, _ = ctl("migrate")
    assert (code, f"version 1 became {NEWEST}" in out) == (0, True)
    assert "already" in ctl("migrate")[1]
    assert len(left(state)) == 3


@pytest.mark.parametrize("to", ["-1", str(NEWEST + 1), "x"])
def test_migrate_to_no_version(ctl: Ctl, to: str) -> None:
    assert ctl("migrate", "--to", to)[0] == 2


def test_migrate_under_a_gateway_is_refused(state: Path, ctl: Ctl) -> None:
    writer = RecordWriter(state / "records.sqlite")
    code, _, err = ctl("migrate", "--to", 1, "--yes")
    assert code == 5
    assert "Stop the gateway" in err
    assert writer.close()
    assert len(left(state)) == 3


def test_migrate_of_what_is_no_database(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "records.sqlite").write_bytes(b"nonsense" * 100)
    assert main.main(["calls", "migrate", "--state", str(tmp_path)]) == 5
    assert "records_unusable" in capfd.readouterr().err
    assert (tmp_path / "records.sqlite").read_bytes() == b"nonsense" * 100


def test_play_runs_the_first_player_that_is_there(
    state: Path, ctl: Ctl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    player = tmp_path / "bin" / "ffplay"
    player.parent.mkdir()
    player.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/played\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{player.parent}:/bin")
    monkeypatch.setattr(
        calls_play, "PLAYERS", (("no-such-player",), ("ffplay", "-nodisp"), ("also-not",))
    )
    assert ctl("play", "0101")[0] == 0
    file = state / "recordings" / "2026-01-02" / f"{call_id(1)}.wav"
    assert (tmp_path / "played").read_text().splitlines() == ["-nodisp", str(file)]
    player.write_text("#!/bin/sh\nexit 3\n")
    assert ctl("play", "0101")[0] == 1


def test_play_without_a_player_says_how(
    ctl: Ctl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = ctl("play", "0101")
    assert code == 7
    assert "--out" in err
    assert "apt-get install" in err


def test_play_copies_and_describes(state: Path, ctl: Ctl, tmp_path: Path) -> None:
    out = tmp_path / "call.wav"
    code, printed, _ = ctl("play", "0101", "--out", out, "--json")
    told = json.loads(printed)
    assert code == 0
    assert (told["seconds"], told["rate_hz"], told["live"]) == (1.0, 8_000, False)
    assert told["channels"] == ["caller", "agent"]
    assert out.read_bytes() == Path(told["file"]).read_bytes()
    assert ctl("play", "0101", "--out", tmp_path / "no" / "x.wav")[0] == 5


@pytest.mark.parametrize(("call", "code"), [("0000", 6), ("ffff", 6), ("", 6)])
def test_play_of_what_was_not_recorded(ctl: Ctl, call: str, code: int) -> None:
    assert ctl("play", call)[0] == code


def test_play_of_a_file_that_is_broken_or_being_written(state: Path, ctl: Ctl) -> None:
    file = state / "recordings" / "2026-01-02" / f"{call_id(1)}.wav"
    whole = file.read_bytes()
    for broken in (b"", b"RIFF", whole[:30], whole[:24] + bytes(8) + whole[32:]):
        file.write_bytes(broken)
        assert ctl("play", "0101", "--json")[0] == 5
    file.rename(file.with_name(file.name + ".part"))
    file.with_name(file.name + ".part").write_bytes(whole)
    assert json.loads(ctl("play", "0101", "--json")[1])["live"] is True


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("verb", [("purge", "--before", "2030-01-01", "--yes"), ("migrate",)])
def test_root_does_not_follow_a_link_that_the_services_user_laid(
    state: Path, verb: tuple[str, ...]
) -> None:
    command = [sys.executable, "-I", "-m", "daemon.ctl.main", "calls", *verb]
    with tempfile.TemporaryDirectory() as folder:  # pytest's own lets nobody in but root
        Path(folder).chmod(0o755)
        roots, laid = Path(folder) / "roots.sqlite", Path(folder) / "records.sqlite"
        (state / "records.sqlite").rename(roots)
        roots.chmod(0o600)
        laid.symlink_to(roots.name)
        os.chown(laid, 65534, 65534, follow_symlinks=False)
        before = roots.read_bytes()
        done = subprocess.run(
            [*command, "--state", folder], capture_output=True, text=True, check=False
        )
        assert done.returncode == 5, done.stderr
        assert "records_unusable" in done.stderr
        assert roots.read_bytes() == before
        assert sorted(os.listdir(folder)) == [laid.name, roots.name]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_what_root_makes_beside_the_records_is_their_owners(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").touch()
    os.chown(tmp_path / "records.sqlite", 65534, 65533)
    script = (
        "import os, sys; from pathlib import Path; from daemon.ctl.owner import become_owner;"
        "become_owner(Path(sys.argv[1])); print(*os.getresuid(), *os.getresgid(), os.getgroups())"
    )
    path = str(tmp_path / "records.sqlite")
    said = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == ["65534"] * 3 + ["65533"] * 3 + ["[]"]

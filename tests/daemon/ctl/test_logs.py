"""``kefuctl logs``: from a journal (a program of that name plays it), a file, or neither."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from daemon.ctl import log_source, main
from daemon.ctl.errors import NoLog
from daemon.ctl.log_line import LogLine, from_file, from_journal
from daemon.ctl.log_source import Journal, LogFile, Wanted
from daemon.ctl.logs import picture
from daemon.journal import line
from daemon.records.store import connect, save
from kefu.records import CallSummary

CALL, OTHER = "ab" * 16, "cd" * 16
LOG = f"""READY ipc://var/run/kefu.sock
23:59:58 INFO kefud opened call={CALL} scenario=refund
00:00:01 ERROR kefud call_failed call={CALL}
Traceback (most recent call last):
  File "line.py", line 3
ValueError: \x1b[31mno
00:00:02 WARNING kefud.gateway.child worker_ended status=9 restart_ms=500
00:00:03 INFO kefud opened call={OTHER}
"""
JOURNAL = [
    {
        "__REALTIME_TIMESTAMP": "1795000000000000",
        "MESSAGE": f"opened call={CALL} scenario=refund",
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "kefud",
        "LOGGER": "kefud.calls",
        "KEFU_CALL_ID": CALL,
    },
    {
        "__REALTIME_TIMESTAMP": "1795000001000000",
        "MESSAGE": "worker_ended status=9",
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": "kefud",
        "LOGGER": "kefud.worker",
    },
    {
        "__REALTIME_TIMESTAMP": "1795000002000000",
        "MESSAGE": f"daemon.worker.call_table call closed call={OTHER} cause=normal",
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "kefu-worker",
    },
]
JOURNALCTL = """#!{python}
import json, os, sys
with open({asked!r}, "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
lines = open({entries!r}).read().splitlines()
for one in sys.argv[1:]:
    if one.startswith("KEFU_CALL_ID="):
        lines = [line for line in lines if json.loads(line).get("KEFU_CALL_ID") == one[13:]]
    if one.startswith("--lines="):
        lines = lines[-int(one[8:]):]
print("\\n".join(lines), flush=True)
sys.stderr.write(os.environ.get("JOURNALCTL_SAYS", ""))
sys.exit(int(os.environ.get("JOURNALCTL_STATUS", "0")))
"""

Played = Callable[[], list[list[str]]]


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    """A journalctl that gives JOURNAL; gives what it was asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    asked, entries = folder / "asked", folder / "entries"
    entries.write_text("\n".join(map(json.dumps, JOURNAL)))
    program = folder / "journalctl"
    python = os.path.realpath("/proc/self/exe")
    program.write_text(
        JOURNALCTL.format(python=python, asked=str(asked), entries=str(entries)), "utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return lambda: [json.loads(line) for line in asked.read_text().splitlines()]


@pytest.fixture
def no_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))


def written(state: Path, text: str = LOG) -> Path:
    path = state / "kefud.log"
    path.write_text(text, "utf-8")
    changed = datetime(2026, 11, 28, 0, 0, 5).timestamp()
    os.utime(path, (changed, changed))
    return path


def kefuctl(*arguments: object, capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main.main(["logs", *map(str, arguments)])
    out, err = capfd.readouterr()
    return code, out, err


def test_a_file_gets_its_dates_and_keeps_tracebacks_together() -> None:
    lines = from_file(LOG.splitlines(), datetime(2026, 11, 28, 0, 0, 5))
    assert [line.at[:19] for line in lines] == [
        "2026-11-27T23:59:58",
        "2026-11-28T00:00:01",
        "2026-11-28T00:00:02",
        "2026-11-28T00:00:03",
    ]
    assert [line.event for line in lines] == ["opened", "call_failed", "worker_ended", "opened"]
    assert [line.call for line in lines] == [CALL, CALL, "", OTHER]
    assert lines[1].message.endswith("no")
    assert "Traceback" in lines[1].message
    assert (lines[2].level, lines[2].process) == ("WARNING", "kefud.gateway.child")


def test_of_one_call_from_a_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], no_journal: None
) -> None:
    written(tmp_path)
    code, out, err = kefuctl("--state", tmp_path, "--call", CALL, "--json", capfd=capfd)
    assert code == 0
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["opened", "call_failed"]
    assert str(tmp_path / "kefud.log") in err.replace("\n", "")
    code, out, _ = kefuctl("--state", tmp_path, "--call", CALL, capfd=capfd)
    assert "\x1b" not in out
    assert "2026-11-27 23:59:58 INFO    kefud opened" in out


def test_since_and_the_last_lines(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], no_journal: None
) -> None:
    written(tmp_path)
    since = ("--since", "2026-11-28T00:00:02")
    _, out, _ = kefuctl("--state", tmp_path, *since, "--json", capfd=capfd)
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["worker_ended", "opened"]
    _, out, _ = kefuctl("--state", tmp_path, "-n", "1", "--json", capfd=capfd)
    assert [json.loads(line)["call"] for line in out.splitlines()] == [OTHER]


def test_the_beginning_of_a_call_is_enough(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], no_journal: None
) -> None:
    written(tmp_path)
    with_records = connect(tmp_path / "records.sqlite")
    save(with_records, CallSummary(call=CALL, opened_at="2026-11-27T15:59:58.000+00:00"))
    with_records.close()
    code, out, _ = kefuctl("--state", tmp_path, "--call", "ABAB", "--json", capfd=capfd)
    assert (code, len(out.splitlines())) == (0, 2)
    code, _, err = kefuctl("--state", tmp_path, "--call", "eeee", capfd=capfd)
    assert code == 6
    assert "no_such_call" in err


def test_a_line_that_quotes_a_call_is_not_of_that_call(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], no_journal: None
) -> None:
    refused = line("agi_refused", reason=f"closed call={CALL} cause=completed")
    written(tmp_path, f"{LOG}00:00:04 WARNING kefu-audiosocket.agi {refused}\n")
    _, out, _ = kefuctl("--state", tmp_path, "--call", CALL, "--json", capfd=capfd)
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["opened", "call_failed"]
    _, out, _ = kefuctl("--state", tmp_path, "-n", "1", "--json", capfd=capfd)
    assert (json.loads(out)["event"], json.loads(out)["call"]) == ("agi_refused", "")


def test_a_line_of_the_journal_without_fields_that_quotes_a_call() -> None:
    for logger, event in (("kefu-audiosocket.agi ", "agi_refused"), ("kefud.calls ", "opened")):
        message = logger + line(event, reason=f"closed call={CALL} x", call=bytes.fromhex(OTHER))
        found = from_journal(json.dumps({"MESSAGE": message}).encode())
        assert found is not None
        assert (found.event, found.call) == (event, OTHER)


@pytest.mark.parametrize("kind", ["fifo", "link", "device", "folder", "socket"])
def test_a_log_that_is_no_regular_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], no_journal: None, kind: str
) -> None:
    not_a_file(tmp_path / "kefud.log", kind)
    code, out, err = kefuctl("--state", tmp_path, capfd=capfd)
    assert (code, out) == (5, "")
    assert "no_log" in err
    assert "no regular file" in err.replace("\n", " ")
    with pytest.raises(NoLog):
        next(LogFile(tmp_path / "kefud.log").lines(Wanted()))


def test_a_log_that_becomes_a_fifo_while_it_is_followed(tmp_path: Path) -> None:
    path = written(tmp_path)
    lines = LogFile(path).lines(Wanted(last=1), follow=True)
    assert next(lines).call == OTHER
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(NoLog, match="no regular file"):
        next(lines)


def not_a_file(path: Path, kind: str) -> None:
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        path.with_name("elsewhere").write_text(LOG)
        path.symlink_to("elsewhere")
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        socket.socket(socket.AF_UNIX).bind(os.fspath(path))


@pytest.mark.parametrize("call", ["x", "abc", "--follow", f"{CALL}0", "ab*", "'; rm -rf /"])
def test_what_is_no_call_id(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], no_journal: None, call: str
) -> None:
    written(tmp_path)
    code, out, err = kefuctl("--state", tmp_path, f"--call={call}", capfd=capfd)
    assert (code, out) == (2, "")
    assert "hexadecimal" in err


def test_the_journal_is_asked_for_both_units(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], journal: Played
) -> None:
    arguments = ("--state", tmp_path, "--call", CALL, "--since", "2026-11-24T08:00")
    code, out, err = kefuctl(*arguments, "--json", capfd=capfd)
    assert code == 0
    assert "the journal" in err
    (line,) = map(json.loads, out.splitlines())
    assert (line["event"], line["call"], line["level"]) == ("opened", CALL, "INFO")
    asked = journal()[-1]
    assert {"--unit=kefud@*.service", "--unit=kefu-*.service"} <= set(asked)
    assert f"KEFU_CALL_ID={CALL}" in asked
    since = datetime(2026, 11, 24, 8).timestamp()
    assert f"--since=@{since:.6f}" in asked
    assert "--follow" not in asked


def test_a_call_is_found_where_lines_have_no_field_for_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], journal: Played
) -> None:
    code, out, _ = kefuctl("--state", tmp_path, "--call", OTHER, "--json", capfd=capfd)
    (line,) = map(json.loads, out.splitlines())
    assert code == 0
    assert (line["process"], line["event"]) == ("kefu-worker", "call_closed")


@pytest.mark.parametrize(("call", "event"), [(CALL, "opened"), (OTHER, "call_closed")])
def test_a_call_is_followed_with_or_without_a_field(journal: Played, call: str, event: str) -> None:
    (line,) = Journal().lines(Wanted(call=call), follow=True)
    assert line.event == event
    asked = journal()[-1]
    assert {"--follow", "--no-tail"} <= set(asked)
    assert any(option.startswith("--since=@") for option in asked)


def test_following_begins_with_the_last_lines_or_with_all(journal: Played) -> None:
    assert len(list(Journal().lines(Wanted(last=1), follow=True))) == 1
    assert "--no-tail" not in journal()[-1], "it would show all"
    assert len(list(Journal().lines(Wanted(), follow=True))) == len(JOURNAL)
    assert "--no-tail" in journal()[-1], "or ten are shown"


def test_without_a_question_the_last_lines_of_the_journal_come(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], journal: Played
) -> None:
    code, out, _ = kefuctl("--state", tmp_path, capfd=capfd)
    assert code == 0
    assert "ERROR   kefud worker_ended status=9" in out
    assert "--lines=200" in journal()[-1]


def test_where_lines_were_written_last(tmp_path: Path, journal: Played) -> None:
    path = written(tmp_path)
    assert isinstance(log_source.find(tmp_path), LogFile), "the entries are of 2026-11-18"
    os.utime(path, (1.0, 1.0))
    assert isinstance(log_source.find(tmp_path), Journal)


def test_a_journal_that_refuses(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    journal: Played,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JOURNALCTL_STATUS", "1")
    monkeypatch.setenv("JOURNALCTL_SAYS", "Insufficient permissions")
    code, _, err = kefuctl("--state", tmp_path, capfd=capfd)
    assert code == 5
    assert "no_log: journalctl: Insufficient permissions." in err
    assert "systemd-journal" in err


@pytest.mark.parametrize("missing", ["state", "file"])
def test_neither_journal_nor_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], no_journal: None, missing: str
) -> None:
    state = tmp_path / "none" if missing == "state" else tmp_path
    code, out, err = kefuctl("--state", state, capfd=capfd)
    assert (code, out) == (5, "")
    assert "no_log" in err


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"not json",
        b"[]",
        b'{"__REALTIME_TIMESTAMP":"x"}',
        b'{"__REALTIME_TIMESTAMP":"99999999999999999999999"}',
        b'{"PRIORITY":"high"}',
        b'{"MESSAGE":{"a":1}}',
        b"\xff\xfe",
    ],
)
def test_a_strange_entry_is_left_out(entry: bytes) -> None:
    assert from_journal(entry) is None


def test_what_systemd_says_of_the_units_has_no_event() -> None:
    line = from_journal(b'{"MESSAGE":"Started kefud@1.service.","SYSLOG_IDENTIFIER":"systemd"}')
    assert line is not None
    assert (line.process, line.event, line.call) == ("systemd", "", "")


def test_an_entry_of_bytes_is_read() -> None:
    line = from_journal(b'{"MESSAGE":[102,97,117,108,116,255],"PRIORITY":["2","2"]}')
    assert line is not None
    assert (line.message, line.level) == ("fault\ufffd", "CRITICAL")
    assert from_journal(b'{"MESSAGE":null}') is not None


def test_a_file_is_followed_also_where_it_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_source, "_EVERY_S", 0.01)
    path = written(tmp_path)
    lines = LogFile(path).lines(Wanted(last=1), follow=True)
    assert next(lines).call == OTHER

    def write() -> None:
        with path.open("a") as file:
            file.write("00:00:06 INFO kefud half of ")
            file.flush()
            time.sleep(0.05)
            file.write("a line\n")
        time.sleep(0.1)
        path.write_text("00:00:07 INFO kefud begun anew\n")

    writer = threading.Thread(target=write)
    writer.start()
    assert next(lines).message == "half of a line"
    assert next(lines).message == "begun anew"
    writer.join()
    path.unlink()
    with pytest.raises(NoLog):
        next(lines)


def test_what_came_over_the_line_cannot_steer_the_terminal() -> None:
    line = LogLine(
        at="2026-11-28T00:00:01+00:00",
        level="WARNING",
        process="kefud",
        event="",
        call="",
        message="[bold]\x1b]0;x\x07 \u202e\nsecond",
    )
    shown = picture(line)
    assert not set(shown) & set("\x1b\x07\u202e")
    assert "\\[bold]" in shown
    assert "\nsecond" in shown


def test_a_day_of_lines_is_read_in_a_moment() -> None:
    day = datetime(2026, 11, 28)
    text = [f"{(day + timedelta(seconds=n)).time()} INFO kefud opened n={n}" for n in range(86_400)]
    began = time.monotonic()
    assert len(from_file(text, day + timedelta(days=1, seconds=-1))) == 86_400
    assert time.monotonic() - began < 10
